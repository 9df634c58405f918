// Shows a text that somebody takes along, such as a command or a secret, with a button that copies it.
import { useState } from 'preact/hooks';

interface CopiedTextProps {
  readonly title: string;
  readonly text: string;
}

export function CopiedText({ title, text }: CopiedTextProps) {
  const [copied, setCopied] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      // Browsers offer the clipboard only over https and on localhost. The text can still be selected by
      // hand.
      setCopied('');
    }
  };
  return (
    <div class="command">
      <div class="command-head">
        <span>{title}</span>
        <button type="button" class="quiet" onClick={() => void copy()}>
          {copied === text ? 'Copied' : 'Copy'}
        </button>
      </div>
      <pre tabIndex={0} role="region" aria-label={title}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

// Shows the command that does the same by hand, with a button that copies it.
import { useState } from 'preact/hooks';

export function CommandText({ text }: { readonly text: string }) {
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
        <span>The same by hand</span>
        <button type="button" class="quiet" onClick={() => void copy()}>
          {copied === text ? 'Copied' : 'Copy'}
        </button>
      </div>
      <pre tabIndex={0} role="region" aria-label="The same by hand">
        <code>{text}</code>
      </pre>
    </div>
  );
}

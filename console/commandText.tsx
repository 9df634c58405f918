// The same by hand: a command to read, to learn, and to copy.
import { useState } from 'preact/hooks';

export function CommandText({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      // Clipboards are for pages that came over https or from this machine; the text can be marked by hand.
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

// The button of an action. What stands beside it on the page (which projection, which event) is part of its name for
// whoever does not see the row.
import type { Action } from './actions.ts';
import { useAsk } from './ask.ts';

export function ActionButton({ action, of }: { readonly action: Action; readonly of?: string }) {
  const ask = useAsk();
  return (
    <button
      type="button"
      class={action.isSerious === true ? 'hint-serious' : ''}
      onClick={() => {
        ask(action);
      }}
    >
      {action.label}
      {of !== undefined && <span class="unseen"> {of}</span>}
    </button>
  );
}

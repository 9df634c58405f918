// The button of an action. For screen readers its name includes the row that it belongs to, such as the
// projection.
import type { Action } from './actions.ts';
import { useAsk } from './ask.ts';
import { useMay } from './session.ts';

export function ActionButton({ action, of }: { readonly action: Action; readonly of?: string }) {
  const ask = useAsk();
  const may = useMay(action.scope ?? 'admin:operate');
  return (
    <button
      type="button"
      disabled={!may}
      title={may ? undefined : 'Your role may not do this.'}
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

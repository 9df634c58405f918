// The button of an action. For screen readers its name includes the row that it belongs to, such as the
// projection. A person whose role may not act sees it disabled.
import { type Action, scopeOf } from './action.ts';
import { useAsk } from './ask.ts';
import { useMay } from './session.ts';

interface ActionButtonProps {
  readonly action: Action;
  readonly of?: string;
  /** Called after the action was carried out. */
  readonly onDone?: () => void;
}

export function ActionButton({ action, of, onDone }: ActionButtonProps) {
  const ask = useAsk();
  const may = useMay(scopeOf(action));
  return (
    <button
      type="button"
      disabled={!may}
      title={may ? undefined : 'Your role may not do this.'}
      class={action.isSerious === true ? 'hint-serious' : ''}
      onClick={() => {
        // A script of the browser can click a disabled button.
        if (may) ask(action, onDone);
      }}
    >
      {action.label}
      {of !== undefined && <span class="unseen"> {of}</span>}
    </button>
  );
}

// Asks once before an action, in a native dialog: it keeps the focus inside, gives it back, and closes on
// Escape. An error is shown in the dialog that caused it.
//
// Invariant: all presses of one opened dialog that may have the same outcome send the same Idempotency-Key.
import { useLayoutEffect, useId, useRef, useState } from 'preact/hooks';
import type { Action, Filled } from './action.ts';
import { CommandText } from './commandText.tsx';
import { FormField } from './formField.tsx';
import { trimmed } from './format.ts';
import { RequestError } from './http.ts';
import { failureInWords, keyAfter, newKey } from './idempotencyKey.ts';

export interface ConfirmDialogProps {
  readonly action: Action;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

export function ConfirmDialog({ action, onDone, onClose }: ConfirmDialogProps) {
  const { question, explains, fields = [], confirm, isSerious = false } = action;
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState<Filled>(() =>
    Object.fromEntries(fields.map(({ name, initial = '' }) => [name, initial])),
  );
  const { run, key, isRunning, refusal } = usePresses(action, dialog, onDone, onClose);
  const id = useId();
  // Opens before the page is painted, so that a fast typist's keys already go into the dialog.
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);

  const filled = Object.fromEntries(Object.entries(typed).map(([name, text]) => [name, trimmed(text)]));
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby={`${id}-question`}
      onCancel={(event) => {
        event.preventDefault();
        close(dialog.current, onClose);
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(filled);
        }}
      >
        <h2 id={`${id}-question`}>{question}</h2>
        <p>{explains}</p>
        {fields.map((field, index) => (
          <FormField
            key={field.name}
            id={`${id}-${field.name}`}
            field={field}
            value={typed[field.name] ?? ''}
            isFirst={index === 0}
            onInput={(text) => {
              setTyped((now) => ({ ...now, [field.name]: text }));
            }}
          />
        ))}
        <CommandText text={action.command(filled, key)} />
        <p class="refusal" role="alert">
          {refusal}
        </p>
        <div class="buttons">
          <button
            type="button"
            onClick={() => {
              close(dialog.current, onClose);
            }}
          >
            Don’t
          </button>
          <button type="submit" class={isSerious ? 'serious' : 'primary'} disabled={isRunning}>
            {isRunning ? 'Working…' : confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Closes at once. The browser's own event comes later and would close a dialog that was opened since. */
function close(dialog: HTMLDialogElement | null, onClose: () => void): void {
  dialog?.close();
  onClose();
}

/** Carries the action out once at a time, however often it is pressed. */
function usePresses(
  action: Action,
  dialog: { readonly current: HTMLDialogElement | null },
  onDone: (sentence: string) => void,
  onClose: () => void,
) {
  const [key, setKey] = useState(newKey);
  const [isRunning, setIsRunning] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  // The state is seen after the next paint only, and a second press may come before it.
  const runs = useRef(false);
  const run = async (filled: Filled) => {
    if (runs.current) return;
    runs.current = true;
    setIsRunning(true);
    setRefusal(undefined);
    try {
      const sentence = await action.run(filled, key);
      close(dialog.current, onClose);
      onDone(sentence);
    } catch (error) {
      const isRefusal = error instanceof RequestError;
      if (isRefusal) setKey((now) => keyAfter(now, error));
      setIsRunning(false);
      setRefusal(isRefusal ? failureInWords(error) : 'It failed without a reason.');
    } finally {
      runs.current = false;
    }
  };
  return { run, key, isRunning, refusal };
}

// Asks once before an action, in a native dialog: it keeps the focus inside, gives it back, and closes on
// Escape. An error is shown in the dialog that caused it.
import { useLayoutEffect, useId, useRef, useState } from 'preact/hooks';
import type { Action, Field } from './actions.ts';
import { CommandText } from './commandText.tsx';
import { paddedPattern, trimmed } from './format.ts';

export interface ConfirmDialogProps {
  readonly action: Action;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

export function ConfirmDialog({ action, onDone, onClose }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [filled, setFilled] = useState(action.field?.initial ?? '');
  const [isRunning, setIsRunning] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const id = useId();
  // Opens before the page is painted, so that a fast typist's keys already go into the dialog.
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);

  // Closes at once. The browser's own event comes later and would close a dialog that was opened in between.
  const close = () => {
    dialog.current?.close();
    onClose();
  };
  const run = async () => {
    setIsRunning(true);
    setRefusal(undefined);
    try {
      const sentence = await action.run(trimmed(filled));
      close();
      onDone(sentence);
    } catch (error) {
      setIsRunning(false);
      setRefusal(error instanceof Error ? error.message : 'It failed without a reason.');
    }
  };

  const { question, explains, field, confirm, isSerious = false } = action;
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby={`${id}-question`}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isRunning) void run();
        }}
      >
        <h2 id={`${id}-question`}>{question}</h2>
        <p>{explains}</p>
        {field !== undefined && (
          <FieldInput id={`${id}-field`} field={field} value={filled} onInput={setFilled} />
        )}
        <CommandText text={action.command(trimmed(filled))} />
        <p class="refusal" role="alert">
          {refusal}
        </p>
        <div class="buttons">
          <button type="button" onClick={close}>
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

interface FieldInputProps {
  readonly id: string;
  readonly field: Field;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function FieldInput({ id, field, value, onInput }: FieldInputProps) {
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      <input
        id={id}
        value={value}
        required={field.isRequired}
        maxLength={500}
        autocomplete="off"
        spellcheck={false}
        autofocus
        {...(field.pattern === undefined
          ? {}
          : { pattern: paddedPattern(field.pattern.source), title: field.pattern.words })}
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
      />
    </div>
  );
}

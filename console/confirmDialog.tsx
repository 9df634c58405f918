// Asks once before an action, in a native dialog: it keeps the focus inside, gives it back, and closes on
// Escape. An error is shown in the dialog that caused it, and so is a text that is shown once.
//
// Invariant: all presses of one opened dialog that may have the same outcome send the same Idempotency-Key.
// Invariant: a text that is shown once leaves the page with its dialog.
import { useLayoutEffect, useId, useRef, useState } from 'preact/hooks';
import type { Action, Filled, Outcome } from './action.ts';
import { CopiedText } from './copiedText.tsx';
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
  const dialog = useRef<HTMLDialogElement>(null);
  const { run, key, isRunning, refusal, ended } = usePresses(action, dialog, onDone, onClose);
  const id = useId();
  // Opens before the page is painted, so that a fast typist's keys already go into the dialog.
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  const leave = () => {
    close(dialog.current, onClose);
    if (ended !== undefined) onDone(ended.sentence);
  };
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby={`${id}-question`}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
    >
      {ended?.once === undefined ? (
        <Form {...{ action, id, run, isRunning, refusal, leave }} commandKey={key} />
      ) : (
        <Once {...ended.once} sentence={ended.sentence} titleId={`${id}-question`} leave={leave} />
      )}
    </dialog>
  );
}

interface FormProps {
  readonly action: Action;
  readonly id: string;
  readonly run: (filled: Filled) => Promise<void>;
  /** The Idempotency-Key of the next press. */
  readonly commandKey: string;
  readonly isRunning: boolean;
  readonly refusal: string | undefined;
  readonly leave: () => void;
}

function Form({ action, id, run, commandKey, isRunning, refusal, leave }: FormProps) {
  const { question, explains, fields = [], confirm, isSerious = false } = action;
  const [typed, setTyped] = useState<Filled>(() =>
    Object.fromEntries(fields.map(({ name, initial = '' }) => [name, initial])),
  );
  const filled = Object.fromEntries(Object.entries(typed).map(([name, text]) => [name, trimmed(text)]));
  return (
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
      <CopiedText title="The same by hand" text={action.command(filled, commandKey)} />
      <p class="refusal" role="alert">
        {refusal}
      </p>
      <div class="buttons">
        <button type="button" onClick={leave}>
          Don’t
        </button>
        <button type="submit" class={isSerious ? 'serious' : 'primary'} disabled={isRunning}>
          {isRunning ? 'Working…' : confirm}
        </button>
      </div>
    </form>
  );
}

interface OnceProps extends NonNullable<Outcome['once']> {
  readonly sentence: string;
  readonly titleId: string;
  readonly leave: () => void;
}

function Once({ title, text, sentence, titleId, leave }: OnceProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The focus goes to no button, so that a key that is pressed twice does not close the dialog.
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <div class="once">
      <h2 id={titleId} ref={heading} tabIndex={-1}>
        {sentence}
      </h2>
      <p>This is shown once. Copy it now, and give it to the receiver.</p>
      <CopiedText title={title} text={text} />
      <div class="buttons">
        <button type="button" class="primary" onClick={leave}>
          I have it
        </button>
      </div>
    </div>
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
  /** Set once the action was carried out and the dialog still has to show something. */
  const [ended, setEnded] = useState<Outcome>();
  // The state is seen after the next paint only, and a second press may come before it.
  const runs = useRef(false);
  const run = async (filled: Filled) => {
    if (runs.current) return;
    runs.current = true;
    setIsRunning(true);
    setRefusal(undefined);
    try {
      const outcome = outcomeOf(await action.run(filled, key));
      setIsRunning(false);
      if (outcome.hasFailed === true) setRefusal(outcome.sentence);
      // Somebody may have closed the dialog meanwhile.
      else if (outcome.once !== undefined && dialog.current !== null) setEnded(outcome);
      else {
        close(dialog.current, onClose);
        onDone(outcome.sentence);
      }
    } catch (error) {
      const isRefusal = error instanceof RequestError;
      if (isRefusal) setKey((now) => keyAfter(now, error));
      setIsRunning(false);
      setRefusal(isRefusal ? failureInWords(error) : 'It failed without a reason.');
    } finally {
      runs.current = false;
    }
  };
  return { run, key, isRunning, refusal, ended };
}

const outcomeOf = (given: string | Outcome): Outcome =>
  typeof given === 'string' ? { sentence: given } : given;

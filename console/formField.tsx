// One field of a form: a text, an amount, or a choice, with its label and the words below it. The browser
// checks the form of the text before it is sent.
import type { Field } from './action.ts';
import { paddedPattern } from './format.ts';

interface FormFieldProps {
  readonly id: string;
  readonly field: Field;
  readonly value: string;
  /** The first field of a dialog has the focus. */
  readonly isFirst: boolean;
  readonly onInput: (value: string) => void;
}

export function FormField({ id, field, value, isFirst, onInput }: FormFieldProps) {
  const { label, hint, choices, pattern, isRequired = false, isAmount = false } = field;
  const shared = {
    ...{ id, value, required: isRequired, autofocus: isFirst },
    ...(hint !== undefined && { 'aria-describedby': `${id}-hint` }),
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => {
      onInput(event.currentTarget.value);
    },
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices === undefined ? (
        <input
          {...shared}
          maxLength={500}
          autocomplete="off"
          spellcheck={false}
          inputMode={isAmount ? 'decimal' : 'text'}
          {...(pattern !== undefined && { pattern: paddedPattern(pattern.source), title: pattern.words })}
        />
      ) : (
        <select {...shared}>
          {choices.map(([choice, words]) => (
            <option key={choice} value={choice}>
              {words}
            </option>
          ))}
        </select>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

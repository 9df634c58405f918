// One field of a form: a text, an amount, a time, a choice, or values to tick, with its label and the words
// below it. The browser checks the form of the text before it is sent.
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

const lengthMaxDefault = 500;

export function FormField(props: FormFieldProps) {
  const { id, field } = props;
  const hint = field.hint !== undefined && (
    <p id={`${id}-hint`} class="hint">
      {field.hint}
    </p>
  );
  if (field.ticks !== undefined)
    return (
      <fieldset class="field" aria-describedby={field.hint === undefined ? undefined : `${id}-hint`}>
        <legend>{field.label}</legend>
        <Ticks {...props} ticks={field.ticks} />
        {hint}
      </fieldset>
    );
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      <Input {...props} />
      {hint}
    </div>
  );
}

function Input({ id, field, value, isFirst, onInput }: FormFieldProps) {
  const { hint, choices, pattern, isRequired = false, isAmount = false, isTime = false } = field;
  const shared = {
    ...{ id, value, required: isRequired, autofocus: isFirst },
    ...(hint !== undefined && { 'aria-describedby': `${id}-hint` }),
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => {
      onInput(event.currentTarget.value);
    },
  };
  if (choices !== undefined)
    return (
      <select {...shared}>
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    );
  if (isTime) return <input {...shared} type="datetime-local" />;
  return (
    <input
      {...shared}
      maxLength={field.lengthMax ?? lengthMaxDefault}
      autocomplete="off"
      spellcheck={false}
      inputMode={isAmount ? 'decimal' : 'text'}
      {...(pattern !== undefined && { pattern: paddedPattern(pattern.source), title: pattern.words })}
    />
  );
}

function Ticks({ ticks, value, onInput }: FormFieldProps & { readonly ticks: readonly string[] }) {
  const ticked = new Set(value.split(' '));
  return (
    <div class="ticks">
      {ticks.map((tick) => (
        <label key={tick}>
          <input
            type="checkbox"
            checked={ticked.has(tick)}
            onInput={(event) => {
              const isTicked = event.currentTarget.checked;
              const next = ticks.filter((one) => (one === tick ? isTicked : ticked.has(one)));
              onInput(next.join(' '));
            }}
          />
          {tick}
        </label>
      ))}
    </div>
  );
}

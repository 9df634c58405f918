// The search box of a page. What is typed is trimmed, because pasted ids bring spaces.
import type { ComponentChildren } from 'preact';
import { useDraft } from './draft.ts';
import { paddedPattern, trimmed } from './format.ts';

interface SearchFormProps {
  /** What the address asks for. */
  readonly text: string;
  readonly label: string;
  readonly placeholder: string;
  /** The form of a fitting text, as a regular expression and in words. */
  readonly pattern?: { readonly source: string; readonly words: string };
  readonly hrefOf: (text: string) => string;
  /** Called when the search of the address is sent once more. */
  readonly onRepeat: () => void;
  /** Further controls, before the box. */
  readonly children?: ComponentChildren;
}

export function SearchForm({ text, label, placeholder, pattern, hrefOf, ...props }: SearchFormProps) {
  const [typed, setTyped] = useDraft(text, text);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const next = hrefOf(trimmed(typed));
        if (location.hash === next) props.onRepeat();
        else location.hash = next;
      }}
    >
      {props.children}
      <label class="unseen" for="search">
        {label}
      </label>
      <input
        id="search"
        type="search"
        value={typed}
        placeholder={placeholder}
        {...(pattern === undefined ? {} : { pattern: paddedPattern(pattern.source), title: pattern.words })}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
        }}
      />
      <button type="submit" class="primary">
        Find
      </button>
    </form>
  );
}

// A planted bug as data: a small fault that somebody could make late at night. `npm run test:bugs` plants one
// bug at a time and runs the one test that has to fail. Each bug breaks one rule of docs/rules.md.
export interface PlantedBug {
  /** `R` and a number that never changes, so that other pages can name the rule. */
  readonly rule: `R${number}`;
  /** The rule in one sentence: what always holds. */
  readonly invariant: string;
  /** Unique; `--only` takes its beginning. */
  readonly name: string;
  /** The damage in production if the rule breaks, in one or two sentences. */
  readonly harm: string;
  readonly file: string;
  /** A text that the file contains exactly once; if it does not, the bug no longer fits the code. */
  readonly find: string;
  readonly replace: string;
  readonly test: NamedTest;
}

export interface NamedTest {
  readonly file: string;
  /** The full name, with the names of its groups in front, as in vitest's JSON report. */
  readonly name: string;
}

/** The file's text with the bug in it; undefined if the file does not contain `find` exactly once. */
export function plantIn(text: string, { find, replace }: PlantedBug): string | undefined {
  const parts = text.split(find);
  return parts.length === 2 ? parts.join(replace) : undefined;
}

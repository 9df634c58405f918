// The outcome of a planted bug, and its line on the terminal.
import type { PlantedBug } from './plantedBug.ts';

export type Outcome = { readonly bug: PlantedBug } & (
  | { readonly kind: 'caught'; readonly by: string }
  /** Its test stayed green. A test is missing, or it checks less than its name says. */
  | { readonly kind: 'survived' }
  /** The file does not contain the text to replace exactly once. */
  | { readonly kind: 'not planted' }
  /** The test fails or is missing even without the bug, so it proves nothing. */
  | { readonly kind: 'red without it'; readonly by: string }
  /** The test did not finish: the planted text does not compile, or something hangs. */
  | { readonly kind: 'no verdict' }
);

export function isCaught({ kind }: Outcome): boolean {
  return kind === 'caught';
}

/** One line for the terminal. */
export function outcomeInWords(outcome: Outcome): string {
  const { bug, kind } = outcome;
  return `${isCaught(outcome) ? kind : kind.toUpperCase()}: ${bug.rule}, ${bug.name}${'by' in outcome ? ` (${outcome.by})` : ''}`;
}

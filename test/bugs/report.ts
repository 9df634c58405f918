// What became of a planted bug, in words and as the table that README.md of this folder shows.
import type { PlantedBug } from './plantedBug.ts';

export type Outcome = { readonly bug: PlantedBug } & (
  | { readonly kind: 'caught'; readonly by: string }
  /** Its test stayed green: a test is missing, or does not say what it seems to. */
  | { readonly kind: 'survived' }
  /** The text that it replaces does not stand in the file exactly once. */
  | { readonly kind: 'not planted' }
  /** Nothing could be said about the bug: its test is red, or missing, in the code as it is. */
  | { readonly kind: 'red without it'; readonly by: string }
  /** The named test did not run to its end: the planted text is no code, or something hangs. */
  | { readonly kind: 'no verdict' }
);

export function isCaught({ kind }: Outcome): boolean {
  return kind === 'caught';
}

/** One line for the terminal. */
export function outcomeInWords(outcome: Outcome): string {
  const { bug, kind } = outcome;
  return `${isCaught(outcome) ? kind : kind.toUpperCase()}: ${bug.name}${'by' in outcome ? ` (${outcome.by})` : ''}`;
}

export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ bug, kind }) =>
      `| ${bug.name} | ${bug.harm} | ${kind} | \`${bug.test.file}\`: ${bug.test.name.replaceAll('|', '\\|')} |`,
  );
  return ['| bug | what it would do | | test |', '|---|---|---|---|', ...rows].join('\n');
}

// Ratios between two rows of a benchmark: of their medians, and of each round by itself, which shows the
// noise.
import type { RowResult } from './measure.ts';
import type { Target } from './report.ts';

/** Divides the row named `above` by the row named `below`. Throws if a row was not measured. */
export function ratioOf(
  rowResults: ReadonlyMap<string, RowResult>,
  name: string,
  which: 'perS' | 'p50Ms',
  above: string,
  below: string,
  wanted: Pick<Target, 'atLeast' | 'atMost'>,
): Target {
  const [top, bottom] = [rowResults.get(above)?.[which], rowResults.get(below)?.[which]];
  if (top === undefined || bottom === undefined) throw new Error(`no results of ${above} or ${below}`);
  const rounds = top.rounds.map((value, round) => value / (bottom.rounds[round] ?? NaN));
  return { name, value: top.median / bottom.median, rounds, ...wanted };
}

// Throughput and latency of commands, out of two snapshots of this process's own exposition: the console shows what
// Prometheus would, without needing one.
import type { CommandRates } from './consoleSnapshot.ts';

/** Sums since the process started. */
export interface CommandCounts {
  readonly answered: number;
  readonly refused: number;
  /** Upper bound in seconds → commands at or below it, in ascending order. */
  readonly buckets: readonly (readonly [number, number])[];
}

const durations = 'wallet_command_duration_seconds';
const refusals = 'wallet_commands_refused_total';
const sampleLine = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm;

export function readCommandCounts(exposition: string): CommandCounts {
  let answered = 0;
  let refused = 0;
  const buckets = new Map<number, number>();
  for (const [, name, labels = '', value] of exposition.matchAll(sampleLine)) {
    if (name === `${durations}_count`) answered += Number(value);
    else if (name === refusals) refused += Number(value);
    else if (name === `${durations}_bucket`) {
      const bound = boundOf(labels);
      buckets.set(bound, (buckets.get(bound) ?? 0) + Number(value));
    }
  }
  return { answered, refused, buckets: [...buckets].sort(([one], [other]) => one - other) };
}

function boundOf(labels: string): number {
  const text = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1];
  return text === '+Inf' ? Infinity : Number(text);
}

export function ratesBetween(before: CommandCounts, after: CommandCounts, elapsedMs: number): CommandRates {
  const perS = (count: number) => Math.max(0, (count * 1_000) / elapsedMs);
  const earlier = new Map(before.buckets);
  const grown = after.buckets.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)] as const);
  return {
    perS: perS(after.answered - before.answered),
    refusedPerS: perS(after.refused - before.refused),
    p50Ms: quantileMs(grown, 0.5),
    p99Ms: quantileMs(grown, 0.99),
  };
}

/** As Prometheus reckons it: evenly spread within its bucket. Null for an empty histogram. */
function quantileMs(buckets: readonly (readonly [number, number])[], quantile: number): number | null {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const rank = quantile * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank) {
      // Of what lies above the last bound nothing is known but that bound.
      if (bound === Infinity) return lower * 1_000;
      return (lower + ((bound - lower) * (rank - below)) / Math.max(count - below, 1)) * 1_000;
    }
    [lower, below] = [bound, count];
  }
  return lower * 1_000;
}

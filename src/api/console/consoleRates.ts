// Throughput and latency of commands between two readings of this process's own counts. The console shows the
// rates that Prometheus would compute, and needs no Prometheus.
import type { CommandCounts } from '../../telemetry/commandCounts.ts';
import type { CommandRates } from './consoleSnapshot.ts';

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

/** As Prometheus computes it: values are spread evenly within their bucket. Null for an empty histogram. */
function quantileMs(buckets: readonly (readonly [number, number])[], quantile: number): number | null {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const rank = quantile * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank) {
      // Nothing more is known of values above the last bound.
      if (bound === Infinity) return lower * 1_000;
      return (lower + ((bound - lower) * (rank - below)) / Math.max(count - below, 1)) * 1_000;
    }
    [lower, below] = [bound, count];
  }
  return lower * 1_000;
}

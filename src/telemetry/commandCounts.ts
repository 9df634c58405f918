// Sums over the metrics of commands since the process started. The console makes its rates of them, as
// Prometheus would of the same metrics.
import type { Counter, Histogram } from 'prom-client';

export interface CommandCounts {
  readonly answered: number;
  /** Answered with 503. */
  readonly refused: number;
  /** Upper bound in seconds → commands at or below it, in ascending order. */
  readonly buckets: readonly (readonly [number, number])[];
}

/** Reads the sums over all labels of both metrics. */
export function createCommandCounts(durations: Histogram, refusals: Counter): () => Promise<CommandCounts> {
  return async () => {
    const [timed, refused] = await Promise.all([durations.get(), refusals.get()]);
    let answered = 0;
    const buckets = new Map<number, number>();
    for (const { metricName, labels, value } of timed.values) {
      if (metricName?.endsWith('_count')) answered += value;
      if (!metricName?.endsWith('_bucket')) continue;
      const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
      buckets.set(bound, (buckets.get(bound) ?? 0) + value);
    }
    return {
      answered,
      refused: refused.values.reduce((sum, { value }) => sum + value, 0),
      buckets: [...buckets].sort(([one], [other]) => one - other),
    };
  };
}

// Summarizes the values of a benchmark: percentiles, median and spread. Pure.
import type { Latency } from './load/load.ts';

/** The value below which `share` (0 to 1) of the sorted values lie; NaN for none. */
function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function latencyOf(valuesMs: readonly number[]): Latency {
  const sorted = Float64Array.from(valuesMs).sort();
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) };
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

/** The distance between the rounds: (largest − smallest) / median. */
function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** Median and spread of one value over the rounds. */
export interface Summary {
  readonly median: number;
  readonly spread: number;
  readonly rounds: readonly number[];
}

export function summarize(rounds: readonly number[]): Summary {
  return { median: median(rounds), spread: spread(rounds), rounds };
}

// One measurement: runs a load against one or more processes of one database, and then checks that database.
import type { Generator, Load, LoadResult } from './load/load.ts';
import { summarize, type Summary } from './statistics.ts';
import { checkDatabase, ConsistencyError, type Counts, noCommands } from './database/check.ts';
import type { BenchDatabase } from './database/databases.ts';

/** A database under load, with the commands that its last check found. */
export interface Measured {
  readonly database: BenchDatabase;
  committed: Counts;
  refused: number;
}

export function measured(database: BenchDatabase): Measured {
  return { database, committed: noCommands, refused: 0 };
}

/** The result of one round of one row. */
export interface Sample {
  readonly perS: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export function toSample({ acknowledged, seconds, latencyMs }: LoadResult): Sample {
  return {
    perS: acknowledged / seconds,
    p50Ms: latencyMs.p50,
    p95Ms: latencyMs.p95,
    p99Ms: latencyMs.p99,
  };
}

/** Longest warm-up. By then the compiler has seen all code of a command. */
const warmUpSeconds = 3;

/** Runs a load that is not counted, but checked like any other. */
export async function warmUp(
  generate: Generator,
  target: Measured,
  load: Load,
  signal: AbortSignal,
): Promise<void> {
  await measure(generate, target, [{ ...load, seconds: Math.min(load.seconds, warmUpSeconds) }], signal);
}

export interface MeasureOptions {
  /** The load may be more than the service can carry, so it may refuse requests. */
  readonly mayRefuse?: boolean;
  /** Called when the loads have ended, before the check takes processor time too. */
  readonly whenLoaded?: (results: readonly LoadResult[]) => Promise<void>;
}

/** Runs the loads at the same time, checks the database and gives the result of each generator. */
export async function measure(
  generate: Generator,
  target: Measured,
  loads: readonly Load[],
  signal: AbortSignal,
  { mayRefuse = false, whenLoaded }: MeasureOptions = {},
): Promise<readonly LoadResult[]> {
  const results = await Promise.all(loads.map((load) => generate(load, signal)));
  await whenLoaded?.(results);
  const refused = results.reduce((sum, result) => sum + result.refused, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  if (failed > 0) throw new ConsistencyError(`${failed} requests failed or were never answered`);
  if (refused > 0 && !mayRefuse) throw new ConsistencyError(`${refused} requests were refused`);
  const acknowledged: Record<keyof Counts, number> = { ...noCommands };
  loads.forEach(({ operation }, index) => (acknowledged[operation] += results[index]?.acknowledged ?? 0));
  target.refused += refused;
  target.committed = await checkDatabase(target.database, {
    before: target.committed,
    acknowledged,
    cutMax: loads.reduce((sum, { connections }) => sum + connections, 0),
    refused: target.refused,
  });
  return results;
}

export interface RowResult {
  readonly perS: Summary;
  readonly p50Ms: Summary;
  readonly p95Ms: Summary;
  readonly p99Ms: Summary;
}

export function resultOf(samples: readonly Sample[]): RowResult {
  return {
    perS: summarize(samples.map(({ perS }) => perS)),
    p50Ms: summarize(samples.map(({ p50Ms }) => p50Ms)),
    p95Ms: summarize(samples.map(({ p95Ms }) => p95Ms)),
    p99Ms: summarize(samples.map(({ p99Ms }) => p99Ms)),
  };
}

// Runs one phase of the benchmark. Faults are injected while clients retry each command until it is answered.
// Then all acknowledged commands are compared with the database.
import type { LoadResult } from '../load/load.ts';
import type { Measured } from '../measure.ts';
import { checkDatabase, ConsistencyError, type Counts } from '../database/check.ts';
import type { BenchProcess } from '../environment.ts';
import { type Comparison, compareWithDatabase } from './compare.ts';
import { watchMemory } from './memory.ts';
import { type AcknowledgedCommand, startRetryingClients, type Tally } from './retryingClient.ts';

/** Wallets of the retrying clients. Other load uses other wallets. */
export const clientWallets = 200;

export interface PhaseResult extends Comparison {
  readonly name: string;
  readonly seconds: number;
  readonly perS: number;
  readonly retried: number;
  readonly replayed: number;
  readonly cutOff: number;
  readonly unavailable: Readonly<Record<string, number>>;
  readonly longestSilenceMs: number;
  readonly residentMiB: number;
  /** The injected faults, in numbers. */
  readonly faults: Readonly<Record<string, number>>;
  /** Empty if all is well. */
  readonly failures: readonly string[];
  readonly load?: LoadResult;
}

export interface PhaseOptions {
  readonly name: string;
  readonly target: Measured;
  readonly api: BenchProcess;
  /** The URL that the clients send to: the API itself unless there is a proxy. */
  readonly url?: string;
  readonly signal: AbortSignal;
  /** Runs while the clients do, and gives its faults. Its end ends the phase. */
  readonly disturb: () => Promise<Disturbance>;
}

interface Disturbance {
  readonly faults: Readonly<Record<string, number>>;
  /** Credits that a load generator also sent, with the connections that it cut off at its end. */
  readonly load?: LoadResult;
  readonly cutMax?: number;
}

/** Failures are recorded and not thrown, so that the other phases still run. */
export async function runPhase(
  options: PhaseOptions,
): Promise<{ result: PhaseResult; commands: readonly AcknowledgedCommand[] }> {
  const { name, target, api, signal } = options;
  const memory = watchMemory(api.pid());
  const clients = startRetryingClients(options.url ?? api.url, clientWallets, signal);
  const startedAt = performance.now();
  let disturbance: Disturbance;
  let tally: Tally;
  let seconds: number;
  try {
    disturbance = await options.disturb();
    seconds = (performance.now() - startedAt) / 1e3;
  } finally {
    tally = await clients.finish();
  }
  const residentMiB = memory.stop();
  signal.throwIfAborted();
  const { acknowledged: commands, failures, ...rest } = tally;
  const differences = await differencesOf(target, commands, disturbance);
  const comparison = await compareWithDatabase(target.database, commands);
  return {
    commands,
    result: {
      name,
      seconds,
      perS: commands.length / seconds,
      ...comparison,
      ...rest,
      residentMiB,
      faults: disturbance.faults,
      failures: [...failures, ...differences],
      ...(disturbance.load === undefined ? {} : { load: disturbance.load }),
    },
  };
}

async function differencesOf(
  target: Measured,
  commands: readonly AcknowledgedCommand[],
  { load, cutMax = 0 }: Disturbance,
): Promise<string[]> {
  const acknowledged = { create: 0, credit: load?.acknowledged ?? 0, debit: 0, transfer: 0 };
  for (const { operation } of commands) acknowledged[operation] += 1;
  target.refused += load?.refused ?? 0;
  const expected = {
    before: target.committed,
    acknowledged: acknowledged satisfies Counts,
    cutMax,
    refused: target.refused,
  };
  try {
    target.committed = await checkDatabase(target.database, expected);
    return [];
  } catch (error) {
    if (!(error instanceof ConsistencyError)) throw error;
    target.committed = error.committed ?? target.committed;
    return [error.message];
  }
}

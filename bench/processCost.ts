// Reads what the commands of several API processes cost: processor time, sizes of batches, and waits for
// locks. Times are of processes, so they mean something on a shared machine.
import { harnessKey } from '../harness/keys.ts';
import type { BenchProcess } from './environment.ts';
import { processMs, serverMs } from './holds/processTime.ts';

/** Sums since the processes started. */
interface Sums {
  readonly postgresMs: number;
  readonly apiMs: number;
  readonly batches: number;
  readonly commands: number;
  readonly lockWaitS: number;
  readonly lockAnswers: number;
  readonly heldBack: number;
  readonly conflicts: number;
}

export interface Cost {
  readonly postgresUs: number;
  /** Of all API processes together. */
  readonly apiUs: number;
  readonly commandsPerBatch: number;
  /** Of one batch. */
  readonly lockWaitMs: number;
  /** Times that a command had to wait because another process had locked its wallet, for each command. */
  readonly heldBack: number;
  readonly conflictsPerBatch: number;
}

/** Starts to count, and gives a function that gives the cost of each of `commands` commands since. */
export async function startCost(
  postmaster: number,
  apis: readonly BenchProcess[],
): Promise<(commands: number) => Promise<Cost>> {
  const before = await readSums(postmaster, apis);
  return async (commands) => {
    const after = await readSums(postmaster, apis);
    const of = (name: keyof Sums) => after[name] - before[name];
    return {
      postgresUs: (of('postgresMs') * 1e3) / commands,
      apiUs: (of('apiMs') * 1e3) / commands,
      commandsPerBatch: of('commands') / of('batches'),
      lockWaitMs: (of('lockWaitS') * 1e3) / of('lockAnswers'),
      heldBack: of('heldBack') / commands,
      conflictsPerBatch: of('conflicts') / of('batches'),
    };
  };
}

async function readSums(postmaster: number, apis: readonly BenchProcess[]): Promise<Sums> {
  const pages = await Promise.all(apis.map(({ url }) => metricsOf(url)));
  const sum = (name: string) => pages.reduce((total, page) => total + valueOf(page, name), 0);
  return {
    postgresMs: serverMs(postmaster),
    apiMs: apis.reduce((total, api) => total + processMs(api.pid()), 0),
    batches: sum('wallet_batch_commands_count'),
    commands: sum('wallet_batch_commands_sum'),
    lockWaitS: sum('wallet_lock_wait_seconds_sum'),
    lockAnswers: sum('wallet_lock_wait_seconds_count'),
    heldBack: sum('wallet_lock_held_total'),
    conflicts: sum('wallet_append_conflicts_total'),
  };
}

async function metricsOf(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: harnessKey.headers });
  return response.text();
}

function valueOf(page: string, name: string): number {
  const line = page.split('\n').find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  if (line === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(line.split(' ').at(-1));
}

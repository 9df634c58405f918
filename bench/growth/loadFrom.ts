// Runs credits from a checkpoint on, until two windows of commands are full, and samples the server
// meanwhile. Each figure of a window is taken between the samples that lie next to its ends.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { withClient } from '../../harness/databases.ts';
import type { BenchDatabase } from '../database/databases.ts';
import { processMs, serverMs } from '../holds/processTime.ts';
import type { Generator, Load, LoadResult } from '../load/load.ts';
import { ConsistencyError } from '../database/check.ts';
import { median } from '../statistics.ts';

const connections = 64;
const warmUpSeconds = 3;
const windows = 2;
const sampleMs = 100;
/** On a machine that is too slow for the windows, the benchmark fails instead of going on for ever. */
const loadsMax = 120;

export interface LoadFrom {
  readonly generate: Generator;
  readonly database: BenchDatabase;
  readonly adminUrl: string;
  readonly url: string;
  readonly window: number;
  readonly seconds: number;
  readonly postmaster: number;
  readonly apiPid: number;
  readonly signal: AbortSignal;
}

interface Sample {
  readonly position: number;
  readonly wal: bigint;
  readonly postgresMs: number;
  readonly apiMs: number;
}

interface Window {
  readonly postgresUs: number;
  readonly apiUs: number;
  readonly walBytes: number;
  readonly fromWal: bigint;
  readonly toWal: bigint;
}

export interface LoadedLog {
  readonly perS: number;
  readonly p99Ms: number;
  readonly acknowledged: number;
  readonly cutMax: number;
  readonly windows: readonly Window[];
}

export async function loadFrom(options: LoadFrom): Promise<LoadedLog> {
  const { database, adminUrl, window } = options;
  return withClient(database.url, async (client) => {
    const warm = await loadFor(options, Math.min(options.seconds, warmUpSeconds));
    await withClient(adminUrl, (admin) => admin.query('checkpoint'));
    const samples = [await sample(client, options)];
    const isFull = () => (samples.at(-1)?.position ?? 0) - (samples[0]?.position ?? 0) >= windows * window;
    const results: LoadResult[] = [];
    while (!isFull()) {
      if (results.length >= loadsMax) throw new Error(`${loadsMax} loads have not filled the windows`);
      const ended = new AbortController();
      const sampling = keepSampling(client, options, samples, ended.signal);
      results.push(await loadFor(options, options.seconds));
      ended.abort();
      await sampling;
    }
    const all = [warm, ...results];
    return {
      perS: sum(results, ({ acknowledged }) => acknowledged) / sum(results, ({ seconds }) => seconds),
      p99Ms: median(results.map(({ latencyMs }) => latencyMs.p99)),
      acknowledged: sum(all, ({ acknowledged }) => acknowledged),
      cutMax: all.length * connections,
      windows: Array.from({ length: windows }, (_, at) => windowOf(samples, at * window, window)),
    };
  });
}

async function loadFor({ generate, database, url, signal }: LoadFrom, seconds: number): Promise<LoadResult> {
  const wallets = { first: 1, count: database.seed.wallets };
  const load: Load = { url, operation: 'credit', wallets, connections, seconds };
  const result = await generate(load, signal);
  if (result.failed + result.refused > 0)
    throw new ConsistencyError(`${result.failed} requests failed, ${result.refused} were refused`);
  return result;
}

async function keepSampling(
  client: Client,
  options: LoadFrom,
  samples: Sample[],
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    await pause(sampleMs);
    samples.push(await sample(client, options));
  }
}

async function sample(client: Client, { postmaster, apiPid }: LoadFrom): Promise<Sample> {
  const { rows } = await client.query<{ position: string; wal: string }>(
    `select position, (pg_current_wal_insert_lsn() - '0/0')::text as wal
       from log_head`,
  );
  return {
    position: Number(rows[0]?.position),
    wal: BigInt(rows[0]?.wal ?? 0),
    postgresMs: serverMs(postmaster),
    apiMs: processMs(apiPid),
  };
}

function windowOf(samples: readonly Sample[], after: number, length: number): Window {
  const [first] = samples;
  const reached = (commands: number) =>
    samples.find(({ position }) => position >= (first?.position ?? 0) + commands);
  const [from, to] = [reached(after), reached(after + length)];
  if (from === undefined || to === undefined) throw new Error('the samples do not cover the window');
  const commands = to.position - from.position;
  return {
    postgresUs: ((to.postgresMs - from.postgresMs) * 1e3) / commands,
    apiUs: ((to.apiMs - from.apiMs) * 1e3) / commands,
    walBytes: Number(to.wal - from.wal) / commands,
    fromWal: from.wal,
    toWal: to.wal,
  };
}

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

// `npm run bench -- processes`: compares one API process with two and with four on one database, under the
// same number of connections. In the hot loads all processes need the same few wallets: credits on a single
// one, and crossing transfers between eight. In the cold ones they hardly meet. With 64 connections four
// processes have 16 each, so their batches are small. With 256 each has as many as the single one had.
import type { ChosenGenerator } from './load/choose.ts';
import type { Load, LoadResult } from './load/load.ts';
import { type RowResult, resultOf, measure, measured, type Sample, warmUp } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { ratioOf } from './ratio.ts';
import { printTable } from '../harness/reporting.ts';
import { milliseconds, percent, perSecond, printTargets, type Result } from './report.ts';
import { type Row, runRounds } from './rounds.ts';
import { ConsistencyError } from './database/check.ts';
import { withClient } from '../harness/databases.ts';
import { type BenchEnvironment, type BenchProcess, launchApi } from './environment.ts';
import { postmasterOf } from './holds/processTime.ts';
import { type Cost, startCost } from './processCost.ts';
import { median } from './statistics.ts';

const processCounts = [1, 2, 4] as const;
type ProcessCount = (typeof processCounts)[number];

/** The wallets of the cold load, which warm up every other. The hot ones are the first of these. */
const wallets = 100_000;
/** No count of processes may carry less than this share of what one carries. */
const shareMin = 0.95;

const one = { first: 1, count: 1 };
const eight = { first: 1, count: 8 };
const thousand = { first: 1, count: 1_000 };
const all = { first: 1, count: wallets };
/** The processes share the connections equally. */
const loads = {
  'credits on one wallet': { operation: 'credit', wallets: one, connections: 64 },
  'transfers between 8 wallets': { operation: 'transfer', wallets: eight, connections: 64 },
  'credits on 1,000 wallets': { operation: 'credit', wallets: thousand, connections: 64 },
  'credits on 100,000 wallets': { operation: 'credit', wallets: all, connections: 64 },
  'credits on one wallet, 256 connections': { operation: 'credit', wallets: one, connections: 256 },
  'credits on 100,000 wallets, 256 connections': { operation: 'credit', wallets: all, connections: 256 },
} as const satisfies Record<string, Pick<Load, 'operation' | 'wallets' | 'connections'>>;
type LoadName = keyof typeof loads;
const loadNames = Object.keys(loads) as LoadName[];

const numbers = { 1: 'one process', 2: 'two processes', 4: 'four processes' };
const rowName = (name: LoadName, processes: ProcessCount) => `${name}, ${numbers[processes]}`;

interface Outcome extends Sample {
  readonly refused: number;
  readonly cost: Cost;
}

export async function benchProcesses(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  const rows = loadNames.flatMap((name) =>
    processCounts.map((processes) => rowOf(name, processes, options, generator)),
  );
  const values = await runRounds<undefined, Outcome>(environment, {
    rounds: options.rounds,
    rows,
    prepare: () => Promise.resolve(undefined),
    dismiss: () => Promise.resolve(),
  });
  const rowResults = new Map([...values].map(([name, outcomes]) => [name, resultOf(outcomes)]));
  const refused = Object.fromEntries(
    [...values].map(([name, outcomes]) => [name, outcomes.map((outcome) => outcome.refused)]),
  );
  const costs = Object.fromEntries(
    [...values].map(([name, outcomes]) => [name, medianOf(outcomes.map(({ cost }) => cost))]),
  );
  printResults(rowResults, refused, costs);
  const targets = loadNames.flatMap((name) =>
    ([2, 4] as const).map((processes) =>
      ratioOf(
        rowResults,
        `${numbers[processes]} : one, ${name}`,
        'perS',
        rowName(name, processes),
        rowName(name, 1),
        {
          atLeast: shareMin,
        },
      ),
    ),
  );
  printTargets(targets);
  console.log('\nNo deadlock; sums, versions and positions right in every database.');
  return { figures: Object.fromEntries(rowResults), costs, refused, deadlocks: 0, targets };
}

function medianOf(costs: readonly Cost[]): Cost {
  const of = (name: keyof Cost) => median(costs.map((cost) => cost[name]));
  return {
    postgresUs: of('postgresUs'),
    apiUs: of('apiUs'),
    commandsPerBatch: of('commandsPerBatch'),
    lockWaitMs: of('lockWaitMs'),
    heldBack: of('heldBack'),
    conflictsPerBatch: of('conflictsPerBatch'),
  };
}

function rowOf(
  name: LoadName,
  processes: ProcessCount,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
): Row<undefined, Outcome> {
  return {
    name: rowName(name, processes),
    measure: async (_, environment) => {
      const { databases, signal } = environment;
      const target = measured(await databases.create({ wallets }));
      const { database } = target;
      // All processes need the same prefix. Otherwise none would see the locks of the others.
      const apis: BenchProcess[] = [];
      for (let started = 0; started < processes; started += 1)
        apis.push(await launchApi(environment, database.url));
      const { connections } = loads[name];
      const share = { ...loads[name], connections: connections / processes, seconds };
      for (const { url } of apis) {
        await warmUp(generate, target, { ...share, url, connections, wallets: all }, signal);
      }
      const costOf = await startCost(await postmasterOf(environment.stack.adminUrls.DATABASE_URL), apis);
      let cost: Cost | undefined;
      // A wait for a lock is bounded, and a command may end with WALLET_BUSY. The table counts these answers.
      const results = await measure(
        generate,
        target,
        apis.map(({ url }) => ({ ...share, url })),
        signal,
        {
          mayRefuse: true,
          whenLoaded: async (loaded) => {
            cost = await costOf(loaded.reduce((sum, { acknowledged }) => sum + acknowledged, 0));
          },
        },
      );
      if (cost === undefined) throw new Error('the loads have not ended');
      await refuseDeadlocks(database.url);
      for (const api of apis) await api.stop();
      await database.drop();
      return { ...together(results), cost };
    },
  };
}

async function refuseDeadlocks(databaseUrl: string): Promise<void> {
  const deadlocks = await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]?.deadlocks);
  });
  if (deadlocks > 0) throw new ConsistencyError(`PostgreSQL broke ${deadlocks} deadlocks`);
}

/** The result of all shares: the sum of their throughput, and the latency of the slowest share. */
function together(results: readonly LoadResult[]): Omit<Outcome, 'cost'> {
  const worst = (of: 'p50' | 'p95' | 'p99') => Math.max(...results.map(({ latencyMs }) => latencyMs[of]));
  return {
    perS: results.reduce((sum, { acknowledged, seconds }) => sum + acknowledged / seconds, 0),
    p50Ms: worst('p50'),
    p95Ms: worst('p95'),
    p99Ms: worst('p99'),
    refused: results.reduce((sum, { refused }) => sum + refused, 0),
  };
}

function printResults(
  rowResults: ReadonlyMap<string, RowResult>,
  refused: Readonly<Record<string, readonly number[]>>,
  costs: Readonly<Record<string, Cost>>,
): void {
  printTable(
    '64 connections in all, if a load does not name more (medians, spread of the rounds)',
    ['', 'per s', 'spread', 'p50 ms', 'p99 ms', 'answered 503'],
    [...rowResults].map(([name, { perS, p50Ms, p99Ms }]) => [
      name,
      perSecond(perS.median),
      percent(perS.spread),
      milliseconds(p50Ms.median),
      milliseconds(p99Ms.median),
      (refused[name] ?? []).join(' '),
    ]),
  );
  printTable(
    'What a command costs (medians)',
    [
      '',
      'PostgreSQL µs',
      'API µs',
      'commands a batch',
      'lock wait ms a batch',
      'held back',
      'conflicts a batch',
    ],
    Object.entries(costs).map(([name, cost]) => [
      name,
      cost.postgresUs.toFixed(0),
      cost.apiUs.toFixed(0),
      cost.commandsPerBatch.toFixed(1),
      cost.lockWaitMs.toFixed(1),
      cost.heldBack.toFixed(2),
      cost.conflictsPerBatch.toFixed(3),
    ]),
  );
}

// `npm run bench -- processes`: compares one API process with two on one database, under the same number of
// connections. In both loads the two processes need the same wallets. One load credits a single wallet. The
// other makes crossing transfers between a few wallets.
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
import { type BenchEnvironment, launchApi } from './environment.ts';

/** Half of them go to each of two processes. With one process both halves go to it. */
const connections = 64;

/** Wallets for warming up. The measured ones are the first of these. */
const wallets = 1_000;

const loads = {
  'credits on one wallet': { operation: 'credit', wallets: { first: 1, count: 1 } },
  'transfers between 8 wallets': { operation: 'transfer', wallets: { first: 1, count: 8 } },
  'credits on 1,000 wallets': { operation: 'credit', wallets: { first: 1, count: wallets } },
} as const satisfies Record<string, Pick<Load, 'operation' | 'wallets'>>;
type LoadName = keyof typeof loads;
const loadNames = Object.keys(loads) as LoadName[];

const rowName = (name: LoadName, processes: 1 | 2) =>
  `${name}, ${processes === 1 ? 'one process' : 'two processes'}`;

interface Outcome extends Sample {
  readonly refused: number;
}

export async function benchProcesses(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  const rows = loadNames.flatMap((name) => [
    rowOf(name, 1, options, generator),
    rowOf(name, 2, options, generator),
  ]);
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
  printResults(rowResults, refused);
  const targets = loadNames.map((name) =>
    ratioOf(rowResults, `two processes : one, ${name}`, 'perS', rowName(name, 2), rowName(name, 1), {
      atLeast: 2 / 3,
    }),
  );
  printTargets(targets);
  console.log('\nNo deadlock; sums, versions and positions right in every database.');
  return { connections, figures: Object.fromEntries(rowResults), refused, deadlocks: 0, targets };
}

function rowOf(
  name: LoadName,
  processes: 1 | 2,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
): Row<undefined, Outcome> {
  return {
    name: rowName(name, processes),
    measure: async (_, environment) => {
      const { databases, signal } = environment;
      const target = measured(await databases.create({ wallets }));
      const { database } = target;
      // Both processes need the same prefix. Otherwise neither would see the other's locks.
      const apis = [await launchApi(environment, database.url)];
      if (processes === 2) apis.push(await launchApi(environment, database.url));
      const urls = [apis[0]?.url ?? '', apis.at(-1)?.url ?? ''];
      const half = { ...loads[name], connections: connections / 2, seconds };
      for (const { url } of apis) {
        const warming = { first: 1, count: wallets };
        await warmUp(generate, target, { ...half, url, connections, wallets: warming }, signal);
      }
      // A wait for a lock is bounded, and a command may end with WALLET_BUSY. The table counts these answers.
      const results = await measure(
        generate,
        target,
        urls.map((url) => ({ ...half, url })),
        signal,
        { mayRefuse: true },
      );
      await refuseDeadlocks(database.url);
      for (const api of apis) await api.stop();
      await database.drop();
      return together(results);
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

/** The result of both halves: the sum of their throughput, and the latency of the slower half. */
function together(results: readonly LoadResult[]): Outcome {
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
): void {
  printTable(
    `${connections} connections in all (medians, spread of the rounds)`,
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
}

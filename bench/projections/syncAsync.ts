// Measures the gain of the outbox: the same operations on the real service with its worker, and on a service
// whose requests write read model and ledger themselves.
import type { ChosenGenerator } from '../load/choose.ts';
import { type Operation, operations } from '../load/load.ts';
import {
  type RowResult,
  resultOf,
  measure,
  type Measured,
  measured,
  type Sample,
  toSample,
  warmUp,
} from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { printTable } from '../../harness/reporting.ts';
import { milliseconds, percent, perSecond, type Target } from '../report.ts';
import { type Row, runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { type BenchEnvironment, type BenchProcess, launchSyncApi } from '../environment.ts';
import { openScene, type Scene } from './scene.ts';

const wallets = 10_000;
const connections = 64;
const designs = ['sync', 'async'] as const;
type Design = (typeof designs)[number];

interface Side {
  readonly target: Measured;
  readonly api: BenchProcess;
}
interface Prepared extends Readonly<Record<Design, Side>> {
  readonly scene: Scene;
}
interface Sampled extends Sample {
  /** Seconds that the projections needed after the last command. 0 if the request wrote them. */
  readonly caughtUpAfterS: number;
}

const rowName = (design: Design, operation: Operation) => `${operation}, ${design}`;

export async function compareSyncAsync(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
) {
  const values = await runRounds<Prepared, Sampled>(environment, {
    rounds: options.rounds,
    rows: operations.flatMap((operation) =>
      designs.map((design) => rowOf(design, operation, options, generator)),
    ),
    prepare: () => prepare(environment, options, generator),
    dismiss: async ({ scene, sync }) => {
      await sync.api.stop();
      await sync.target.database.drop();
      await scene.dismiss();
    },
  });
  const rowResults = new Map([...values].map(([name, samples]) => [name, resultOf(samples)]));
  const caughtUp = Object.fromEntries(
    operations.map((operation) => [
      operation,
      median((values.get(rowName('async', operation)) ?? []).map(({ caughtUpAfterS }) => caughtUpAfterS)),
    ]),
  );
  const comparisons = operations.map((operation) => compare(rowResults, operation));
  print(comparisons, caughtUp);
  return {
    figures: Object.fromEntries(rowResults),
    caughtUpAfterS: caughtUp,
    targets: targetsOf(comparisons),
  };
}

async function prepare(
  environment: BenchEnvironment,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
): Promise<Prepared> {
  const { databases, signal } = environment;
  const scene = await openScene(environment, { wallets });
  const async: Side = { target: scene.target, api: await scene.launchApi() };
  const target = measured(await databases.create({ wallets }));
  const sync: Side = { target, api: await launchSyncApi(environment, target.database.url) };
  for (const side of [sync, async]) {
    const range = { first: 1, count: wallets };
    const load = { url: side.api.url, operation: 'credit', wallets: range, connections, seconds } as const;
    await warmUp(generate, side.target, load, signal);
  }
  await scene.caughtUp();
  return { sync, async, scene };
}

function rowOf(
  design: Design,
  operation: Operation,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
): Row<Prepared, Sampled> {
  return {
    name: rowName(design, operation),
    measure: async (prepared, { signal }) => {
      const { target, api } = prepared[design];
      const range = { first: 1, count: wallets };
      const load = { url: api.url, operation, wallets: range, connections, seconds };
      const [result] = await measure(generate, target, [load], signal);
      if (result === undefined) throw new Error('one load gives one result');
      // Events that are still to be projected would take the processor from the next row.
      const caughtUpAfterS = design === 'async' ? await prepared.scene.caughtUp() : 0;
      return { ...toSample(result), caughtUpAfterS };
    },
  };
}

interface Compared {
  readonly operation: Operation;
  readonly sync: RowResult;
  readonly async: RowResult;
}

function compare(rowResults: ReadonlyMap<string, RowResult>, operation: Operation): Compared {
  const of = (design: Design) => {
    const found = rowResults.get(rowName(design, operation));
    if (found === undefined) throw new Error(`no results of ${operation}, ${design}`);
    return found;
  };
  return { operation, sync: of('sync'), async: of('async') };
}

function total(comparisons: readonly Compared[], design: Design, round?: number): number {
  return comparisons.reduce((sum, compared) => {
    const { perS } = compared[design];
    return sum + (round === undefined ? perS.median : (perS.rounds[round] ?? NaN));
  }, 0);
}

const lower = (sync: number, async: number) => 1 - async / sync;

function print(comparisons: readonly Compared[], caughtUp: Readonly<Record<string, number>>): void {
  printTable(
    `Projections in the request against projections behind it: ${connections} connections (medians)`,
    [
      '',
      'sync p95 ms',
      'async p95 ms',
      'lower by',
      'sync per s',
      'async per s',
      'times',
      'caught up after s',
    ],
    [
      ...comparisons.map(({ operation, sync, async }) => [
        operation,
        milliseconds(sync.p95Ms.median),
        milliseconds(async.p95Ms.median),
        percent(lower(sync.p95Ms.median, async.p95Ms.median)),
        perSecond(sync.perS.median),
        perSecond(async.perS.median),
        (async.perS.median / sync.perS.median).toFixed(1),
        (caughtUp[operation] ?? NaN).toFixed(1),
      ]),
      [
        'mean of all four',
        '',
        '',
        '',
        perSecond(total(comparisons, 'sync') / comparisons.length),
        perSecond(total(comparisons, 'async') / comparisons.length),
        (total(comparisons, 'async') / total(comparisons, 'sync')).toFixed(1),
        '',
      ],
    ],
  );
}

function targetsOf(comparisons: readonly Compared[]): readonly Target[] {
  const rounds = comparisons[0]?.sync.perS.rounds.map((_, round) => round) ?? [];
  return [
    ...comparisons.map(({ operation, sync, async }) => ({
      name: `p95 of ${operation} lower than sync by`,
      value: lower(sync.p95Ms.median, async.p95Ms.median),
      rounds: rounds.map((round) => lower(sync.p95Ms.rounds[round] ?? NaN, async.p95Ms.rounds[round] ?? NaN)),
      atLeast: 0.7,
    })),
    {
      name: 'throughput : sync, all operations',
      value: total(comparisons, 'async') / total(comparisons, 'sync'),
      rounds: rounds.map((round) => total(comparisons, 'async', round) / total(comparisons, 'sync', round)),
      atLeast: 5,
    },
  ];
}

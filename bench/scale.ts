// `npm run bench -- scale`: measures the same credits on few and many wallets, and on one wallet with a short
// and a long history. A command loads snapshots and no history, so neither may make a difference.
import type { ChosenGenerator } from './load/choose.ts';
import { type RowResult, resultOf, measure, measured, type Sample, toSample, warmUp } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { ratioOf } from './ratio.ts';
import { printTable } from '../harness/reporting.ts';
import { milliseconds, percent, perSecond, printTargets, type Result } from './report.ts';
import { type Row, runRounds } from './rounds.ts';
import { type BenchEnvironment, launchApi } from './environment.ts';
import type { Seed } from './database/seed.ts';

const connections = 64;
const walletCounts = [10, 1_000, 100_000, 1_000_000];
const historyLengths = [10, 1_000, 100_000];
/** These wallets warm the server up, because warming up must not make the measured history longer. */
const otherWallets = 100;
const barWidthMax = 40;

/** One point of a curve. */
interface Point {
  readonly name: string;
  readonly seed: Seed;
  /** Wallets that are credited, and wallets that only warm up the server. */
  readonly credited: { readonly first: number; readonly count: number };
  readonly warming: { readonly first: number; readonly count: number };
}

function pointOfWallets(wallets: number): Point {
  const all = { first: 1, count: wallets };
  return { name: `${wallets.toLocaleString('en')} wallets`, seed: { wallets }, credited: all, warming: all };
}

function pointOfHistory(eventsOfFirst: number): Point {
  return {
    name: `one wallet with ${eventsOfFirst.toLocaleString('en')} events`,
    seed: { wallets: 1 + otherWallets, eventsOfFirst },
    credited: { first: 1, count: 1 },
    warming: { first: 2, count: otherWallets },
  };
}

export async function benchScale(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  // The largest take the longest to seed.
  const points = options.quick
    ? [...walletCounts.slice(0, -1).map(pointOfWallets), ...historyLengths.slice(0, -1).map(pointOfHistory)]
    : [...walletCounts.map(pointOfWallets), ...historyLengths.map(pointOfHistory)];
  const values = await runRounds<undefined, Sampled>(environment, {
    rounds: options.rounds,
    rows: points.map((point) => rowOf(point, options, generator)),
    prepare: () => Promise.resolve(undefined),
    dismiss: () => Promise.resolve(),
  });
  const entries = [...values];
  const many = new Map(entries.map(([name, samples]) => [name, resultOf(samples.map((s) => s.many))]));
  const one = new Map(entries.map(([name, samples]) => [name, resultOf(samples.map((s) => s.one))]));
  printCurve(many, one);
  const targets = targetsOf(many, one, points);
  printTargets(targets);
  return {
    [`connections${connections}`]: Object.fromEntries(many),
    connections1: Object.fromEntries(one),
    targets,
  };
}

interface Sampled {
  readonly one: Sample;
  readonly many: Sample;
}

function rowOf(
  point: Point,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
): Row<undefined, Sampled> {
  return {
    name: point.name,
    measure: async (_, environment) => {
      const { databases, signal } = environment;
      const target = measured(await databases.create(point.seed));
      const api = await launchApi(environment, target.database.url);
      const load = { url: api.url, operation: 'credit', wallets: point.credited, seconds } as const;
      await warmUp(generate, target, { ...load, connections, wallets: point.warming }, signal);
      // The run with one connection comes first. It adds few events, so the history keeps about its named
      // length.
      const [one] = await measure(generate, target, [{ ...load, connections: 1 }], signal);
      const [many] = await measure(generate, target, [{ ...load, connections }], signal);
      await api.stop();
      await target.database.drop();
      if (one === undefined || many === undefined) throw new Error('one load gives one result');
      return { one: toSample(one), many: toSample(many) };
    },
  };
}

function printCurve(many: ReadonlyMap<string, RowResult>, one: ReadonlyMap<string, RowResult>): void {
  const highest = Math.max(...[...many.values()].map(({ perS }) => perS.median));
  printTable(
    `Credits: ${connections} connections, and the latency of 1 (medians, spread of the rounds)`,
    ['', 'per s', 'spread', 'p50 ms', 'p99 ms', 'p50 ms of 1', 'spread', ''],
    [...many].map(([name, { perS, p50Ms, p99Ms }]) => [
      name,
      perSecond(perS.median),
      percent(perS.spread),
      milliseconds(p50Ms.median),
      milliseconds(p99Ms.median),
      milliseconds(one.get(name)?.p50Ms.median ?? NaN),
      percent(one.get(name)?.p50Ms.spread ?? NaN),
      '#'.repeat(Math.round((perS.median / highest) * barWidthMax)).padEnd(barWidthMax),
    ]),
  );
}

/** A curve that bends by less than this counts as flat. The machine does other things, too. */
const flat = { atLeast: 0.8, atMost: 1.25 };

function targetsOf(
  many: ReadonlyMap<string, RowResult>,
  one: ReadonlyMap<string, RowResult>,
  points: readonly Point[],
) {
  const curves = [
    points.filter(({ seed }) => seed.eventsOfFirst === undefined),
    points.filter(({ seed }) => seed.eventsOfFirst !== undefined),
  ];
  return curves.flatMap((curve) => {
    const [least, most] = [curve.at(0)?.name ?? '', curve.at(-1)?.name ?? ''];
    const name = `${most} : ${least}`;
    return [
      ratioOf(many, `${name}, throughput`, 'perS', most, least, { atLeast: flat.atLeast }),
      ratioOf(one, `${name}, p50 of 1 connection`, 'p50Ms', most, least, { atMost: flat.atMost }),
    ];
  });
}

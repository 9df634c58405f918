// `npm run bench -- rebuild`: measures the recovery workflows over short and long logs, alone and with
// commands and readers. Each measurement has a new worker, whose memory is sampled. Every rebuild compares
// its result with the log, so a wrong one fails.
import { setTimeout as pause } from 'node:timers/promises';
import type { ChosenGenerator } from '../load/choose.ts';
import type { LoadResult } from '../load/load.ts';
import type { BenchOptions } from '../options.ts';
import { openScene, type Scene } from '../projections/scene.ts';
import { printTable } from '../../harness/reporting.ts';
import { perSecond, printTargets, type Result, type Target } from '../report.ts';
import { watchMemory } from '../resilience/memory.ts';
import { type Row, runRounds } from '../rounds.ts';
import { summarize, median } from '../statistics.ts';
import { seededEvents, type Seed } from '../database/seed.ts';
import type { BenchEnvironment } from '../environment.ts';
import { type Readings, startReaders } from './readers.ts';

const wallets = 50_000;
const walletsIfQuick = 5_000;
/** An older installation also has events in JSON. The targets compare the last two. */
const seedsOf = (wallets: number): readonly Seed[] => [
  { wallets, eventsPerWallet: 20 },
  { wallets, eventsPerWallet: 2, compact: true },
  { wallets, eventsPerWallet: 20, compact: true },
];
/**
 * Credits during a rebuild: enough that every page meets new events, and few enough to leave it a processor.
 */
const trafficPerS = 300;
const trafficConnections = 8;
/** Longest duration of the traffic. It stops with the rebuild. */
const trafficSecondsMax = 600;

const kinds = {
  'read model': {
    workflow: 'rebuildAllReadModels',
    id: 'rebuild-read-model',
    // Nobody reads the old index here, so the workflow need not wait after the switch.
    argument: { graceS: 0 },
  },
  ledger: { workflow: 'rebuildLedger', id: 'rebuild-ledger', argument: {} },
} as const;
type Kind = keyof typeof kinds;

interface Measurement {
  readonly perS: number;
  readonly seconds: number;
  readonly idleMiB: number;
  readonly peakMiB: number;
  readonly traffic?: { readonly commandsPerS: number; readonly p99Ms: number };
  readonly readings?: Readings;
}

const rowName = (kind: Kind, seed: Seed, traffic: boolean) =>
  `${kind}, ${perSecond(seededEvents(seed))} events${seed.compact === true ? '' : ' in JSON'}${traffic ? ', with traffic' : ''}`;

export async function benchRebuild(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  const seeds = seedsOf(options.quick ? walletsIfQuick : wallets);
  const values = await runRounds<undefined, Measurement>(environment, {
    rounds: options.rounds,
    rows: seeds.flatMap((seed) =>
      (Object.keys(kinds) as Kind[]).flatMap((kind) =>
        [false, true].map((traffic) => rowOf(kind, seed, traffic, generator)),
      ),
    ),
    prepare: () => Promise.resolve(undefined),
    dismiss: () => Promise.resolve(),
  });
  print(values);
  const targets = targetsOf(values, seeds);
  printTargets(targets);
  const readings = [...values.values()].flat().flatMap(({ readings: of }) => of ?? []);
  const failed = readings.reduce((sum, of) => sum + of.failed, 0);
  const stepsBack = readings.reduce((sum, of) => sum + of.stepsBack, 0);
  console.log(
    `\nOf ${perSecond(readings.reduce((sum, of) => sum + of.reads, 0))} reads beside a rebuild ${failed} failed, ` +
      `and ${stepsBack} showed a version below one seen before.`,
  );
  const failures = failed + stepsBack === 0 ? [] : [`${failed} failed reads, ${stepsBack} versions back`];
  return { trafficPerS, rows: Object.fromEntries(values), targets, failures };
}

function rowOf(
  kind: Kind,
  seed: Seed,
  traffic: boolean,
  generator: ChosenGenerator,
): Row<undefined, Measurement> {
  return {
    name: rowName(kind, seed, traffic),
    measure: async (_, environment) => {
      const scene = await openScene(environment, seed);
      await scene.caughtUp();
      // Readers need documents, and a rebuild usually replaces an existing read model.
      if (traffic) await rebuild(scene, 'read model');
      const measurement = await (traffic
        ? besideTraffic(environment, scene, kind, seed, generator)
        : inQuiet(scene, kind, seed));
      await scene.dismiss();
      return measurement;
    },
  };
}

async function rebuild({ temporal, taskQueue, idPrefix }: Scene, kind: Kind): Promise<number> {
  const { workflow, id, argument } = kinds[kind];
  const startedAt = performance.now();
  await temporal.workflow.execute(workflow, { taskQueue, workflowId: idPrefix + id, args: [argument] });
  return (performance.now() - startedAt) / 1e3;
}

async function inQuiet(scene: Scene, kind: Kind, seed: Seed): Promise<Measurement> {
  const idleMiB = watchMemory(scene.worker.pid()).stop();
  const memory = watchMemory(scene.worker.pid());
  try {
    const seconds = await rebuild(scene, kind);
    return { perS: seededEvents(seed) / seconds, seconds, idleMiB, peakMiB: memory.stop() };
  } finally {
    // Even after a failure: sampling a process that has ended would hide the cause.
    memory.stop();
  }
}

async function besideTraffic(
  environment: BenchEnvironment,
  scene: Scene,
  kind: Kind,
  seed: Seed,
  generator: ChosenGenerator,
): Promise<Measurement> {
  const api = await scene.launchApi();
  const readers = startReaders(api.url, environment.signal);
  const traffic = await startTraffic(environment, api.url, seed, generator);
  const measurement = await inQuiet(scene, kind, seed);
  const load = await traffic.finish();
  const readings = await readers.finish();
  return {
    ...measurement,
    traffic: { commandsPerS: load.acknowledged / load.seconds, p99Ms: load.latencyMs.p99 },
    readings,
  };
}

/** Runs short loads one after another, so that the traffic ends with the rebuild and is still counted. */
async function startTraffic(
  { signal }: BenchEnvironment,
  url: string,
  seed: Seed,
  { generate }: ChosenGenerator,
) {
  const results: LoadResult[] = [];
  let finishing = false;
  const load = {
    url,
    operation: 'credit',
    wallets: { first: 1, count: seed.wallets },
    connections: trafficConnections,
    seconds: 1,
    ratePerS: trafficPerS,
  } as const;
  const run = async () => {
    while (!finishing && results.length < trafficSecondsMax) results.push(await generate(load, signal));
  };
  const running = run();
  // `finish` reports a failure. Until then nobody awaits it.
  running.catch(() => undefined);
  while (results.length === 0) await Promise.race([running, pause(50)]);
  return {
    finish: async (): Promise<LoadResult> => {
      finishing = true;
      await running;
      const sum = (pick: (result: LoadResult) => number) =>
        results.reduce((total, result) => total + pick(result), 0);
      const failed = sum((result) => result.failed + result.refused);
      if (failed > 0) throw new Error(`${failed} commands beside the rebuild failed or were refused`);
      const mid = (pick: (result: LoadResult) => number) => median(results.map(pick));
      return {
        seconds: sum(({ seconds }) => seconds),
        acknowledged: sum(({ acknowledged }) => acknowledged),
        refused: 0,
        failed: 0,
        latencyMs: {
          p50: mid(({ latencyMs }) => latencyMs.p50),
          p95: mid(({ latencyMs }) => latencyMs.p95),
          p99: mid(({ latencyMs }) => latencyMs.p99),
        },
      };
    },
  };
}

function print(values: ReadonlyMap<string, readonly Measurement[]>): void {
  const optional = (given: readonly (number | undefined)[]) => {
    const numbers = given.filter((value) => value !== undefined);
    return numbers.length === 0 ? '' : perSecond(median(numbers));
  };
  printTable(
    'Rebuilds through their workflows, comparison and switch included (medians)',
    [
      '',
      'events per s',
      'seconds',
      'worker MiB before',
      'peak MiB',
      'commands per s',
      'p99 ms',
      'reads',
      'back',
    ],
    [...values].map(([name, rounds]) => [
      name,
      perSecond(median(rounds.map(({ perS }) => perS))),
      median(rounds.map(({ seconds }) => seconds)).toFixed(1),
      perSecond(median(rounds.map(({ idleMiB }) => idleMiB))),
      perSecond(median(rounds.map(({ peakMiB }) => peakMiB))),
      optional(rounds.map(({ traffic }) => traffic?.commandsPerS)),
      optional(rounds.map(({ traffic }) => traffic?.p99Ms)),
      optional(rounds.map(({ readings }) => readings?.reads)),
      optional(rounds.map(({ readings }) => readings?.stepsBack)),
    ]),
  );
}

function targetsOf(
  values: ReadonlyMap<string, readonly Measurement[]>,
  seeds: readonly Seed[],
): readonly Target[] {
  const [small, large] = [seeds.at(-2), seeds.at(-1)];
  if (small === undefined || large === undefined) throw new Error('there are sizes');
  const rate = (kind: Kind, atLeast: number): Target => {
    const { median: value, rounds } = summarize(
      (values.get(rowName(kind, large, false)) ?? []).map(({ perS }) => perS),
    );
    return { name: `events per s, ${rowName(kind, large, false)}`, value, rounds, atLeast };
  };
  const memory = (kind: Kind): Target => {
    const peaks = (seed: Seed) =>
      (values.get(rowName(kind, seed, false)) ?? []).map(({ peakMiB }) => peakMiB);
    return {
      name: `worker's peak, ${kind}, ${perSecond(seededEvents(large))} : ${perSecond(seededEvents(small))} events`,
      value: median(peaks(large)) / median(peaks(small)),
      rounds: peaks(large).map((peak, round) => peak / (peaks(small)[round] ?? NaN)),
      atMost: 1.25,
    };
  };
  return [rate('read model', 120_000), rate('ledger', 80_000), memory('read model'), memory('ledger')];
}

// Measures the delays of healthy webhook endpoints among a thousand, of which ten fail, in turns with none
// that fails. Five answer 500 at once, and five never answer. Ten wallets belong to each endpoint.
import { webhookSettings } from '../../harness/feed/webhookReceiver.ts';
import { printTable } from '../../harness/reporting.ts';
import { readHead } from '../../src/eventStore/logHead.ts';
import type { BenchEnvironment, BenchProcess } from '../environment.ts';
import { postmasterOf, processMs, serverMs } from '../holds/processTime.ts';
import { generateEvenly } from '../load/programs.ts';
import { measure } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { openScene, type Scene } from '../projections/scene.ts';
import { milliseconds, perSecond, type Target } from '../report.ts';
import { runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { type Arrivals, createArrivals, type Delay } from './arrivals.ts';
import { countRetrying, deleteEndpoints, makeEndpoints } from './endpoints.ts';
import { type Receivers, startReceivers } from './receivers.ts';

const sizes = { endpoints: 1_000, seconds: 20 };
const quickSizes = { endpoints: 200, seconds: 4 };
const walletsEach = 10;
const failing = 10;
/** Each of them gets a credit a second, much more than the others, so that it holds what it can. */
const creditsOfFailingPerS = 10;
const creditsOfOthersPerS = 200;
/** A new worker has much to do besides, such as the first runs of its schedules. */
const warmUpSeconds = 8;
/** Until the drain knows the endpoints that were made for a row. */
const beginSeconds = 2;
/** So each load of full length has one hand-over between two runs of the drain, whenever it begins. */
const drainSettings = { DRAIN_BUDGET_MS: String(sizes.seconds * 1e3) };
const rows = { 'none fails': 0, 'ten fail': failing };

interface Prepared {
  readonly scene: Scene;
  readonly api: BenchProcess;
  readonly postmaster: number;
  readonly receivers: Receivers;
  readonly others: Arrivals;
  /** Those of the receivers that may fail. */
  ids: readonly string[];
}

interface Sample extends Delay {
  /** Endpoints that were handed to their workflows. */
  readonly retrying: number;
  /** Microseconds of processor time, for each event of a healthy endpoint. */
  readonly workerUs: number;
  readonly postgresUs: number;
}

export async function measureFailing(environment: BenchEnvironment, { rounds, quick }: BenchOptions) {
  const size = quick ? quickSizes : sizes;
  const samples = await runRounds<Prepared, Sample>(environment, {
    rounds,
    rows: Object.entries(rows).map(([name, failingNow]) => ({
      name: `${size.endpoints} endpoints, ${name}`,
      measure: (prepared, { signal }) => measureRow(prepared, size, failingNow, signal),
    })),
    prepare: () => prepare(environment, size),
    dismiss: async ({ scene, receivers }) => {
      await scene.dismiss();
      await receivers.close();
    },
  });
  print(samples, size);
  return { samples: Object.fromEntries(samples), targets: targetsOf([...samples.values()]) };
}

async function prepare(environment: BenchEnvironment, size: typeof sizes): Promise<Prepared> {
  const { endpoints } = size;
  const settings = webhookSettings(endpoints);
  const seed = { wallets: endpoints * walletsEach };
  const scene = await openScene(environment, seed, { ...settings, ...drainSettings });
  const api = await scene.launchApi(settings);
  // Only the receivers that never fail are followed.
  const others = createArrivals('the healthy endpoints');
  const isOther = (text: string) => Number(/"subject":"w-(\d+)"/.exec(text)?.[1]) > failing * walletsEach;
  const receivers = await startReceivers(endpoints, (text) => {
    if (isOther(text)) others.take(text);
  });
  const ids = await makeEndpoints({ url: api.url, receivers: receivers.urls, firstWallet: 1, walletsEach });
  const postmaster = await postmasterOf(environment.stack.adminUrls.DATABASE_URL);
  const prepared = { scene, api, postmaster, receivers, others, ids: ids.slice(0, failing) };
  await play(prepared, { ...size, seconds: Math.min(size.seconds, warmUpSeconds) }, environment.signal);
  return prepared;
}

/** Sends credits to the wallets of all endpoints, and waits for all events of those that never fail. */
async function play(
  { scene, api, others }: Prepared,
  { endpoints, seconds }: typeof sizes,
  signal: AbortSignal,
): Promise<Delay> {
  const ofFailing = { first: 1, count: failing * walletsEach };
  const ofOthers = { first: ofFailing.count + 1, count: (endpoints - failing) * walletsEach };
  others.startAfter(await readHead(scene.pool));
  const load = { url: api.url, operation: 'credit', connections: 16, seconds } as const;
  const loads = [
    { ...load, wallets: ofOthers, ratePerS: creditsOfOthersPerS },
    { ...load, wallets: ofFailing, ratePerS: creditsOfFailingPerS },
  ];
  await measure(generateEvenly, scene.target, loads, signal);
  return others.complete(scene.pool, ofOthers);
}

async function measureRow(
  prepared: Prepared,
  size: typeof sizes,
  failingNow: number,
  signal: AbortSignal,
): Promise<Sample> {
  const { scene, api, postmaster, receivers } = prepared;
  // Fresh ones have no parked events from the row before.
  await deleteEndpoints(api.url, prepared.ids);
  const fresh = { url: api.url, receivers: receivers.urls.slice(0, failing), firstWallet: 1, walletsEach };
  prepared.ids = await makeEndpoints(fresh);
  await play(prepared, { ...size, seconds: beginSeconds }, signal);
  for (let at = 0; at < failingNow; at += 1) receivers.answer(at, at < failing / 2 ? 'fails' : 'silent');
  const read = () => ({ worker: processMs(scene.worker.pid()), postgres: serverMs(postmaster) });
  const before = read();
  const delay = await play(prepared, size, signal);
  const after = read();
  const usOf = (which: keyof typeof after) => ((after[which] - before[which]) * 1e3) / delay.events;
  const retrying = await countRetrying(api.url);
  for (let at = 0; at < failingNow; at += 1) receivers.answer(at, 'ok');
  return { ...delay, retrying, workerUs: usOf('worker'), postgresUs: usOf('postgres') };
}

type Samples = ReadonlyMap<string, readonly Sample[]>;

function print(samples: Samples, { seconds }: typeof sizes): void {
  printTable(
    `From commit to the endpoints that never fail, ${creditsOfOthersPerS} deliveries a second for ${seconds} s (medians)`,
    [
      '',
      'events',
      'repeated',
      'p50 ms',
      'p95 ms',
      'p99 ms',
      'worst ms',
      'left to retries',
      'worker µs',
      'PostgreSQL µs',
    ],
    [...samples].map(([name, all]) => {
      const mid = (pick: (sample: Sample) => number) => median(all.map(pick));
      return [
        name,
        ...[mid(({ events }) => events), mid(({ repeated }) => repeated)].map(perSecond),
        ...(['p50Ms', 'p95Ms', 'p99Ms', 'worstMs'] as const).map((which) =>
          milliseconds(mid((sample) => sample[which])),
        ),
        ...[mid(({ retrying }) => retrying), mid(({ workerUs }) => workerUs)].map(perSecond),
        perSecond(mid(({ postgresUs }) => postgresUs)),
      ];
    }),
  );
}

function targetsOf([none = [], some = []]: readonly (readonly Sample[])[]): readonly Target[] {
  return (['p50Ms', 'p95Ms', 'p99Ms'] as const).map((which) => {
    const values = (samples: readonly Sample[]) => samples.map((sample) => sample[which]);
    return {
      name: `${which.slice(0, 3)} of healthy endpoints, ten fail : none fails`,
      value: median(values(some)) / median(values(none)),
      rounds: some.map((sample, round) => sample[which] / (none[round]?.[which] ?? NaN)),
      atMost: 1.2,
    };
  });
}

// Measures what the command path loses to the feed and to webhooks: credits at full speed beside streams,
// beside webhooks, beside both, and beside neither, in turns. This process reads the streams and has the
// receivers, on the same machine. So the processor time of API and PostgreSQL tells more than the rate.
import { webhookSettings } from '../../harness/feed/webhookReceiver.ts';
import { printTable } from '../../harness/reporting.ts';
import { readHead } from '../../src/eventStore/logHead.ts';
import type { BenchEnvironment, BenchProcess } from '../environment.ts';
import { postmasterOf, processMs, serverMs } from '../holds/processTime.ts';
import type { ChosenGenerator } from '../load/choose.ts';
import { walletIdOf } from '../load/load.ts';
import { measure } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { openScene, type Scene } from '../projections/scene.ts';
import { milliseconds, perSecond, type Target } from '../report.ts';
import { runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { createArrivals } from './arrivals.ts';
import { deleteEndpoints, makeEndpoints } from './endpoints.ts';
import { startReceivers } from './receivers.ts';
import { openStreams, settingsForStreams } from './streams.ts';

const wallets = { first: 1, count: 1_000 };
const connections = 64;
const streamCount = 100;
const endpoints = 10;
const walletsEach = 5;
/** One event in ten is in a stream, and one in twenty goes to an endpoint. */
const walletsWithStream = { first: 1, count: streamCount };
const walletsWithEndpoint = { first: 1, count: endpoints * walletsEach };

interface Beside {
  /** The filter of each stream. */
  readonly filters: readonly string[];
  readonly endpoints: number;
}

const aWalletEach = Array.from({ length: streamCount }, (_, at) => `&walletId=${walletIdOf(at + 1)}`);
const rows = {
  neither: { filters: [], endpoints: 0 },
  '100 streams': { filters: aWalletEach, endpoints: 0 },
  '10 endpoints': { filters: [], endpoints },
  both: { filters: aWalletEach, endpoints },
  'a stream of every event': { filters: [''], endpoints: 0 },
} as const satisfies Readonly<Record<string, Beside>>;
type RowName = keyof typeof rows;
const rowNames = Object.keys(rows) as RowName[];
/** By then the compiler has seen the code of streams and webhooks, too. */
const warmUpSecondsMax = 3;

/** Microseconds of processor time, for each credit. */
interface Processor {
  readonly apiUs: number;
  readonly postgresUs: number;
  readonly workerUs: number;
  /** This process: streams and receivers. */
  readonly readersUs: number;
}

interface Sample extends Processor {
  readonly perS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Prepared {
  readonly scene: Scene;
  readonly api: BenchProcess;
  readonly postmaster: number;
}

export async function measureCommandPath(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
) {
  const names: readonly RowName[] = options.quick ? ['neither', 'both'] : rowNames;
  const samples = await runRounds<Prepared, Sample>(environment, {
    rounds: options.rounds,
    rows: names.map((name) => ({
      name: `credits beside ${name}`,
      measure: (prepared, { signal }) => measureRow(prepared, rows[name], options, generator, signal),
    })),
    prepare: () => prepare(environment, options, generator),
    dismiss: ({ scene }) => scene.dismiss(),
  });
  const of = (name: RowName) => samples.get(`credits beside ${name}`) ?? [];
  print(samples);
  return { samples: Object.fromEntries(samples), targets: targetsOf(of('both'), of('neither')) };
}

async function prepare(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Prepared> {
  const settings = webhookSettings(endpoints);
  const scene = await openScene(environment, { wallets: wallets.count }, settings);
  const api = await scene.launchApi({ ...settings, ...settingsForStreams(streamCount) });
  const postmaster = await postmasterOf(environment.stack.adminUrls.DATABASE_URL);
  const prepared = { scene, api, postmaster };
  const warmUp = { ...options, seconds: Math.min(options.seconds, warmUpSecondsMax) };
  await measureRow(prepared, rows.both, warmUp, generator, environment.signal);
  return prepared;
}

async function measureRow(
  { scene, api, postmaster }: Prepared,
  beside: Beside,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
  signal: AbortSignal,
): Promise<Sample> {
  const { pool, target, worker } = scene;
  const streamed = createArrivals('the streams');
  const delivered = createArrivals('the webhooks');
  const receivers = await startReceivers(beside.endpoints, delivered.take);
  const streams = await openStreams(api.url, beside.filters, streamed.take);
  const ids = await makeEndpoints({ url: api.url, receivers: receivers.urls, firstWallet: 1, walletsEach });
  const head = await readHead(pool);
  for (const arrivals of [streamed, delivered]) arrivals.startAfter(head);
  const processes = { api: api.pid(), worker: worker.pid() };
  let processor: Processor | undefined;
  const load = { url: api.url, operation: 'credit', wallets, connections, seconds } as const;
  const [result] = await measure(
    async (given) => {
      const taken = startProcessors(postmaster, processes);
      const played = await generate(given, signal);
      // Each row pays for all of its events, also for those that wait at the end of the load.
      await scene.caughtUp();
      processor = taken(played.acknowledged);
      return played;
    },
    target,
    [load],
    signal,
  );
  if (result === undefined || processor === undefined) throw new Error('one load gives one result');
  const isEverything = beside.filters.some((filter) => filter === '');
  if (beside.filters.length > 0) await streamed.complete(pool, isEverything ? wallets : walletsWithStream);
  if (beside.endpoints > 0) await delivered.complete(pool, walletsWithEndpoint);
  streams.close();
  await deleteEndpoints(api.url, ids);
  await receivers.close();
  const { p50, p99 } = result.latencyMs;
  return { perS: result.acknowledged / result.seconds, p50Ms: p50, p99Ms: p99, ...processor };
}

/** The returned function gives the processor time since the call. */
function startProcessors(postmaster: number, pids: { readonly api: number; readonly worker: number }) {
  const read = () => ({
    api: processMs(pids.api),
    postgres: serverMs(postmaster),
    worker: processMs(pids.worker),
    own: process.cpuUsage(),
  });
  const before = read();
  return (commands: number): Processor => {
    const { api, postgres, worker, own } = read();
    const ownUs = own.user + own.system - before.own.user - before.own.system;
    return {
      apiUs: ((api - before.api) * 1e3) / commands,
      postgresUs: ((postgres - before.postgres) * 1e3) / commands,
      workerUs: ((worker - before.worker) * 1e3) / commands,
      readersUs: ownUs / commands,
    };
  };
}

function print(samples: ReadonlyMap<string, readonly Sample[]>): void {
  printTable(
    `Credits at full speed, ${connections} connections; processor time a credit, its projections included (medians)`,
    ['', 'per s', 'p50 ms', 'p99 ms', 'API µs', 'PostgreSQL µs', 'worker µs', 'readers µs'],
    [...samples].map(([name, all]) => {
      const mid = (pick: (sample: Sample) => number) => median(all.map(pick));
      return [
        name,
        perSecond(mid(({ perS }) => perS)),
        ...[mid(({ p50Ms }) => p50Ms), mid(({ p99Ms }) => p99Ms)].map(milliseconds),
        ...(['apiUs', 'postgresUs', 'workerUs', 'readersUs'] as const).map((which) =>
          perSecond(mid((sample) => sample[which])),
        ),
      ];
    }),
  );
}

function targetsOf(both: readonly Sample[], neither: readonly Sample[]): readonly Target[] {
  const costUs = ({ apiUs, postgresUs }: Sample) => apiUs + postgresUs;
  const ratio = (pick: (above: Sample, below: Sample) => number) =>
    both.map((sample, round) => pick(sample, neither[round] ?? sample));
  const mid = (samples: readonly Sample[], pick: (sample: Sample) => number) => median(samples.map(pick));
  return [
    {
      name: 'credits per s, streams and webhooks : neither',
      value: mid(both, ({ perS }) => perS) / mid(neither, ({ perS }) => perS),
      rounds: ratio((one, other) => one.perS / other.perS),
      atLeast: 0.97,
    },
    {
      name: 'processor time of API and PostgreSQL, neither : both',
      value: mid(neither, costUs) / mid(both, costUs),
      rounds: ratio((one, other) => costUs(other) / costUs(one)),
      atLeast: 0.97,
    },
  ];
}

// Measures the time from commit to visible, at a tenth, a half and four fifths of the commands that the whole
// system can take. Each load lasts longer than one drain activity, so that the hand-over to the next one is
// measured too.
import type { ChosenGenerator } from '../load/choose.ts';
import { measure, warmUp } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { printTable } from '../../harness/reporting.ts';
import { milliseconds, percent, perSecond, type Target } from '../report.ts';
import { ConsistencyError } from '../database/check.ts';
import type { BenchProcess } from '../environment.ts';
import type { BenchEnvironment } from '../environment.ts';
import { followSamples, type Lag, type Place, places } from './samples.ts';
import { openScene, type Scene } from './scene.ts';

const wallets = 10_000;
const connections = 64;
const shares = [0.1, 0.5, 0.8];
/** Commands a second that are followed one by one. */
const samplesPerS = 40;
/** Longer than DRAIN_BUDGET_MS. */
const secondsOfLoad = 65;

interface LagAtLoad {
  readonly share: number;
  readonly commandsPerS: number;
  /** Number of drain activities that ended during the load, for both projections. */
  readonly handOvers: number;
  readonly lags: Readonly<Record<Place, Lag>>;
  readonly caughtUpAfterS: number;
}

export interface LagResult {
  /** Commands a second at 64 connections while a worker projects them. */
  readonly capacityPerS: number;
  readonly loads: readonly LagAtLoad[];
  readonly targets: readonly Target[];
}

export async function measureLag(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<LagResult> {
  const scene = await openScene(environment, { wallets });
  const api = await scene.launchApi();
  const { signal } = environment;
  const load = {
    url: api.url,
    operation: 'credit',
    wallets: { first: 1, count: wallets },
    connections,
    seconds: options.seconds,
  } as const;
  await warmUp(generator.generate, scene.target, load, signal);
  const [full] = await measure(generator.generate, scene.target, [load], signal);
  if (full === undefined) throw new Error('one load gives one result');
  const capacityPerS = full.acknowledged / full.seconds;
  await scene.caughtUp();

  const loads: LagAtLoad[] = [];
  for (const share of shares) {
    environment.say(`lag at ${percent(share)} of ${perSecond(capacityPerS)} commands a second …`);
    const seconds = options.quick ? options.seconds : secondsOfLoad;
    loads.push(
      await lagAt(environment, scene, api, generator, { share, ratePerS: share * capacityPerS, seconds }),
    );
  }
  await scene.dismiss();
  print(capacityPerS, loads);
  return { capacityPerS, loads, targets: targetsOf(loads) };
}

interface LoadOf {
  readonly share: number;
  readonly ratePerS: number;
  readonly seconds: number;
}

async function lagAt(
  { signal }: BenchEnvironment,
  scene: Scene,
  api: BenchProcess,
  generator: ChosenGenerator,
  { share, ratePerS, seconds }: LoadOf,
): Promise<LagAtLoad> {
  const range = { first: 1, count: wallets };
  const offered = { url: api.url, operation: 'credit', wallets: range, connections, seconds } as const;
  const sampling = { ...offered, ratePerS: samplesPerS };
  let lags: Readonly<Record<Place, Lag>> | undefined;
  const runsBefore = await countDrains(scene);
  const [background, sampled] = await measure(
    async (load) => {
      if (load !== sampling) return generator.generate(load, signal);
      const followed = await followSamples(
        { ...sampling, wallets: range },
        { elasticsearch: scene.elasticsearch, index: scene.index, pool: scene.pool },
        signal,
      );
      lags = followed.lags;
      return followed.load;
    },
    scene.target,
    [{ ...offered, ratePerS: ratePerS - samplesPerS }, sampling],
    signal,
  );
  const handOvers = (await countDrains(scene)) - runsBefore;
  if (background === undefined || sampled === undefined || lags === undefined) {
    throw new ConsistencyError('a load gave no result');
  }
  const commandsPerS = background.acknowledged / background.seconds + sampled.acknowledged / sampled.seconds;
  return { share, commandsPerS, handOvers, lags, caughtUpAfterS: await scene.caughtUp() };
}

/** Drains that have begun, as the schedules count them. */
async function countDrains({ temporal, idPrefix }: Scene): Promise<number> {
  let runs = 0;
  for await (const { scheduleId } of temporal.schedule.list()) {
    if (!scheduleId.startsWith(`${idPrefix}drain-`)) continue;
    runs += (await temporal.schedule.getHandle(scheduleId).describe()).info.numActionsTaken;
  }
  return runs;
}

const titles: Readonly<Record<Place, string>> = {
  id: 'document by id',
  search: 'search hit',
  ledger: 'ledger row',
};

function print(capacityPerS: number, loads: readonly LagAtLoad[]): void {
  printTable(
    `From commit to visible; the whole system takes ${perSecond(capacityPerS)} credits a second`,
    ['', 'commands per s', 'hand-overs', 'samples', 'p50 ms', 'p95 ms', 'p99 ms', 'worst ms'],
    loads.flatMap(({ share, commandsPerS, handOvers, lags }) =>
      places.map((place) => {
        const { samples, p50Ms, p95Ms, p99Ms, worstMs } = lags[place];
        return [
          `${percent(share)}, ${titles[place]}`,
          perSecond(commandsPerS),
          String(handOvers),
          perSecond(samples),
          ...[p50Ms, p95Ms, p99Ms, worstMs].map(milliseconds),
        ];
      }),
    ),
  );
}

const p95Wanted: Readonly<Record<Place, number>> = { id: 150, search: 600, ledger: 150 };

function targetsOf(loads: readonly LagAtLoad[]): readonly Target[] {
  const half = loads.find(({ share }) => share === 0.5);
  if (half === undefined) return [];
  return places.map((place) => {
    const value = half.lags[place].p95Ms;
    return {
      name: `p95 ms at half load, ${titles[place]}`,
      value,
      rounds: [value],
      atMost: p95Wanted[place],
    };
  });
}

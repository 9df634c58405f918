// Measures the time from commit to a stream and to a webhook, at a tenth and a half of the credits that the
// whole system can take. A long load lasts longer than one drain activity, so the hand-over is measured too.
import { webhookSettings } from '../../harness/feed/webhookReceiver.ts';
import { printTable } from '../../harness/reporting.ts';
import { readHead } from '../../src/eventStore/logHead.ts';
import { type BenchEnvironment } from '../environment.ts';
import type { ChosenGenerator } from '../load/choose.ts';
import { generateEvenly } from '../load/programs.ts';
import { measure, warmUp } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { openScene } from '../projections/scene.ts';
import { milliseconds, percent, perSecond, type Target } from '../report.ts';
import { createArrivals, type Delay } from './arrivals.ts';
import { makeEndpoints } from './endpoints.ts';
import { startReceivers } from './receivers.ts';
import { openStreams } from './streams.ts';

const allWallets = { first: 1, count: 10_000 };
const connections = 64;
const shares = [0.1, 0.5];
/** One event in ten goes to a webhook. */
const endpoints = 10;
const walletsEach = 100;
const walletsWithEndpoint = { first: 1, count: endpoints * walletsEach };
/** Longer than DRAIN_BUDGET_MS. */
const secondsOfLoad = 65;
const goalOfStreamMs = 100;

interface DelaysAtLoad {
  readonly share: number;
  readonly commandsPerS: number;
  readonly stream: Delay;
  readonly webhooks: Delay;
}

export async function measureDelays(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
) {
  const { signal } = environment;
  const settings = webhookSettings(endpoints);
  const scene = await openScene(environment, { wallets: allWallets.count }, settings);
  const { target, pool } = scene;
  const api = await scene.launchApi(settings);
  const consumers = { stream: createArrivals('the stream'), webhooks: createArrivals('the webhooks') };
  const streams = await openStreams(api.url, [''], consumers.stream.take);
  const receivers = await startReceivers(endpoints, consumers.webhooks.take);
  await makeEndpoints({ url: api.url, receivers: receivers.urls, firstWallet: 1, walletsEach });
  const startAfterHead = async () => {
    const head = await readHead(pool);
    for (const consumer of Object.values(consumers)) consumer.startAfter(head);
  };
  const complete = async () => ({
    stream: await consumers.stream.complete(pool, allWallets),
    webhooks: await consumers.webhooks.complete(pool, walletsWithEndpoint),
  });
  await startAfterHead();

  const load = { url: api.url, operation: 'credit', wallets: allWallets, connections } as const;
  const { seconds } = options;
  environment.say('warm-up, then the capacity with a stream and webhooks');
  await warmUp(generator.generate, target, { ...load, seconds }, signal);
  const [full] = await measure(generator.generate, target, [{ ...load, seconds }], signal);
  if (full === undefined) throw new Error('one load gives one result');
  const capacityPerS = full.acknowledged / full.seconds;
  await complete();
  await scene.caughtUp();

  const loads: DelaysAtLoad[] = [];
  for (const share of shares) {
    environment.say(`delays at ${percent(share)} of ${perSecond(capacityPerS)} credits a second`);
    await startAfterHead();
    const ratePerS = Math.round(share * capacityPerS);
    const paced = { ...load, seconds: options.quick ? seconds : secondsOfLoad, ratePerS };
    const [result] = await measure(generateEvenly, target, [paced], signal);
    if (result === undefined) throw new Error('one load gives one result');
    loads.push({ share, commandsPerS: result.acknowledged / result.seconds, ...(await complete()) });
    await scene.caughtUp();
  }
  streams.close();
  await scene.dismiss();
  await receivers.close();
  print(capacityPerS, loads);
  return { capacityPerS, loads, targets: targetsOf(loads) };
}

function print(capacityPerS: number, loads: readonly DelaysAtLoad[]): void {
  printTable(
    `From commit to a stream of every event and to webhooks of one in ten; ${perSecond(capacityPerS)} credits a second at most`,
    ['', 'commands per s', 'events', 'repeated', 'p50 ms', 'p95 ms', 'p99 ms', 'worst ms'],
    loads.flatMap(({ share, commandsPerS, stream, webhooks }) =>
      Object.entries({ stream, webhooks }).map(([name, { events, repeated, ...delay }]) => [
        `${percent(share)}, ${name}`,
        ...[commandsPerS, events, repeated].map(perSecond),
        ...[delay.p50Ms, delay.p95Ms, delay.p99Ms, delay.worstMs].map(milliseconds),
      ]),
    ),
  );
}

function targetsOf(loads: readonly DelaysAtLoad[]): readonly Target[] {
  return loads.map(({ share, stream: { p95Ms } }) => ({
    name: `p95 ms at ${percent(share)} load, stream`,
    value: p95Ms,
    rounds: [p95Ms],
    atMost: goalOfStreamMs,
  }));
}

// `npm run bench -- resilience`: clients retry under their keys while the API fails in several ways. It has
// three times the load that it can carry, loses Redis and its connections, and loses replies. Invariant: the
// database holds every acknowledged command exactly once.
import { setTimeout as pause } from 'node:timers/promises';
import { forwardTo } from '../../harness/proxy/proxy.ts';
import type { ChosenGenerator } from '../load/choose.ts';
import { measured, type Measured, warmUp } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { printTable } from '../../harness/reporting.ts';
import { milliseconds, perSecond, printTargets, type Result, type Target } from '../report.ts';
import { type BenchEnvironment, type BenchProcess, launchApi } from '../environment.ts';
import { compareWithDatabase } from './compare.ts';
import { killRedis, terminateConnections } from './faults.ts';
import { clientWallets, type PhaseResult, runPhase } from './phase.ts';
import type { AcknowledgedCommand } from './retryingClient.ts';

/** Wallets of the overload. Their numbers follow those of the retrying clients. */
const loadedWallets = { first: clientWallets + 1, count: 10_000 };
const capacityConnections = 64;
/** More than COMMAND_QUEUE_LENGTH_MAX, so that the queue fills and some requests are refused. */
const overloadConnections = 3_072;
const overloadFactors = [1, 2, 3];
const cutShare = 0.1;

/** The environment, API and results that all phases share. */
interface Scene {
  readonly environment: BenchEnvironment;
  readonly target: Measured;
  readonly api: BenchProcess;
  readonly generator: ChosenGenerator;
  readonly seconds: number;
  readonly results: PhaseResult[];
  readonly commands: AcknowledgedCommand[];
}

export async function benchResilience(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  const wallets = clientWallets + loadedWallets.count;
  const target = measured(await environment.databases.create({ wallets }));
  const api = await launchApi(environment, target.database.url);
  const { seconds } = options;
  const scene: Scene = { environment, target, api, generator, seconds, results: [], commands: [] };
  const load = { url: api.url, operation: 'credit', wallets: loadedWallets, seconds } as const;
  await warmUp(generator.generate, target, { ...load, connections: capacityConnections }, environment.signal);

  const steps = await overload(scene);
  await redisKilled(scene);
  await connectionsTerminated(scene);
  await repliesCut(scene);
  await allAtOnce(scene);

  const total = await compareWithDatabase(target.database, scene.commands);
  await api.stop();
  printPhases(scene.results);
  const targets = printOverload(steps);
  const failures = scene.results.flatMap(({ name, failures: ofPhase }) =>
    ofPhase.map((failure) => `${name}: ${failure}`),
  );
  console.log(
    `\nOf ${perSecond(total.acknowledged)} acknowledged commands ${total.lost} are lost, ${total.doubled} doubled, ` +
      `${total.answeredWrongly} were answered with another version than they have.`,
  );
  if (total.lost + total.doubled + total.answeredWrongly > 0)
    failures.push('lost, doubled or wrong commands');
  return { total, phases: scene.results, overload: steps, targets, failures };
}

async function phase(
  { environment, target, api, results, commands }: Scene,
  name: string,
  disturb: Parameters<typeof runPhase>[0]['disturb'],
  url = api.url,
): Promise<PhaseResult> {
  environment.say(`${name} …`);
  const { result, commands: more } = await runPhase({
    name,
    target,
    api,
    url,
    signal: environment.signal,
    disturb,
  });
  results.push(result);
  for (const command of more) commands.push(command);
  return result;
}

/** One step of the overload. */
interface OverloadStep {
  readonly name: string;
  /** Requests per second that arrived, and of them those that were carried out. */
  readonly offeredPerS: number;
  readonly goodPerS: number;
  readonly refusedPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMiB: number;
}

/** First measures the capacity: the commands of 64 connections. Then offers one, two and three times that. */
async function overload(scene: Scene): Promise<readonly OverloadStep[]> {
  const { generator, api, seconds, environment } = scene;
  const load = { url: api.url, operation: 'credit', wallets: loadedWallets, seconds } as const;
  const step = async (name: string, connections: number, pace: { readonly ratePerS?: number }) => {
    const result = await phase(scene, name, async () => ({
      faults: {},
      load: await generator.generate({ ...load, ...pace, connections }, environment.signal),
      cutMax: connections,
    }));
    return stepOf(result);
  };
  const capacity = await step('capacity', capacityConnections, {});
  const steps = [capacity];
  for (const factor of overloadFactors) {
    const ratePerS = Math.round(factor * capacity.goodPerS);
    steps.push(await step(`${factor} × capacity offered`, overloadConnections, { ratePerS }));
  }
  return steps;
}

function stepOf({ name, load, perS, residentMiB }: PhaseResult): OverloadStep {
  if (load === undefined) throw new Error('a step of the overload has a load');
  const { acknowledged, refused, seconds, latencyMs } = load;
  return {
    name,
    offeredPerS: (acknowledged + refused) / seconds + perS,
    goodPerS: acknowledged / seconds + perS,
    refusedPerS: refused / seconds,
    p50Ms: latencyMs.p50,
    p99Ms: latencyMs.p99,
    residentMiB,
  };
}

async function redisKilled(scene: Scene): Promise<void> {
  const { environment, seconds } = scene;
  await phase(scene, 'Redis killed and started', async () => ({
    faults: { kills: await killRedis(environment.stack, 2 * seconds, environment.signal) },
  }));
}

async function connectionsTerminated(scene: Scene): Promise<void> {
  const { environment, target, seconds } = scene;
  await phase(scene, 'connections to PostgreSQL terminated', async () => ({
    faults: { terminated: await terminateConnections(target.database, 2 * seconds, environment.signal) },
  }));
}

async function repliesCut(scene: Scene): Promise<void> {
  const { api, seconds, environment } = scene;
  const proxy = await startCutting(api.url);
  const cutting = async () => {
    await untilOver(2 * seconds, environment.signal);
    return { faults: proxy.cut() };
  };
  await phase(scene, 'replies cut off after the commit', cutting, proxy.url);
  await proxy.close();
}

async function allAtOnce(scene: Scene): Promise<void> {
  const { api, seconds, environment, target } = scene;
  const proxy = await startCutting(api.url);
  const everything = async () => {
    const [kills, terminated] = await Promise.all([
      killRedis(environment.stack, 2 * seconds, environment.signal),
      terminateConnections(target.database, 2 * seconds, environment.signal),
    ]);
    return { faults: { kills, terminated, ...proxy.cut() } };
  };
  await phase(scene, 'all of these at once', everything, proxy.url);
  await proxy.close();
}

/**
 * A proxy in front of the API that loses replies: after the commit, before their first byte or in their
 * middle.
 */
async function startCutting(
  url: string,
): Promise<{ url: string; cut: () => { whole: number; half: number }; close: () => Promise<void> }> {
  const proxy = await forwardTo(url);
  // Inside the status line, so that nobody can take the beginning for a reply.
  const half = { kind: 'cutReply', bytes: 10 } as const;
  proxy.inject([{ kind: 'dropReply' }, half], { share: cutShare, hitsMax: Infinity });
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    cut: () => ({ whole: proxy.hits().dropReply, half: proxy.hits().cutReply }),
    close: proxy.close,
  };
}

async function untilOver(seconds: number, signal: AbortSignal): Promise<void> {
  await pause(seconds * 1e3, undefined, { signal });
}

function printPhases(results: readonly PhaseResult[]): void {
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  printTable(
    'Retrying clients, phase by phase',
    [
      '',
      'acknowledged',
      'per s',
      'lost',
      'doubled',
      'wrong',
      'retried',
      'replayed',
      'cut off',
      '503',
      'silent ms',
      'faults',
    ],
    results.map((result) => [
      result.name,
      ...[result.acknowledged, result.perS, result.lost, result.doubled, result.answeredWrongly].map(
        perSecond,
      ),
      ...[result.retried, result.replayed, result.cutOff].map(perSecond),
      counted(result.unavailable),
      perSecond(result.longestSilenceMs),
      counted(result.faults),
    ]),
  );
}

function printOverload(steps: readonly OverloadStep[]): readonly Target[] {
  printTable(
    `Overload: credits over ${perSecond(loadedWallets.count)} wallets, beside the retrying clients`,
    ['', 'offered per s', 'done per s', '503 per s', 'p50 ms', 'p99 ms', 'server MiB'],
    steps.map((step) => [
      step.name,
      ...[step.offeredPerS, step.goodPerS, step.refusedPerS].map(perSecond),
      ...[step.p50Ms, step.p99Ms].map(milliseconds),
      step.residentMiB.toFixed(0),
    ]),
  );
  const [capacity, once, last] = [steps.at(0), steps.at(1), steps.at(-1)];
  if (capacity === undefined || once === undefined || last === undefined) throw new Error('there are steps');
  const ratio = (name: string, value: number, wanted: Pick<Target, 'atLeast' | 'atMost'>): Target => ({
    name,
    value,
    rounds: [value],
    ...wanted,
  });
  const targets = [
    ratio(`done at ${last.name} : capacity`, last.goodPerS / capacity.goodPerS, { atLeast: 0.8 }),
    ratio(`server's memory at ${last.name} : at 1 ×`, last.residentMiB / once.residentMiB, { atMost: 1.5 }),
  ];
  printTargets(targets);
  return targets;
}

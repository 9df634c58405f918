// Injects faults one after the other in several lanes, never two at the same part, and records those that
// took effect. Each round begins with a few workers killed while nothing else fails. The time until the
// projections have caught up is measured there, because other faults delay them too.
import { setTimeout as pause } from 'node:timers/promises';
import { pick, type Random, shuffled } from '../../harness/random.ts';
import { caughtUp } from '../../harness/settle.ts';
import { requiredProjections } from '../../src/projections/registry.ts';
import type { FaultEnvironment } from './faultEnvironment.ts';
import { restartWaiting } from './kinds/drains.ts';
import { consumerFaults } from './kinds/consumerFaults.ts';
import type { FaultKind } from './kinds/faultKind.ts';
import { isWorkerKill } from './kinds/workerFaults.ts';

export interface FaultRun {
  readonly kind: string;
  readonly hits: number;
  readonly ms: number;
  /** Ids of the calls that were with a process when it was killed. */
  readonly inFlight: readonly string[];
  /** Why the fault could not be injected: another fault had taken away something it needs. */
  readonly failure?: string;
  /** After a worker was killed alone: the time until every event of that moment was projected. */
  readonly recoveredMs?: number;
}

/** How often each kind is wanted in a run. A kind that has this many waits until all others have them too. */
export const hitsWanted = 100;
const lanesMax = 5;
const betweenMs = 20;
const aloneInRound = 2;
/**
 * These parts have several processes, so others serve while one is down. Any other part rests after each
 * fault.
 */
const manifold: readonly FaultKind['part'][] = ['api', 'worker'];
const restShare = 0.5;
const recoverWithinMs = 60_000;
const consumersLateMaxMs = 90_000;
/** Webhooks wait for their receivers, which fail here on purpose. */
const projections = requiredProjections;

/** Injects faults until the signal. All parts run again when it resolves. */
export async function injectUntil(
  environment: FaultEnvironment,
  kinds: readonly FaultKind[],
  random: Random,
  over: AbortSignal,
  faultRuns: FaultRun[],
): Promise<void> {
  await injectAlone(environment, kinds.filter(isWorkerKill), random, over, faultRuns);
  const busy = new Set<string>();
  const rests: Promise<unknown>[] = [];
  const rest = (ms: number, part: FaultKind['part']) =>
    pause(manifold.includes(part) ? 0 : ms * restShare, undefined, { signal: over }).catch(() => undefined);
  const lane = async () => {
    while (!over.aborted) {
      const next = choose(shuffled(random, kinds), ({ part }) => !busy.has(part), faultRuns);
      if (next !== undefined) {
        busy.add(next.part);
        const run = await injectOnce(environment, next, random, over);
        faultRuns.push(run);
        rests.push(rest(run.ms, next.part).then(() => busy.delete(next.part)));
      }
      await pause(betweenMs);
    }
  };
  const parts = new Set(kinds.map(({ part }) => part)).size;
  await Promise.all(Array.from({ length: Math.min(lanesMax, parts) }, lane));
  await Promise.all(rests);
  await environment.heal();
  await restartWaiting(environment);
}

/**
 * Goes on with the faults of feed and webhooks alone until the receivers have caught up with the round. While
 * every part fails, they get less than the histories make.
 */
export async function injectWhileConsumersAreLate(
  environment: FaultEnvironment,
  kinds: readonly FaultKind[],
  random: Random,
  faultRuns: FaultRun[],
): Promise<void> {
  const own = kinds.filter((kind) => consumerFaults.includes(kind));
  const over = new AbortController();
  const late = environment.consumers.caughtUp(AbortSignal.timeout(consumersLateMaxMs)).finally(() => {
    over.abort();
  });
  await Promise.all([late, injectUntil(environment, own, random, over.signal, faultRuns)]);
}

/**
 * Chooses the kind that has taken the least time so far, so that slow kinds do not hold up quick ones. A kind
 * with enough hits waits until all others have enough: its faults would only take time from theirs.
 */
function choose(
  kinds: readonly FaultKind[],
  isFree: (kind: FaultKind) => boolean,
  faultRuns: readonly FaultRun[],
): FaultKind | undefined {
  const spent = kinds.map((kind) => {
    const own = faultRuns.filter((each) => each.kind === kind.kind);
    const hits = own.reduce((sum, each) => sum + each.hits, 0);
    return { kind, isDone: hits >= hitsWanted, ms: own.reduce((sum, each) => sum + each.ms, 0) };
  });
  const isOver = spent.every(({ isDone }) => isDone);
  const open = spent.filter(({ kind, isDone }) => (isOver || !isDone) && isFree(kind));
  return open.sort((one, other) => one.ms - other.ms)[0]?.kind;
}

async function injectOnce(
  environment: FaultEnvironment,
  { kind, inject }: FaultKind,
  random: Random,
  over: AbortSignal,
): Promise<FaultRun> {
  const startedAt = performance.now();
  try {
    const { hits, inFlight = [] } = await inject(environment, random, over);
    return { kind, hits, inFlight, ms: performance.now() - startedAt };
  } catch (error) {
    const nothing = { kind, hits: 0, inFlight: [], ms: performance.now() - startedAt };
    return over.aborted ? nothing : { ...nothing, failure: String(error) };
  }
}

async function injectAlone(
  environment: FaultEnvironment,
  kinds: readonly FaultKind[],
  random: Random,
  over: AbortSignal,
  faultRuns: FaultRun[],
): Promise<void> {
  if (kinds.length === 0) return;
  for (let times = 0; times < aloneInRound && !over.aborted; times += 1) {
    const run = await injectOnce(environment, pick(random, kinds), random, over);
    const recovery =
      run.hits > 0
        ? { recoveredMs: await caughtUp(environment.database, { projections, waitMaxMs: recoverWithinMs }) }
        : {};
    faultRuns.push({ ...run, ...recovery });
  }
}

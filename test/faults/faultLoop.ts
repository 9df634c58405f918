// Faults, one behind the other in several lanes, never two at the same part: who strikes, and what really struck. Each
// round begins with a few workers killed while nothing else is struck: how long the projections take to catch up is
// measured there, because elsewhere other faults hold them up too.
import { setTimeout as pause } from 'node:timers/promises';
import { pick, type Random, shuffled } from '../../harness/random.ts';
import type { Stand } from './faultEnvironment.ts';
import { freshDrains } from './kinds/drains.ts';
import type { FaultKind } from './kinds/faultKind.ts';
import { isWorkerKill } from './kinds/workerFaults.ts';

export interface Strike {
  readonly kind: string;
  readonly struck: number;
  readonly ms: number;
  /** Ids of the calls that were with a process when it was killed. */
  readonly inHand: readonly string[];
  /** Where the strike could not be made, because another one had taken away what it needed. */
  readonly failure?: string;
  /** Of a worker that was killed alone: until everything that stood in the log then was projected. */
  readonly recoveredMs?: number;
}

/** How often each kind is wanted in a run; from then on it strikes only where all others have theirs too. */
export const strikesWanted = 100;
const lanesMax = 5;
const betweenMs = 20;
const aloneInRound = 2;
/** Of these there are several, so that others serve while one is down; what there is one of works for a while after each strike. */
const manifold: readonly FaultKind['part'][] = ['api', 'worker'];
const restShare = 0.5;
const recoverWithinMs = 60_000;
const lookEveryMs = 25;

/** Strikes until the signal; everything runs again when it resolves. */
export async function strikeUntil(
  stand: Stand,
  kinds: readonly FaultKind[],
  random: Random,
  over: AbortSignal,
  strikes: Strike[],
): Promise<void> {
  await strikeAlone(stand, kinds.filter(isWorkerKill), random, over, strikes);
  const busy = new Set<string>();
  const rests: Promise<unknown>[] = [];
  const rest = (ms: number, part: FaultKind['part']) =>
    pause(manifold.includes(part) ? 0 : ms * restShare, undefined, { signal: over }).catch(() => undefined);
  const lane = async () => {
    while (!over.aborted) {
      const next = choose(shuffled(random, kinds), ({ part }) => !busy.has(part), strikes);
      if (next !== undefined) {
        busy.add(next.part);
        const strike = await strikeOnce(stand, next, random, over);
        strikes.push(strike);
        rests.push(rest(strike.ms, next.part).then(() => busy.delete(next.part)));
      }
      await pause(betweenMs);
    }
  };
  const parts = new Set(kinds.map(({ part }) => part)).size;
  await Promise.all(Array.from({ length: Math.min(lanesMax, parts) }, lane));
  await Promise.all(rests);
  await stand.calm();
  await freshDrains(stand);
}

/**
 * Who has taken the least time so far, so that dear kinds do not hold up cheap ones. Who has what is wanted strikes no more
 * until all others have it too: its strikes would only keep theirs from being made.
 */
function choose(
  kinds: readonly FaultKind[],
  isFree: (kind: FaultKind) => boolean,
  strikes: readonly Strike[],
): FaultKind | undefined {
  const spent = kinds.map((kind) => {
    const own = strikes.filter((strike) => strike.kind === kind.kind);
    const struck = own.reduce((sum, strike) => sum + strike.struck, 0);
    return { kind, isDone: struck >= strikesWanted, ms: own.reduce((sum, strike) => sum + strike.ms, 0) };
  });
  const isOver = spent.every(({ isDone }) => isDone);
  const open = spent.filter(({ kind, isDone }) => (isOver || !isDone) && isFree(kind));
  return open.sort((one, other) => one.ms - other.ms)[0]?.kind;
}

async function strikeOnce(
  stand: Stand,
  { kind, strike }: FaultKind,
  random: Random,
  over: AbortSignal,
): Promise<Strike> {
  const startedAt = performance.now();
  try {
    const { struck, inHand = [] } = await strike(stand, random, over);
    return { kind, struck, inHand, ms: performance.now() - startedAt };
  } catch (error) {
    const nothing = { kind, struck: 0, inHand: [], ms: performance.now() - startedAt };
    return over.aborted ? nothing : { ...nothing, failure: String(error) };
  }
}

async function strikeAlone(
  stand: Stand,
  kinds: readonly FaultKind[],
  random: Random,
  over: AbortSignal,
  strikes: Strike[],
): Promise<void> {
  if (kinds.length === 0) return;
  for (let times = 0; times < aloneInRound && !over.aborted; times += 1) {
    const strike = await strikeOnce(stand, pick(random, kinds), random, over);
    const recoveredMs = strike.struck > 0 ? await recovered(stand) : undefined;
    strikes.push(recoveredMs === undefined ? strike : { ...strike, recoveredMs });
  }
}

/** Until both projections have what stands in the log now. Throws where that takes longer than a minute. */
async function recovered(stand: Stand): Promise<number> {
  const startedAt = performance.now();
  const { rows } = await stand.database.query<{ position: string }>('select position from log_head');
  while (performance.now() - startedAt < recoverWithinMs) {
    const { rowCount } = await stand.database.query(
      'select from projector_checkpoints where position < $1::bigint',
      [rows[0]?.position],
    );
    if (rowCount === 0) return performance.now() - startedAt;
    await pause(lookEveryMs);
  }
  throw new Error(`a worker was killed, and nobody took its drain over in ${recoverWithinMs} ms`);
}

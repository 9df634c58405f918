// Runs drain passes until the budget is used up or a stop is asked for. While there is nothing to do, it
// sleeps until a wake-up or the next poll. Knows nothing of Temporal.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../../failpoints.ts';
import { CheckpointMovedError } from '../checkpoints.ts';
import { drainBatch, type DrainPass, type ReadAhead } from './drainBatch.ts';
import type { Projection } from '../projection.ts';
import type { ProjectionName } from '../registry.ts';
import { retryParked } from '../parked/retryParked.ts';
import type { WakeUps } from './wakeUp.ts';

/** The first sleep of an idle drain. Each further one is twice as long, up to `pollMaxMs`. */
const pollMinMs = 10;
/** How often the drain retries parked events. */
const retryIntervalMs = 1_000;

export interface DrainDeps {
  readonly pool: Pool;
  readonly wakeUps: WakeUps;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly batchSizeMax: number;
  readonly pollMaxMs: number;
  /** Least time between the starts of two passes, unless a backlog fills the pages. */
  readonly paceMs: number;
  readonly budgetMs: number;
  /** Set only in a process under test. */
  readonly failpoint?: ReachFailpoint;
}

export interface DrainReport {
  readonly processed: number;
  readonly parked: number;
  readonly resolved: number;
  /** Position of the checkpoint; null if the drain ended before its first pass. */
  readonly position: number | null;
  readonly reason: DrainEnd;
}

/** A projection that reads the log and keeps its places itself. Its checkpoint only tells how far it is. */
export interface SelfDrained {
  readonly name: ProjectionName;
  readonly writes: 'by-itself';
  readonly drain: (
    deps: Pick<DrainDeps, 'now' | 'budgetMs'>,
    stop: AbortSignal,
    onPass: (pass: DrainPass) => void,
  ) => Promise<DrainReport>;
}

/** `superseded`: a rebuild or another attempt moved the checkpoint, and this drain left the events to it. */
type DrainEnd = 'budget' | 'stopped' | 'superseded';

/**
 * Drains one projection and calls `onPass` after every pass. Throws what a pass throws. The checkpoint is
 * then at the end of the last pass that succeeded.
 */
export async function drain(
  deps: DrainDeps,
  projection: Projection,
  stop: AbortSignal,
  onPass: (pass: DrainPass) => void,
): Promise<DrainReport> {
  const { pool, wakeUps, now, batchSizeMax, pollMaxMs, paceMs, budgetMs, failpoint } = deps;
  await projection.prepare?.();
  const endsAt = now() + budgetMs;
  const sum = { processed: 0, parked: 0, resolved: 0, position: null as number | null };
  let retryAt = now();
  let sleepMs = pollMinMs;
  let ahead: ReadAhead | undefined;
  try {
    while (!stop.aborted && now() < endsAt) {
      const seen = wakeUps.count();
      const beganAt = now();
      const pass = await drainBatch(pool, projection, batchSizeMax, { ahead, failpoint });
      ahead = pass.ahead;
      sum.processed += pass.processed;
      sum.parked += pass.parked;
      sum.position = Number(pass.position);
      onPass(pass);

      if (now() >= retryAt) {
        sum.resolved += (await retryParked(pool, projection)).resolved;
        retryAt = now() + retryIntervalMs;
      }

      if (pass.processed > 0) {
        sleepMs = pollMinMs;
        if (pass.processed < batchSizeMax) await rest(Math.min(beganAt + paceMs, endsAt) - now(), stop);
      } else {
        await wakeUps.waitBeyond(seen, Math.min(sleepMs, Math.max(0, endsAt - now())), stop);
        sleepMs = Math.min(sleepMs * 2, pollMaxMs);
      }
    }
  } catch (error) {
    if (!(error instanceof CheckpointMovedError)) throw error;
    return { ...sum, reason: 'superseded' };
  }
  return { ...sum, reason: stop.aborted ? 'stopped' : 'budget' };
}

/**
 * Waits until the next pass is due. New events share that pass, which costs little more for many events than
 * for one.
 */
async function rest(ms: number, stop: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await pause(ms, undefined, { signal: stop }).catch((error: unknown) => {
    if (!stop.aborted) throw error;
  });
}

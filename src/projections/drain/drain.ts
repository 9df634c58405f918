// Runs drain passes until the budget is used up or a stop is asked for. While there is nothing to do, it
// sleeps until a wake-up or the next poll. Knows nothing of Temporal.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../../failpoints.ts';
import { CheckpointMovedError, readCheckpoint } from '../checkpoints.ts';
import { type DrainPass, emptyPass, type LogPage, projectPage, readPage } from './drainBatch.ts';
import { createPagesInHand, type PagesInHand } from './pagesInHand.ts';
import type { Projection } from '../projection.ts';
import type { ProjectionName } from '../registry.ts';
import { retryParked } from '../parked/retryParked.ts';
import type { WakeUps } from './wakeUp.ts';

/** The first sleep of an idle drain. Each further one is twice as long, up to `pollMaxMs`. */
const pollMinMs = 10;
/** How often the drain retries parked events. */
const retryIntervalMs = 1_000;
/** So many full pages in a row are a backlog. */
const backlogPages = 5;
/** Bound of the events in hand. Usual pages are far below it. */
const bytesInHandMax = 64 * 1024 * 1024;

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
  /** Most pages in hand. Their work overlaps, and their checkpoints move in order. */
  readonly pagesMax: number;
  /** Hears how many pages are in hand. */
  readonly onPagesInHand?: ((pages: number) => void) | undefined;
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

/** The next page, whose read has begun. */
interface ReadAhead {
  readonly from: bigint;
  readonly page: Promise<LogPage | undefined>;
}

/**
 * Drains one projection and calls `onPass` after every pass, in the order of positions. Throws what the first
 * failed pass throws. The checkpoint is then at the end of the pass before it, and no page is in hand.
 */
export async function drain(
  deps: DrainDeps,
  projection: Projection,
  stop: AbortSignal,
  onPass: (pass: DrainPass) => void,
): Promise<DrainReport> {
  const { now, pagesMax, onPagesInHand } = deps;
  await projection.prepare?.();
  const run: Run = { deps, projection, stop, endsAt: now() + deps.budgetMs, resolved: 0, ahead: undefined };
  const sum = { processed: 0, parked: 0, position: null as number | null };
  const count = (pass: DrainPass) => {
    sum.processed += pass.processed;
    sum.parked += pass.parked;
    sum.position = Number(pass.position);
    onPass(pass);
  };
  const pages = createPagesInHand({
    pagesMax,
    bytesMax: bytesInHandMax,
    onEnd: count,
    onCount: onPagesInHand,
  });
  let reason: DrainEnd = 'budget';
  try {
    await drainPages(run, pages, count).finally(async () => {
      await Promise.allSettled([run.ahead?.page]);
      await pages.ended();
    });
    if (stop.aborted) reason = 'stopped';
  } catch (error) {
    if (!(error instanceof CheckpointMovedError)) throw error;
    reason = 'superseded';
  }
  return { ...sum, resolved: run.resolved, reason };
}

interface Run {
  readonly deps: DrainDeps;
  readonly projection: Projection;
  readonly stop: AbortSignal;
  readonly endsAt: number;
  /** Parked events that retries of this run resolved. */
  resolved: number;
  /** The page after the last one that has begun, if that one was full. */
  ahead: ReadAhead | undefined;
}

async function drainPages(
  run: Run,
  pages: PagesInHand<DrainPass>,
  onEmpty: (pass: DrainPass) => void,
): Promise<void> {
  const { deps, projection, stop, endsAt } = run;
  const { pool, wakeUps, now, batchSizeMax, pollMaxMs, paceMs, failpoint } = deps;
  let retryAt = now();
  let sleepMs = pollMinMs;
  /** The end of the last page that has begun. */
  let reached = 0n;
  let fullPages = 0;
  const isOver = () => stop.aborted || now() >= endsAt;
  while (!isOver()) {
    // A page that was read long before it begins would lack what is committed meanwhile.
    if (run.ahead === undefined) await pages.room(0);
    const seen = wakeUps.count();
    const beganAt = now();
    const from = pages.count() > 0 ? reached : await readCheckpoint(pool, projection.name);
    const page = await (run.ahead?.from === from ? run.ahead.page : readPage(pool, from, batchSizeMax));
    run.ahead = undefined;
    const isFull = page?.recorded.length === batchSizeMax;
    if (!isFull && fullPages >= backlogPages) await projection.inBacklog?.(false);
    fullPages = isFull ? fullPages + 1 : 0;
    if (fullPages === backlogPages) await projection.inBacklog?.(true);
    if (page === undefined) {
      await pages.ended();
      onEmpty(emptyPass(from));
    } else {
      await pages.room(page.bytes);
      if (isOver()) return;
      failpoint?.('afterRead');
      pages.begin(page.bytes, (turn) => projectPage(pool, projection, page, { turn, failpoint }));
      reached = page.to;
      if (isFull) run.ahead = readAhead(pool, reached, batchSizeMax);
      // A page that finds the index lost makes it anew, and sets the checkpoint back to 0. Only the first
      // page of the log could still move it. So no other page is in hand beside that one.
      if (from === 0n) await pages.ended();
    }

    if (now() >= retryAt) {
      run.resolved += (await retryParked(pool, projection)).resolved;
      retryAt = now() + retryIntervalMs;
    }

    if (page === undefined) {
      await wakeUps.waitBeyond(seen, Math.min(sleepMs, Math.max(0, endsAt - now())), stop);
      sleepMs = Math.min(sleepMs * 2, pollMaxMs);
    } else {
      sleepMs = pollMinMs;
      if (run.ahead === undefined) await rest(Math.min(beganAt + paceMs, endsAt) - now(), stop);
    }
  }
}

function readAhead(pool: Pool, from: bigint, limit: number): ReadAhead {
  const page = readPage(pool, from, limit);
  // It is awaited a moment later. Until then a failure must not count as unhandled.
  page.catch(() => undefined);
  return { from, page };
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

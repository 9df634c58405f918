// The activities of retryStaleEvents and pruneOutbox. Each one works in pages for a bounded time and returns
// how far it has come. The workflow calls it again until it is done.
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import type { Pool } from 'pg';
import { forgetLostProcesses, openNextLevel } from '../eventStore/openLevels.ts';
import { readLogForm } from '../eventStore/segments.ts';
import { analyzeTables, readOutgrown } from '../eventStore/statistics.ts';
import { extendSums } from '../projections/ledger/sums/ledgerSums.ts';
import { readCheckpoint } from '../projections/checkpoints.ts';
import { makeAllParkedDue } from '../projections/parked/resolveParked.ts';
import type { ProjectionName } from '../projections/registry.ts';
import type { Sinks } from '../projections/sinks.ts';
import {
  closePrune,
  cutoffOf,
  openPrune,
  PruneRefusedError,
  type PruneRequest,
  type PruneWindow,
} from '../projections/outbox/pruneHorizon.ts';
import { dropOutboxSegments } from '../projections/outbox/dropSegments.ts';
import { pruneOutboxRows } from '../projections/outbox/pruning.ts';
import { retryStale, readStalePositions } from '../projections/outbox/staleEvents.ts';
import { throwIfCancelled, withHeartbeats } from './heartbeats.ts';
import { readCheckStart, restoreOutboxRows } from '../projections/outbox/lostRows.ts';

/** An activity returns after this time, so that a pause of its workflow takes effect. */
const budgetMs = 10_000;
/** Events whose outbox rows one page checks. Its reads take about 50 ms among 2,000,000 events. */
const checkPageSize = 10_000;
/** Rows that one statement deletes, in about 5 ms. */
const prunePageSize = 1_000;
/** Pause between two deletes, so that commands and vacuum can use the disk. */
const prunePauseMs = 20;

export interface UpkeepDeps {
  readonly pool: Pool;
  readonly projections: Sinks;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly batchSizeMax: number;
  readonly outboxRetentionHours: number;
  /** False while an operator wants to be able to go back to the release before. */
  readonly opensLevels: boolean;
}

/** How far an activity has come. Its next call begins at `after`. */
export interface UpkeepChunk {
  readonly count: number;
  readonly after: number;
  readonly done: boolean;
}

interface CheckedChunk extends UpkeepChunk {
  readonly restored: number;
}

export function createUpkeepActivities(deps: UpkeepDeps) {
  const { pool, now } = deps;
  return {
    /**
     * `after` null begins at the end of the last check. A full check begins at the position up to which rows
     * were pruned. It comes every minute, so it also opens the next level, looks for tables that have
     * outgrown their statistics, and extends the sums of the ledger.
     */
    restoreOutboxRows: async (argument: { full: boolean; after: number | null }): Promise<CheckedChunk> => {
      const start =
        argument.after === null ? await readCheckStart(pool, argument.full) : BigInt(argument.after);
      const sum = { count: 0, restored: 0, after: Number(start), done: false };
      await inPages(now, sum, async () => {
        const page = await restoreOutboxRows(pool, BigInt(sum.after), checkPageSize);
        sum.count += page.checked;
        sum.restored += page.restored;
        sum.after = Number(page.through);
        sum.done = page.checked < checkPageSize;
      });
      // Last, so an analysis that fails keeps no event from its outbox row.
      if (sum.done)
        await withHeartbeats({ details: () => sum }, async () => {
          await forgetLostProcesses(pool);
          if (deps.opensLevels) await openNextLevel(pool);
          await analyzeTables(pool, await readOutgrown(pool));
          const endsAt = now() + budgetMs;
          while ((await extendSums(pool)) && now() < endsAt) throwIfCancelled();
        });
      return sum;
    },

    /**
     * Without `full` there is nothing to project: an event that every required projection has passed is
     * processed, or it is parked and the drains retry it. The other events are still to come in a drain.
     */
    projectStaleEvents: async (argument: {
      projection: ProjectionName;
      olderThanS: number;
      full: boolean;
      after: number;
    }): Promise<UpkeepChunk> => {
      const { projection, olderThanS, full } = argument;
      // Throws if the migrations have not run, and Temporal then shows the error.
      await readCheckpoint(pool, projection);
      const sum = { count: 0, after: argument.after, done: !full };
      if (!full) return sum;
      return inPages(now, sum, async () => {
        const limit = deps.batchSizeMax;
        const positions = await readStalePositions(pool, projection, {
          olderThanS,
          after: BigInt(sum.after),
          limit,
        });
        const sink = deps.projections[projection];
        // One that drains itself holds no outbox row.
        if (sink.writes !== 'by-itself') await retryStale(pool, sink, positions);
        sum.count += positions.length;
        sum.after = Number(positions.at(-1) ?? sum.after);
        sum.done = positions.length < limit;
      });
    },

    /** The drains try every parked event again within about a second. */
    makeParkedDue: (): Promise<number> =>
      withHeartbeats({ details: () => undefined }, () => makeAllParkedDue(pool)),

    ...createPruneActivities(deps),
  };
}

function createPruneActivities(deps: UpkeepDeps) {
  const { pool, now } = deps;
  return {
    /**
     * If `olderThanHours` is null, the retention of the settings counts. Otherwise an operator has chosen the
     * age, and no jump of a clock has. Releases before this one did not send `confirmed`. Whole segments are
     * dropped. Rows are deleted only from a log that is not cut into segments yet.
     */
    pruneOutboxRows: async (argument: {
      olderThanHours: number | null;
      after: number;
      confirmed?: boolean;
    }): Promise<UpkeepChunk> => {
      const { olderThanHours, confirmed = false } = argument;
      const sum = { count: 0, after: argument.after, done: false };
      const isSegmented = (await readLogForm(pool)) === 'segmented';
      const prune = ({ before }: Pick<PruneWindow, 'before'>) =>
        inPages(now, sum, async () => {
          if (isSegmented) {
            sum.count += await dropOutboxSegments(pool, before);
            sum.done = true;
            return;
          }
          const page = await pruneOutboxRows(pool, before, BigInt(sum.after), prunePageSize);
          sum.count += page.deleted;
          sum.after = Number(page.through);
          sum.done = !page.more;
          if (sum.done) await analyzeTables(pool, ['outbox_rows']);
          else await pause(prunePauseMs);
        });
      if (olderThanHours !== null) {
        const processNow = new Date();
        return prune({ before: cutoffOf({ databaseNow: processNow, processNow }, olderThanHours) });
      }
      const subject = 'outbox rows';
      const retentionHours = deps.outboxRetentionHours;
      const window = await openWindow(pool, { subject, retentionHours, confirmed });
      const chunk = await prune(window);
      if (chunk.done) await closePrune(pool, subject, window);
      return chunk;
    },
  };
}

/** What two clocks and the last prune agree on. A refusal is final: only an operator can change it. */
export async function openWindow(
  pool: Pool,
  request: Omit<PruneRequest, 'processNow'>,
): Promise<PruneWindow> {
  return openPrune(pool, { ...request, processNow: new Date() }).catch((error: unknown) => {
    if (error instanceof PruneRefusedError) throw ApplicationFailure.nonRetryable(error.message, error.name);
    throw error;
  });
}

/** Runs pages until `sum` is done or the time is used up. The heartbeats carry `sum`. */
function inPages<Sum extends UpkeepChunk>(
  now: () => number,
  sum: Sum,
  page: () => Promise<void>,
): Promise<Sum> {
  const endsAt = now() + budgetMs;
  return withHeartbeats({ details: () => sum }, async () => {
    do {
      throwIfCancelled();
      await page();
    } while (!sum.done && now() < endsAt);
    return sum;
  });
}

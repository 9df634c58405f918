// The activities behind retryStaleEvents and pruneOutbox. Each works in pages for a bounded time and says how far it
// came; the workflow calls it again until it is done.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { readCheckpoint } from '../projections/checkpoints.ts';
import { makeAllParkedDue } from '../projections/parked/resolveParked.ts';
import type { Projection, ProjectionName } from '../projections/projection.ts';
import { pruneIdempotencyKeys, pruneOutboxRows } from '../projections/outbox/pruning.ts';
import {
  projectAgain,
  readCheckStart,
  readStalePositions,
  restoreOutboxRows,
} from '../projections/outbox/staleEvents.ts';
import { throwIfCancelled, withHeartbeats } from './heartbeats.ts';

/** How long one activity goes on before the workflow gets a say. */
const budgetMs = 10_000;
/** Events whose outbox rows are looked for in one statement: about 10 ms. */
const checkPageSize = 10_000;
/** Rows deleted by one statement: about 5 ms. */
const prunePageSize = 1_000;
/** Between two deletes, so that commands and vacuum have the disk in between. */
const prunePauseMs = 20;

export interface UpkeepDeps {
  readonly pool: Pool;
  readonly projections: Readonly<Record<ProjectionName, Projection>>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly batchSizeMax: number;
  readonly outboxRetentionHours: number;
  readonly idempotencyRetentionHours: number;
}

/** How far an activity came; `after` is what it is called with the next time. */
export interface Stretch {
  readonly count: number;
  readonly after: number;
  readonly done: boolean;
}

export interface CheckedStretch extends Stretch {
  readonly restored: number;
}

export function createUpkeepActivities(deps: UpkeepDeps) {
  const { pool, now } = deps;
  return {
    /** `after` null begins where the last check ended, or, for a full one, behind what was pruned. */
    restoreOutboxRows: async (argument: { full: boolean; after: number | null }): Promise<CheckedStretch> => {
      const start =
        argument.after === null ? await readCheckStart(pool, argument.full) : BigInt(argument.after);
      const sum = { count: 0, restored: 0, after: Number(start), done: false };
      return stretch(now, sum, async () => {
        const page = await restoreOutboxRows(pool, BigInt(sum.after), checkPageSize);
        sum.count += page.checked;
        sum.restored += page.restored;
        sum.after = Number(page.through);
        sum.done = page.checked < checkPageSize;
      });
    },

    projectStaleEvents: async (argument: {
      projection: ProjectionName;
      olderThanS: number;
      full: boolean;
      after: number;
    }): Promise<Stretch> => {
      const { projection, olderThanS, full } = argument;
      // Throws, and Temporal says so, where the migrations have not run.
      await readCheckpoint(pool, projection);
      const sum = { count: 0, after: argument.after, done: false };
      return stretch(now, sum, async () => {
        const limit = deps.batchSizeMax;
        const positions = await readStalePositions(pool, projection, {
          olderThanS,
          full,
          after: BigInt(sum.after),
          limit,
        });
        await projectAgain(pool, deps.projections[projection], positions);
        sum.count += positions.length;
        sum.after = Number(positions.at(-1) ?? sum.after);
        sum.done = positions.length < limit;
      });
    },

    /** Every parked event is tried again by its projection's drain within a second or so. */
    makeParkedDue: (): Promise<number> => makeAllParkedDue(pool),

    /** `olderThanHours` null means the retention of the settings. */
    pruneOutboxRows: async (argument: { olderThanHours: number | null; after: number }): Promise<Stretch> => {
      const olderThanHours = argument.olderThanHours ?? deps.outboxRetentionHours;
      const sum = { count: 0, after: argument.after, done: false };
      return stretch(now, sum, async () => {
        const page = await pruneOutboxRows(pool, olderThanHours, BigInt(sum.after), prunePageSize);
        sum.count += page.deleted;
        sum.after = Number(page.through);
        sum.done = !page.more;
        await pause(prunePauseMs);
      });
    },

    pruneIdempotencyKeys: async (): Promise<Stretch> => {
      const sum = { count: 0, after: 0, done: false };
      return stretch(now, sum, async () => {
        const deleted = await pruneIdempotencyKeys(pool, deps.idempotencyRetentionHours, prunePageSize);
        sum.count += deleted;
        sum.done = deleted < prunePageSize;
        await pause(prunePauseMs);
      });
    },
  };
}

/** Pages until `sum` is done or the budget is used up; heartbeats carry `sum`. */
function stretch<Sum extends Stretch>(now: () => number, sum: Sum, page: () => Promise<void>): Promise<Sum> {
  const endsAt = now() + budgetMs;
  return withHeartbeats(
    () => sum,
    async () => {
      do {
        throwIfCancelled();
        await page();
      } while (!sum.done && now() < endsAt);
      return sum;
    },
  );
}

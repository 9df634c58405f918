// The activities behind rebuildLedger. Whatever one of them has done stands in PostgreSQL, so that each can be run
// again by another worker, and the table's position, not a heartbeat, says where to go on.
import { ApplicationFailure } from '@temporalio/activity';
import type { Pool } from 'pg';
import { fillRebuild, readRebuildPosition } from '../projections/ledger/rebuild/fillRebuild.ts';
import {
  discardRebuild,
  dropReplaced,
  indexRebuild,
  prepareRebuild,
  verifyRebuild,
} from '../projections/ledger/rebuild/rebuildTable.ts';
import { type SwapOutcome, swapRebuild } from '../projections/ledger/rebuild/swapRebuild.ts';
import { throwIfCancelled, withHeartbeats } from './heartbeats.ts';

/** How long one activity fills before the workflow gets a say: a pause takes effect that soon. */
const fillTimeMs = 3_000;
/** Events of one page: three of them are in memory at once, as text or bytes. Of 5,000 it takes a seventh longer. */
const pageSize = 10_000;
/** Events that are booked under the live table's lock: a few milliseconds. */
const swapEventsMax = 500;

export interface LedgerRebuildDeps {
  readonly pool: Pool;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly stopping: AbortSignal;
}

interface Target {
  readonly rebuildId: string;
}

export interface FilledStretch {
  readonly position: number;
  /** True where the log's end was reached. */
  readonly done: boolean;
}

export function createLedgerRebuildActivities({ pool, now, stopping }: LedgerRebuildDeps) {
  return {
    prepareLedgerRebuild: ({ rebuildId }: Target): Promise<{ head: number }> =>
      withHeartbeats(nothing, async () => ({ head: Number((await prepareRebuild(pool, rebuildId)).head) })),

    fillLedgerRebuild: ({ rebuildId }: Target): Promise<FilledStretch> => {
      const endsAt = now() + fillTimeMs;
      const heartbeat = { position: 0 };
      return withHeartbeats(
        () => heartbeat,
        async () => {
          const done = await fillRebuild(pool, {
            rebuildId,
            pageSize,
            goOn: () => {
              throwIfCancelled();
              return now() < endsAt && !stopping.aborted;
            },
            onPage: (position) => {
              heartbeat.position = Number(position);
            },
          });
          return { position: Number(await readRebuildPosition(pool, rebuildId)), done };
        },
      );
    },

    indexLedgerRebuild: ({ rebuildId }: Target): Promise<void> =>
      withHeartbeats(nothing, () => indexRebuild(pool, rebuildId)),

    /** Number of entries. Fails for good, in words, where the table is not what the mapping gave. */
    verifyLedgerRebuild: ({ rebuildId }: Target): Promise<number> =>
      withHeartbeats(nothing, async () => {
        const { entries, differences } = await verifyRebuild(pool, rebuildId);
        if (differences.length === 0) return entries;
        throw ApplicationFailure.nonRetryable(
          `the rebuilt ledger is wrong, and the one in use stays: ${differences.join('; ')}`,
          'LedgerRebuildDiffers',
        );
      }),

    swapLedgerRebuild: ({ rebuildId }: Target): Promise<SwapOutcome> =>
      withHeartbeats(nothing, () => swapRebuild(pool, rebuildId, swapEventsMax)),

    dropReplacedLedger: ({ rebuildId }: Target): Promise<void> =>
      withHeartbeats(nothing, () => dropReplaced(pool, rebuildId)),

    discardLedgerRebuild: ({ rebuildId }: Target): Promise<void> =>
      withHeartbeats(nothing, () => discardRebuild(pool, rebuildId)),
  };
}

function nothing(): undefined {
  return undefined;
}

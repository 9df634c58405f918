// The activities of rebuildLedger. PostgreSQL keeps everything that they have done, so another worker can run
// each of them again. The position in the table says where to continue, and not a heartbeat.
import { ApplicationFailure } from '@temporalio/activity';
import type { Pool } from 'pg';
import { fillRebuild } from '../projections/ledger/rebuild/fillRebuild.ts';
import {
  discardRebuild,
  dropReplaced,
  indexRebuild,
  createRebuildTable,
  readRebuild,
} from '../projections/ledger/rebuild/rebuildTable.ts';
import { verifyRebuild } from '../projections/ledger/rebuild/verifyRebuild.ts';
import { type SwapOutcome, swapRebuild } from '../projections/ledger/rebuild/swapRebuild.ts';
import { restoreParts } from '../projections/ledger/segments/restoredParts.ts';
import { throwIfCancelled, withHeartbeats } from './heartbeats.ts';

/** An activity fills for this time, so that a pause of its workflow takes effect soon. */
const fillTimeMs = 3_000;
/**
 * Events of one page. Three pages are in memory at once, as text or bytes. With 5,000 it takes a seventh
 * longer.
 */
const pageSize = 10_000;
/** Events that the swap books under the live table's lock, which takes a few milliseconds. */
const swapEventsMax = 500;

export interface LedgerRebuildDeps {
  readonly pool: Pool;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly stopping: AbortSignal;
}

const noDetails = { details: () => undefined };

interface Target {
  readonly rebuildId: string;
}

interface FilledChunk {
  readonly position: number;
  /** True at the log's end. */
  readonly done: boolean;
}

export function createLedgerRebuildActivities({ pool, now, stopping }: LedgerRebuildDeps) {
  return {
    /** Workflows of the release before do not say where to start. */
    prepareLedgerRebuild: ({
      rebuildId,
      fromStart = false,
    }: Target & { readonly fromStart?: boolean }): Promise<{ head: number }> =>
      withHeartbeats(noDetails, async () => ({
        head: Number((await createRebuildTable(pool, rebuildId, { fromStart })).head),
      })),

    fillLedgerRebuild: ({ rebuildId }: Target): Promise<FilledChunk> => {
      const endsAt = now() + fillTimeMs;
      const heartbeat = { position: 0 };
      return withHeartbeats({ details: () => heartbeat }, async () => {
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
        return { position: Number((await readRebuild(pool, rebuildId)).position), done };
      });
    },

    indexLedgerRebuild: ({ rebuildId }: Target): Promise<void> =>
      withHeartbeats(noDetails, () => indexRebuild(pool, rebuildId)),

    /** Number of entries. Fails for good if the table differs from the entries that the mapping gave. */
    verifyLedgerRebuild: ({ rebuildId }: Target): Promise<number> =>
      withHeartbeats(noDetails, async () => {
        const { entries, differences } = await verifyRebuild(pool, rebuildId);
        if (differences.length === 0) return entries;
        throw ApplicationFailure.nonRetryable(
          `the rebuilt ledger is wrong, and the one in use stays: ${differences.join('; ')}`,
          'LedgerRebuildDiffers',
        );
      }),

    /** Then gives the ledger what lies below its beginning, as far as its events are in the log. */
    swapLedgerRebuild: ({ rebuildId }: Target): Promise<SwapOutcome> =>
      withHeartbeats(noDetails, async () => {
        const outcome = await swapRebuild(pool, rebuildId, swapEventsMax);
        if (outcome.swapped) await restoreParts(pool, throwIfCancelled);
        return outcome;
      }),

    dropReplacedLedger: ({ rebuildId }: Target): Promise<void> =>
      withHeartbeats(noDetails, () => dropReplaced(pool, rebuildId)),

    discardLedgerRebuild: ({ rebuildId }: Target): Promise<void> =>
      withHeartbeats(noDetails, () => discardRebuild(pool, rebuildId)),
  };
}

// Moves the opening state of an archived log by one segment. The step `open` of an archive calls it, after
// the segment's file was verified and before its rows leave the log.
//
// Rows of the new position are written beside those of the old one. The last step moves
// `log_archive.archived_through`, and only then do they count.
//
// Invariant: until the last step, readers see the state and the position of before. So a crash at any moment
// changes nothing for them, and the next call begins again with the same rows.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { deleteReplaced, moveArchivedThrough, readArchivedThrough } from '../eventStore/openingRows.ts';
import { checkPositions } from '../projections/verify/checkLog.ts';
import { openAccounts, writeOpeningAccounts } from './openAccounts.ts';
import { openWallets } from './openWallets.ts';

/** The segment to move over: its positions are [from, to). */
export interface MovedSegment {
  readonly from: bigint;
  /** Not included. */
  readonly to: bigint;
}

export interface MoveOptions {
  /** Called after each page, for heartbeats. */
  readonly onPage?: () => void;
  /** Asked between two pages. If it is aborted, the move rejects with the signal's reason. */
  readonly stop?: AbortSignal;
  /** Events of one page. */
  readonly pageSize?: number;
}

/** The segment is not the next one after what is archived, or it is not whole. Nothing was changed. */
export class SegmentNotNextError extends Error {
  override readonly name = 'SegmentNotNextError';
}

const pageSizeDefault = 10_000;

/**
 * Moves the opening state from `from - 1` to `to - 1`, and then `log_archive.archived_through`. Does nothing
 * but tidy up if it is there already. Throws SegmentNotNextError if the segment is not the next one, or lacks
 * events. The caller has made sure that every projection has passed the segment.
 */
export async function moveOpeningState(
  pool: Pool,
  segment: MovedSegment,
  { onPage = () => undefined, stop, pageSize = pageSizeDefault }: MoveOptions = {},
): Promise<void> {
  const [above, upTo] = [segment.from - 1n, segment.to - 1n];
  const betweenPages = () => {
    onPage();
    stop?.throwIfAborted();
  };
  if ((await readArchivedThrough(pool)) !== upTo) {
    await assertNext(pool, above, upTo, betweenPages);
    const move = { above, upTo, pageSize, betweenPages };
    await openWallets(pool, move);
    const accounts = await openAccounts(pool, move);
    await inDatabaseTransaction(pool, async (client) => {
      if (!(await moveArchivedThrough(client, above, upTo)))
        throw notNext(above, await readArchivedThrough(pool));
      await writeOpeningAccounts(client, upTo, accounts);
    });
  }
  await tidy(pool, pageSize, betweenPages);
}

async function assertNext(pool: Pool, above: bigint, upTo: bigint, betweenPages: () => void): Promise<void> {
  const archived = await readArchivedThrough(pool);
  if (archived !== above) throw notNext(above, archived);
  const limit = 50_000;
  for (let after = above; after < upTo;) {
    const page = await checkPositions(pool, { after, upTo, limit });
    const [missing] = page.differences;
    if (missing !== undefined)
      throw new SegmentNotNextError(
        `the segment up to ${upTo} can't be opened: position ${missing.position ?? after} has no event in the log`,
      );
    after = page.after;
    betweenPages();
  }
}

function notNext(above: bigint, archived: bigint): SegmentNotNextError {
  return new SegmentNotNextError(
    `the segment from ${above + 1n} is not the next one: the log is archived through ${archived}`,
  );
}

/** Deletes the rows that newer ones have replaced. A crash before it costs space alone. */
async function tidy(pool: Pool, pageSize: number, betweenPages: () => void): Promise<void> {
  let cursor: { walletId: string; version: number } | undefined = { walletId: '', version: 0 };
  while (cursor !== undefined) {
    cursor = await deleteReplaced(pool, cursor, Math.max(2, pageSize));
    betweenPages();
  }
}

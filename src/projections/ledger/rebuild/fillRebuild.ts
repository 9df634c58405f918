// Fills the rebuild's table from the log, page by page. One database transaction writes a page and the
// position of its end. So an attempt after a crash goes on there. If two attempts fill at once, one loses its
// page and stops.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import { type PackedLog, readPackedLog } from '../../../eventStore/read/readPackedLog.ts';
import { makeRebuildSegments, withSegments } from '../../../eventStore/segments.ts';
import { assertEndsAt } from '../../projectEvents.ts';
import type { EventToPark } from '../../projection.ts';
import { isAboutContent, writeIsolating } from '../ledgerSink.ts';
import { copyPostings, formatPostings, type FormattedPostings } from './copyPostings.ts';
import { prepareAnyPage, type PreparedPage } from './preparePage.ts';
import { readRebuild } from './rebuildTable.ts';

/** The rebuild is no longer at the position where this attempt left it: another attempt goes on. */
export class RebuildMovedError extends Error {
  override readonly name = 'RebuildMovedError';
}

interface FillOptions {
  readonly rebuildId: string;
  readonly pageSize: number;
  /** Asked between two pages. */
  readonly goOn: () => boolean;
  readonly onPage: (position: bigint) => void;
}

/**
 * Fills until `goOn` returns false or the log's end is reached, and returns whether the end was reached.
 * While PostgreSQL writes one page, this process formats the next, and PostgreSQL packs the one after that.
 * So three pages are in memory at once.
 */
export async function fillRebuild(pool: Pool, options: FillOptions): Promise<boolean> {
  const { rebuildId, pageSize, goOn, onPage } = options;
  const { form, position: start } = await readRebuild(pool, rebuildId);
  let reading = readPacked(pool, start, pageSize);
  let position = start;
  let writing: Promise<unknown> = Promise.resolve();
  try {
    for (;;) {
      const packed = await reading;
      const next = position + BigInt(packed.events);
      const isLast = packed.events < pageSize;
      if (!isLast) reading = readPacked(pool, next, pageSize);
      const page = await prepareAnyPage(pool, form, position, packed, pageSize);
      await writing;
      if (position > start) onPage(position);
      if (page.to === page.from) {
        await assertEndsAt(pool, position);
        return true;
      }
      if (position > start && !goOn()) return false;
      const from = position;
      writing = withSegments(
        () => inDatabaseTransaction(pool, (client) => writePage(client, rebuildId, page)),
        () => makeRebuildSegments(pool, from),
      );
      // It is awaited after the next page is formatted. Until then a failure must not count as unhandled.
      writing.catch(() => undefined);
      position = page.to;
      if (isLast) {
        await writing;
        onPage(position);
        await assertEndsAt(pool, position);
        return true;
      }
    }
  } finally {
    // After a stop in the middle, a read and perhaps a write are still running. Nothing may go on after this
    // function ends.
    await Promise.allSettled([reading, writing]);
  }
}

function readPacked(pool: Pool, from: bigint, pageSize: number): Promise<PackedLog> {
  const reading = readPackedLog(pool, from, pageSize);
  reading.catch(() => undefined);
  return reading;
}

/**
 * Writes one page in the caller's database transaction. Throws RebuildMovedError unless the rebuild is at
 * `from`.
 */
export async function writePage(client: PoolClient, rebuildId: string, page: PreparedPage): Promise<void> {
  const { from, to, formatted } = page;
  if (from === to) return;
  let entries = 0;
  let checksum = 0n;
  const copy = async (rows: FormattedPostings): Promise<void> => {
    await copyPostings(client, rows);
    entries += rows.entries;
    checksum += rows.checksum;
  };
  let unwritable: readonly EventToPark[] = [];
  try {
    await copy(formatted);
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    unwritable = await writeIsolating(client, page.bookings(), (_, booked) =>
      copy(formatPostings(formatted.form, booked)),
    );
  }
  await noteUnbooked(client, rebuildId, [...page.eventsToPark, ...unwritable]);
  const { rowCount } = await client.query({
    name: 'move-rebuild',
    text: `
      update ledger_rebuilds
         set position = $3::bigint,
             entries = entries + $4::bigint,
             checksum = checksum + $5::bigint
       where rebuild_id = $1::text
         and position = $2::bigint`,
    values: [rebuildId, from, to, entries, checksum],
  });
  if (rowCount !== 1)
    throw new RebuildMovedError(
      `ledger rebuild "${rebuildId}" is no longer at ${from}: another attempt moved it`,
    );
}

/** Longest reason that is kept, as for parked events. */
const reasonLengthMax = 1_000;

/** Notes the events that the rebuilt ledger lacks. The swap parks them. */
async function noteUnbooked(
  client: PoolClient,
  rebuildId: string,
  unbooked: readonly EventToPark[],
): Promise<void> {
  if (unbooked.length === 0) return;
  await client.query({
    name: 'note-unbooked-events',
    text: `
      insert into ledger_rebuild_refusals (rebuild_id, position, wallet_id, reason)
      select $1::text, position, wallet_id, reason
        from unnest($2::bigint[], $3::text[], $4::text[]) as refused (position, wallet_id, reason)`,
    values: [
      rebuildId,
      unbooked.map(({ position }) => position),
      unbooked.map(({ walletId }) => walletId),
      unbooked.map(({ reason }) => reason.replaceAll('\0', '').slice(0, reasonLengthMax)),
    ],
  });
}

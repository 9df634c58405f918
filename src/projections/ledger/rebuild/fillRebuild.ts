// Fills the rebuild's table from the log, page by page, each page in one database transaction with the position it
// ends at. Whoever goes on after a death goes on there; of two that fill at once, one loses its page and stops.
import type { Pool, PoolClient } from 'pg';
import { inDatabaseTransaction } from '../../../eventStore/database.ts';
import type { BookableRecord } from '../../../domain/events.ts';
import type { RecordedEvent } from '../../../eventStore/eventCodec.ts';
import { readEventsAfter } from '../../../eventStore/read/readEvents.ts';
import { type PackedLog, readPackedLog, unpackLog } from '../../../eventStore/read/readPackedLog.ts';
import { assertFollows, assertNoGap, decodeEvents } from '../../projectEvents.ts';
import type { EventToPark } from '../../projection.ts';
import { copyEntries, createEntryWriter, formatEntries, type FormattedEntries } from './copyEntries.ts';
import { type Booking, entriesOrReason, isAboutContent, mapBookings, writeIsolating } from '../ledgerSink.ts';
import { rebuildSuperseded } from './rebuildTable.ts';

/** The rebuild is not where this attempt left it: another attempt goes on. */
export class RebuildMovedError extends Error {
  override readonly name = 'RebuildMovedError';
}

/** Position of the last event whose entries are in the rebuild's table. Throws RebuildSupersededError. */
export async function readRebuildPosition(pool: Pool, rebuildId: string): Promise<bigint> {
  const { rows } = await pool.query<{ position: string }>({
    name: 'read-rebuild-position',
    text: `
      select position
        from ledger_rebuilds
       where rebuild_id = $1::text`,
    values: [rebuildId],
  });
  const [row] = rows;
  if (row === undefined) throw rebuildSuperseded(rebuildId);
  return BigInt(row.position);
}

interface FillOptions {
  readonly rebuildId: string;
  readonly pageSize: number;
  /** Asked between two pages. */
  readonly goOn: () => boolean;
  readonly onPage: (position: bigint) => void;
}

/** A page of the log, ready to be written. */
export interface PreparedPage {
  readonly from: bigint;
  readonly to: bigint;
  readonly formatted: FormattedEntries;
  /** What can't be decoded or booked, whichever way it is written. */
  readonly refusals: readonly EventToPark[];
  /** The bookings one by one, mapped again: only a page that the table refuses needs them. */
  readonly bookings: () => readonly Booking[];
}

/** Reads the page through the codec and the one mapping. Throws LogGapError unless it follows `from`. */
export function preparePage(from: bigint, recorded: readonly RecordedEvent[]): PreparedPage {
  assertNoGap(from, recorded);
  const { events, refusals } = decodeEvents(recorded);
  const booker = createBooker(events.length);
  for (const event of events) booker.take(event);
  const { formatted, refusals: unbookable } = booker.finish();
  return {
    from,
    to: recorded.at(-1)?.position ?? from,
    formatted,
    refusals: [...refusals, ...unbookable],
    bookings: () => mapBookings(events).bookings,
  };
}

/** The same from a packed page; undefined where something in it does not fit and it has to be read event by event. */
function preparePackedPage(from: bigint, packed: PackedLog): PreparedPage | undefined {
  const booker = createBooker(packed.events);
  let to = from;
  const fits = unpackLog(packed, (event) => {
    assertFollows(to, event.position);
    to = event.position;
    booker.take(event);
  });
  if (!fits) return undefined;
  return { from, to, ...booker.finish(), bookings: () => bookingsOf(packed) };
}

/** Maps and formats events as they come: objects that live as long as their page make the collector copy them. */
function createBooker(eventsExpected: number) {
  const writer = createEntryWriter(2 * eventsExpected);
  const refusals: EventToPark[] = [];
  return {
    take: (event: BookableRecord): void => {
      const booked = entriesOrReason(event);
      if ('reason' in booked) refusals.push(booked);
      else writer.add(booked);
    },
    finish: () => ({ formatted: writer.finish(), refusals }),
  };
}

function bookingsOf(packed: PackedLog): readonly Booking[] {
  const events: BookableRecord[] = [];
  unpackLog(packed, (event) => events.push(event));
  return mapBookings(events).bookings;
}

/**
 * Fills until `goOn` says no or the log's end is reached; true in the second case. While PostgreSQL writes one page, this
 * process formats the next, and PostgreSQL packs the one behind that: three pages are in memory at once.
 */
export async function fillRebuild(pool: Pool, options: FillOptions): Promise<boolean> {
  const { rebuildId, pageSize, goOn, onPage } = options;
  const start = await readRebuildPosition(pool, rebuildId);
  let reading = readPacked(pool, start, pageSize);
  let position = start;
  let writing: Promise<unknown> = Promise.resolve();
  try {
    for (;;) {
      const packed = await reading;
      const next = position + BigInt(packed.events);
      const isLast = packed.events < pageSize;
      if (!isLast) reading = readPacked(pool, next, pageSize);
      const page = await toPage(pool, position, packed, pageSize);
      await writing;
      if (position > start) onPage(position);
      if (page.to === page.from) return true;
      if (position > start && !goOn()) return false;
      writing = inDatabaseTransaction(pool, (client) => writePage(client, rebuildId, page));
      // It is awaited behind the next page: until then a failure must not count as unhandled.
      writing.catch(() => undefined);
      position = page.to;
      if (isLast) {
        await writing;
        onPage(position);
        return true;
      }
    }
  } finally {
    // Whoever stops in the middle leaves a read and perhaps a write behind: nothing goes on when this one has ended.
    await Promise.allSettled([reading, writing]);
  }
}

function readPacked(pool: Pool, from: bigint, pageSize: number): Promise<PackedLog> {
  const reading = readPackedLog(pool, from, pageSize);
  reading.catch(() => undefined);
  return reading;
}

/** The page behind `from`: as packed, or where something in it does not fit, read again event by event. */
async function toPage(pool: Pool, from: bigint, packed: PackedLog, pageSize: number): Promise<PreparedPage> {
  return preparePackedPage(from, packed) ?? preparePage(from, await readEventsAfter(pool, from, pageSize));
}

/** Writes one page in the caller's database transaction. Throws RebuildMovedError unless the rebuild is there. */
export async function writePage(client: PoolClient, rebuildId: string, page: PreparedPage): Promise<void> {
  const { from, to, formatted } = page;
  if (from === to) return;
  let entries = 0;
  let checksum = 0n;
  const copy = async (formattedEntries: FormattedEntries): Promise<void> => {
    await copyEntries(client, formattedEntries);
    entries += formattedEntries.entries;
    checksum += formattedEntries.checksum;
  };
  let refused: readonly EventToPark[] = [];
  try {
    await copy(formatted);
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    refused = await writeIsolating(client, page.bookings(), (_, booked) => copy(formatEntries(booked)));
  }
  const refusals = [...page.refusals, ...refused];
  await noteRefusals(client, rebuildId, refusals);
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

async function noteRefusals(
  client: PoolClient,
  rebuildId: string,
  refusals: readonly EventToPark[],
): Promise<void> {
  if (refusals.length === 0) return;
  await client.query({
    name: 'note-rebuild-refusals',
    text: `
      insert into ledger_rebuild_refusals (rebuild_id, position, wallet_id, reason)
      select $1::text, position, wallet_id, reason
        from unnest($2::bigint[], $3::text[], $4::text[]) as refused (position, wallet_id, reason)`,
    values: [
      rebuildId,
      refusals.map(({ position }) => position),
      refusals.map(({ walletId }) => walletId),
      refusals.map(({ reason }) => reason.replaceAll('\0', '').slice(0, reasonLengthMax)),
    ],
  });
}

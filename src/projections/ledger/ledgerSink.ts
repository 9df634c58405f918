// Writes the ledger, in the database transaction that moves its checkpoint. Reports an event that the mapping
// or a constraint refuses, and books everything else in the batch.
import { DatabaseError, type PoolClient } from 'pg';
import type { BookableRecord } from '../../domain/events.ts';
import type { Projection, EventToPark } from '../projection.ts';
import { type LedgerEntry, ledgerEntries, UnbookableEventError } from './ledgerEntries.ts';

/** An event with its entries. */
export interface Booking {
  readonly event: BookableRecord;
  readonly entries: readonly LedgerEntry[];
}

export const ledgerProjection: Projection = {
  name: 'ledger',
  writes: 'with-checkpoint',
  project: bookEvents,
};

/**
 * Writes the entries of whole events under a savepoint. Throws what the table refuses, with nothing written.
 */
type WriteEntries = (client: PoolClient, entries: readonly LedgerEntry[]) => Promise<void>;

async function bookEvents(
  client: PoolClient,
  events: readonly BookableRecord[],
): Promise<readonly EventToPark[]> {
  const { bookings, unbookable } = mapBookings(events);
  return [...unbookable, ...(await writeIsolating(client, bookings, insertLedgerEntries))];
}

/** Maps a batch: the bookings to write, and the events that can't be booked. Pure. */
export function mapBookings(events: readonly BookableRecord[]): {
  bookings: readonly Booking[];
  unbookable: readonly EventToPark[];
} {
  const unbookable: EventToPark[] = [];
  const bookings: Booking[] = [];
  for (const event of events) {
    const booked = entriesOrReason(event);
    if ('reason' in booked) unbookable.push(booked);
    else if (booked.length > 0) bookings.push({ event, entries: booked });
  }
  return { bookings, unbookable };
}

/** Maps one event. Returns the reason if it can't be booked. Pure. */
export function entriesOrReason(event: BookableRecord): readonly LedgerEntry[] | EventToPark {
  try {
    return ledgerEntries(event);
  } catch (error) {
    if (!(error instanceof UnbookableEventError)) throw error;
    return toPark(event, error);
  }
}

/**
 * Writes all bookings at once. If a row is refused for its content, each half is tried by itself. So a bad
 * event costs a few more statements, and its neighbours are booked.
 */
export async function writeIsolating(
  client: PoolClient,
  bookings: readonly Booking[],
  write: WriteEntries,
): Promise<readonly EventToPark[]> {
  const [first] = bookings;
  if (first === undefined) return [];
  try {
    await write(
      client,
      bookings.flatMap(({ entries }) => entries),
    );
    return [];
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    if (bookings.length === 1) return [toPark(first.event, error)];
    const middle = Math.ceil(bookings.length / 2);
    return [
      ...(await writeIsolating(client, bookings.slice(0, middle), write)),
      ...(await writeIsolating(client, bookings.slice(middle), write)),
    ];
  }
}

/** Class 22 is a value that doesn't fit its type, class 23 a violated constraint. */
export function isAboutContent(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^2[23]/.test(error.code ?? '');
}

function toPark({ position, walletId }: BookableRecord, { message }: Error): EventToPark {
  return { position, walletId, reason: message };
}

/**
 * Inserts the entries that are missing, under a savepoint of the caller's database transaction. Both legs of
 * an event belong in one call: the table refuses a statement that leaves an event unbalanced.
 */
export async function insertLedgerEntries(
  client: PoolClient,
  entries: readonly LedgerEntry[],
): Promise<void> {
  await underSavepoint(client, () =>
    client.query({
      name: 'insert-ledger-entries',
      text: `
        insert into ledger_entries
               (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
        select position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at
          from unnest(
                 $1::bigint[], $2::smallint[], $3::text[], $4::text[],
                 $5::bigint[], $6::text[], $7::bigint[], $8::timestamptz[]
               ) as entries (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
            on conflict on constraint ledger_entries_pkey do nothing`,
      values: [
        entries.map(({ position }) => position),
        entries.map(({ leg }) => leg),
        entries.map(({ account }) => account),
        entries.map(({ direction }) => direction),
        entries.map(({ amountMinor }) => amountMinor),
        entries.map(({ currency }) => currency),
        entries.map(({ balanceAfterMinor }) => balanceAfterMinor),
        entries.map(({ occurredAt }) => occurredAt),
      ],
    }),
  );
}

/** Keeps the database transaction usable after a refused statement. */
export async function underSavepoint(client: PoolClient, write: () => Promise<unknown>): Promise<void> {
  await client.query('savepoint ledger');
  try {
    await write();
  } catch (error) {
    await client.query('rollback to savepoint ledger');
    throw error;
  }
  await client.query('release savepoint ledger');
}

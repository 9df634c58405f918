// Writes the ledger, in the database transaction that moves its checkpoint. Reports an event that the mapping
// or a constraint refuses, and books everything else in the batch.
import { DatabaseError, type PoolClient } from 'pg';
import type { BookableRecord } from '../../domain/events.ts';
import { failureOf } from '../../eventStore/databaseFailure.ts';
import type { Projection, EventToPark } from '../projection.ts';
import { readLedgerState } from './forms/ledgerForm.ts';
import { ledgerTables } from './forms/ledgerTables.ts';
import { copyPostings, type FormattedPostings, formatPostings } from './rebuild/copyPostings.ts';
import { type Posting, postingsOf, UnbookableEventError } from './postings.ts';

/** An event with its postings. */
export interface Booking {
  readonly event: BookableRecord;
  readonly postings: readonly Posting[];
}

export const ledgerProjection: Projection = {
  name: 'ledger',
  writes: 'with-checkpoint',
  map: (events) => {
    const { bookings, unbookable } = mapBookings(events);
    const postings = bookings.flatMap((booking) => booking.postings);
    const formatted = formatPostings('postings', postings);
    return async (client) => [...unbookable, ...(await book(client, bookings, formatted))];
  },
};

/**
 * Writes the postings of whole events under a savepoint. Throws the error of the table, and then nothing was
 * written.
 */
type WritePostings = (client: PoolClient, postings: readonly Posting[]) => Promise<void>;

/**
 * Writes by COPY, which is cheaper than an insert. COPY refuses a whole page for one row that is there
 * already or breaks a constraint. Such a page is inserted instead. So is a page that comes again after the
 * checkpoint was set back, because the insert also changes the sums that cover it.
 */
async function book(
  client: PoolClient,
  bookings: readonly Booking[],
  formatted: FormattedPostings,
): Promise<readonly EventToPark[]> {
  const { form, sumsThrough } = await readLedgerState(client);
  const [first] = bookings;
  if (form === formatted.form && first !== undefined && first.event.position > sumsThrough) {
    try {
      await copyPostings(client, formatted, 'ledger_postings');
      return [];
    } catch (error) {
      if (!isAboutContent(error)) throw error;
    }
  }
  return writeIsolating(client, bookings, ledgerTables[form].insert);
}

/** Maps a batch: the bookings to write, and the events that can't be booked. Pure. */
export function mapBookings(events: readonly BookableRecord[]): {
  bookings: readonly Booking[];
  unbookable: readonly EventToPark[];
} {
  const unbookable: EventToPark[] = [];
  const bookings: Booking[] = [];
  for (const event of events) {
    const booked = postingsOrReason(event);
    if ('reason' in booked) unbookable.push(booked);
    else if (booked.length > 0) bookings.push({ event, postings: booked });
  }
  return { bookings, unbookable };
}

/** Maps one event. Returns the reason if it can't be booked. Pure. */
export function postingsOrReason(event: BookableRecord): readonly Posting[] | EventToPark {
  try {
    return postingsOf(event);
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
  write: WritePostings,
): Promise<readonly EventToPark[]> {
  const [first] = bookings;
  if (first === undefined) return [];
  try {
    await write(
      client,
      bookings.flatMap(({ postings }) => postings),
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

/**
 * Class 22 is a value that doesn't fit its type, class 23 a violated constraint. A position without a segment
 * is in class 23 too, and says nothing about the event.
 */
export function isAboutContent(error: unknown): error is DatabaseError {
  return (
    error instanceof DatabaseError &&
    /^2[23]/.test(error.code ?? '') &&
    failureOf(error).kind !== 'unsegmented'
  );
}

function toPark({ position, walletId }: BookableRecord, { message }: Error): EventToPark {
  return { position, walletId, reason: message };
}

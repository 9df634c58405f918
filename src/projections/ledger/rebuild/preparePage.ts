// Turns a page of the log into postings, ready to be written by COPY. The packed form of a page is the
// fast way. A page with an event that does not fit it is read again, event by event. Both ways use the one
// mapping of the ledger.
import type { Pool } from 'pg';
import type { BookableRecord } from '../../../domain/events.ts';
import type { RecordedEvent } from '../../../eventStore/eventCodec.ts';
import { readEventsAfter } from '../../../eventStore/read/readEvents.ts';
import { type PackedLog, unpackLog } from '../../../eventStore/read/readPackedLog.ts';
import { assertFollows, assertNoGap, decodeEvents } from '../../projectEvents.ts';
import type { EventToPark } from '../../projection.ts';
import type { LedgerForm } from '../forms/ledgerForm.ts';
import { type Booking, mapBookings, postingsOrReason } from '../ledgerSink.ts';
import { createPostingWriter, type FormattedPostings } from './copyPostings.ts';

/** A page of the log, ready to be written. */
export interface PreparedPage {
  readonly from: bigint;
  readonly to: bigint;
  readonly formatted: FormattedPostings;
  /** Events that can't be decoded or booked. */
  readonly eventsToPark: readonly EventToPark[];
  /** The bookings one by one, mapped again. Only a page that the table refuses needs them. */
  readonly bookings: () => readonly Booking[];
}

/** Reads the page through the codec and the one mapping. Throws LogGapError unless it follows `from`. */
export function preparePage(
  form: LedgerForm,
  from: bigint,
  recorded: readonly RecordedEvent[],
): PreparedPage {
  assertNoGap(from, recorded);
  const { events, undecodable } = decodeEvents(recorded);
  const booker = createBooker(form, events.length);
  for (const event of events) booker.take(event);
  const { formatted, eventsToPark: unbookable } = booker.finish();
  return {
    from,
    to: recorded.at(-1)?.position ?? from,
    formatted,
    eventsToPark: [...undecodable, ...unbookable],
    bookings: () => mapBookings(events).bookings,
  };
}

/** The same from a packed page; undefined if an event does not fit the packed form. */
function preparePackedPage(form: LedgerForm, from: bigint, packed: PackedLog): PreparedPage | undefined {
  const booker = createBooker(form, packed.events);
  let to = from;
  const fits = unpackLog(packed, (event) => {
    assertFollows(to, event.position);
    to = event.position;
    booker.take(event);
  });
  if (!fits) return undefined;
  return { from, to, ...booker.finish(), bookings: () => bookingsOf(packed) };
}

/**
 * Maps and formats events one by one. Objects that lived as long as their page would be copied by the
 * collector.
 */
function createBooker(form: LedgerForm, eventsExpected: number) {
  const writer = createPostingWriter(form, eventsExpected);
  const eventsToPark: EventToPark[] = [];
  return {
    take: (event: BookableRecord): void => {
      const booked = postingsOrReason(event);
      if ('reason' in booked) eventsToPark.push(booked);
      else writer.add(booked);
    },
    finish: () => ({ formatted: writer.finish(), eventsToPark }),
  };
}

function bookingsOf(packed: PackedLog): readonly Booking[] {
  const events: BookableRecord[] = [];
  unpackLog(packed, (event) => events.push(event));
  return mapBookings(events).bookings;
}

/**
 * Prepares the page after `from` from its packed form. If an event does not fit, reads the page again event
 * by event.
 */
export async function prepareAnyPage(
  pool: Pool,
  form: LedgerForm,
  from: bigint,
  packed: PackedLog,
  pageSize: number,
): Promise<PreparedPage> {
  return (
    preparePackedPage(form, from, packed) ??
    preparePage(form, from, await readEventsAfter(pool, from, pageSize))
  );
}

// Completes recorded events with what they do not carry themselves, and maps them for the feed. It asks for
// the other half of transfers, and for the terms of wallets that have some.
//
// Invariant: an event and its alerts have one position, and follow each other. A reader gets all of a
// position or nothing, because no cursor leads between them.
import { isCurrency } from '../domain/currency.ts';
import type { StoredEvent } from '../domain/events.ts';
import { type EventRef, eventKey } from '../domain/reversal.ts';
import { ordinaryTerms, type Terms } from '../domain/terms.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../eventStore/eventCodec.ts';
import { readArchivedTerms } from '../eventStore/openingRows.ts';
import { readEventsOf } from '../eventStore/read/readEvents.ts';
import type { TracedEvent } from '../eventStore/read/readFeedEvents.ts';
import { readMovementIds } from '../eventStore/read/readMovements.ts';
import { readCurrentTerms } from '../eventStore/read/readTerms.ts';
import type { ReadDatabase } from '../eventStore/tenantReads.ts';
import { toCloudEvents } from './cloudEvent.ts';
import type { FeedKind } from './feedTypes.ts';

/** The id of a command as clients know it. */
export type ShowCommandId = (commandId: string) => string;

/** An event or an alert of the feed. Its text is made once, however many readers get it. */
export interface FeedEvent {
  readonly position: bigint;
  readonly walletId: string;
  readonly version: number;
  /** 0 for an event. Its alerts count from 1. */
  readonly alertNumber: number;
  /** A kind of the feed. An event of a type that this release does not know has that type. */
  readonly type: string;
  readonly occurredAt: Date;
  /** The CloudEvent as JSON. */
  readonly text: string;
}

/** An event that this release can't read, with its position. */
export interface UnreadableEvent extends Omit<FeedEvent, 'text'> {
  readonly error: EventDecodeError;
}

export type MappedEvent = FeedEvent | UnreadableEvent;

/**
 * The events in their order, each with its alerts after it. The caller bounds their number. The events that
 * are `known` need not be read.
 */
export async function mapEvents(
  pool: ReadDatabase,
  recorded: readonly TracedEvent[],
  show: ShowCommandId,
  known: readonly TracedEvent[] = recorded,
): Promise<readonly MappedEvent[]> {
  if (recorded.length === 0) return [];
  const movementIds = await readMovementIds(pool, recorded, known);
  const decoded = recorded.map(decodeOrExplain);
  const terms = await readTermsOf(
    pool,
    decoded.filter((event): event is StoredEvent => !(event instanceof EventDecodeError)),
  );
  return recorded.flatMap((record, index): readonly MappedEvent[] => {
    const { position, walletId, version, type, occurredAt, commandId, correlationId } = record;
    const shared = { position, walletId, version, type, occurredAt };
    const stored = decoded[index] as StoredEvent | EventDecodeError;
    if (stored instanceof EventDecodeError) return unreadableOf(record, stored);
    const inForce = termsOf(stored, terms);
    if (inForce === undefined) return unreadableOf(record, unreadable(record, 'its terms are missing'));
    const context = {
      movementId: movementIds[index] ?? '',
      commandId: commandId === undefined ? undefined : show(commandId),
      requestId: correlationId,
      minimumMinor: inForce.minimumMinor,
    };
    try {
      return toCloudEvents(stored, context).map((event, at) => ({
        ...shared,
        alertNumber: at,
        ...(at > 0 && { type: alertKind }),
        text: JSON.stringify(event),
      }));
    } catch (error) {
      // Thrown, it would stop the feed of every tenant, and not only of this one.
      return unreadableOf(record, unreadable(record, `it can't be shown: ${String(error)}`));
    }
  });
}

const alertKind: FeedKind = 'WalletAlert';

/** Readers of alerts alone stand still at it too, if it may have some. */
function unreadableOf(record: RecordedEvent, error: EventDecodeError): readonly UnreadableEvent[] {
  const { position, walletId, version, type, occurredAt, data } = record;
  const mayAlert = typeof data === 'object' && data !== null && 'alerts' in data;
  const kinds = mayAlert ? [type, alertKind] : [type];
  return kinds.map((kind, at) => ({
    ...{ position, walletId, version, alertNumber: at, type: kind, occurredAt },
    error,
  }));
}

/** Of the events that a reader gets at once. A slow reader holds up no more. */
const bytesAtOnceMax = 1_000_000;

/**
 * The first events, at most `limit` and about a megabyte, and all of a position or none. The first position
 * is always whole.
 */
export function wholePositions<Event extends Pick<FeedEvent, 'position'> & { readonly text?: string }>(
  events: readonly Event[],
  limit: number,
): readonly Event[] {
  let end = countWithin(events, limit);
  const isCut = () => events[end - 1]?.position === events[end]?.position;
  while (end > 0 && end < events.length && isCut()) end -= 1;
  if (end > 0 || limit === 0) return events.slice(0, end);
  const first = events[0]?.position;
  return events.filter(({ position }) => position === first);
}

function countWithin(events: readonly { readonly text?: string }[], limit: number): number {
  let [count, bytes] = [0, 0];
  for (const { text = '' } of events) {
    bytes += Buffer.byteLength(text);
    if (count >= limit || bytes > bytesAtOnceMax) break;
    count += 1;
  }
  return count;
}

function decodeOrExplain(recorded: RecordedEvent): StoredEvent | EventDecodeError {
  try {
    const stored = decodeEvent(recorded);
    if (isCurrency(stored.event.currency)) return stored;
    return unreadable(recorded, 'unknown currency');
  } catch (error) {
    if (error instanceof EventDecodeError) return error;
    throw error;
  }
}

function unreadable({ position, walletId }: RecordedEvent, reason: string): EventDecodeError {
  const message = `event at position ${position} of wallet "${walletId}" can't be read: ${reason}`;
  return new EventDecodeError(message, reason);
}

/** The event that carries the terms after this one. Undefined for an ordinary wallet. */
function termsRefOf({ walletId, event }: StoredEvent): EventRef | undefined {
  return event.termsVersion === undefined ? undefined : { walletId, version: event.termsVersion };
}

function termsOf(stored: StoredEvent, known: ReadonlyMap<string, Terms>): Terms | undefined {
  const ref = termsRefOf(stored);
  return ref === undefined ? ordinaryTerms : known.get(eventKey(ref));
}

/** The terms in force after these events, by the key of the event that carries them. */
async function readTermsOf(
  pool: ReadDatabase,
  events: readonly StoredEvent[],
): Promise<ReadonlyMap<string, Terms>> {
  const found = new Map<string, Terms>();
  for (const stored of events) keepTerms(found, stored);
  const missing = new Map<string, EventRef>();
  for (const stored of events) {
    const ref = termsRefOf(stored);
    if (ref !== undefined && !found.has(eventKey(ref))) missing.set(eventKey(ref), ref);
  }
  for (const [key, { terms }] of await readCurrentTerms(pool, [...missing.values()])) {
    missing.delete(key);
    found.set(key, terms);
  }
  if (missing.size === 0) return found;
  for (const recorded of await readEventsOf(pool, [...missing.values()])) {
    missing.delete(eventKey(recorded));
    const carrier = decodeOrExplain(recorded);
    if (!(carrier instanceof EventDecodeError)) keepTerms(found, carrier);
  }
  for (const [key, { terms }] of await readArchivedTerms(pool, [...missing.values()])) found.set(key, terms);
  return found;
}

function keepTerms(found: Map<string, Terms>, { walletId, version, event }: StoredEvent): void {
  if ('terms' in event) found.set(eventKey({ walletId, version }), event.terms);
}

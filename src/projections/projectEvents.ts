// The steps that drains, retries and rebuilds share. They check that no position is missing, decode events,
// project them, and record the outcome in a database transaction.
import type { Pool, PoolClient } from 'pg';
import type { StoredEvent } from '../domain/events.ts';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { readHeadWithoutEvents } from '../eventStore/logHead.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../eventStore/eventCodec.ts';
import { keepLedgerSegments, withSegments } from '../eventStore/segments.ts';
import type { Turn } from './drain/pagesInHand.ts';
import type { EventToPark, Projection } from './projection.ts';

/**
 * The log lacks a position, which its writer rules out. Going on would lose an event for good, and waiting
 * brings it back only if an operator restores it.
 */
export class LogGapError extends Error {
  override readonly name = 'LogGapError';

  constructor(position: bigint, follows: string) {
    super(
      `the log has no event at position ${position}${follows}: restore it, as docs/operations.md says under "A gap in the log"`,
    );
  }
}

interface Recording<T> {
  /** Runs in the database transaction, after the events were written. */
  readonly record: (client: PoolClient, refused: readonly EventToPark[]) => Promise<T>;
  /** The place of a page among those in hand. Other events wait for nothing. */
  readonly turn?: Turn | undefined;
  /** Called when the events are written, before the page waits for earlier ones. */
  readonly onWritten?: () => void;
}

/**
 * Projects the events and then runs `record` in a database transaction. A sink in PostgreSQL writes in that
 * same transaction. For a sink with another store, the transaction begins after that store has accepted the
 * events. A page records after every earlier page has ended.
 */
export async function projectAndRecord<T>(
  pool: Pool,
  projection: Projection,
  events: readonly StoredEvent[],
  { record, turn, onWritten }: Recording<T>,
): Promise<T> {
  if (projection.writes === 'with-checkpoint') {
    const write = projection.map(events);
    // Two drains may write the same rows. If their pages took them in another order, each could wait for the
    // other. PostgreSQL would not see that deadlock, because a part of it lies in this process.
    await turn?.toWrite();
    const writeAndRecord = () =>
      inDatabaseTransaction(pool, async (client) => {
        const refused = await write(client);
        onWritten?.();
        turn?.hasWritten();
        await turn?.toEnd();
        return record(client, refused);
      });
    return withSegments(writeAndRecord, () => keepLedgerSegments(pool));
  }
  const refused = await projection.project(events);
  onWritten?.();
  await turn?.toEnd();
  return inDatabaseTransaction(pool, (client) => record(client, refused));
}

/** Separates the events that this version of the code can read from those that it can't. */
export function decodeEvents(recorded: readonly RecordedEvent[]): {
  events: readonly StoredEvent[];
  undecodable: readonly EventToPark[];
} {
  const events: StoredEvent[] = [];
  const undecodable: EventToPark[] = [];
  for (const event of recorded) {
    try {
      events.push(decodeEvent(event));
    } catch (error) {
      if (!(error instanceof EventDecodeError)) throw error;
      undecodable.push({ position: event.position, walletId: event.walletId, reason: error.message });
    }
  }
  return { events, undecodable };
}

type Located = Pick<RecordedEvent, 'position' | 'walletId' | 'version'>;

/** The events up to the first missing position. Throws LogGapError if it is the one after `from`. */
export function eventsBeforeGap<Event extends Located>(
  from: bigint,
  recorded: readonly Event[],
): readonly Event[] {
  const gapAt = recorded.findIndex(({ position }, index) => position !== from + BigInt(index) + 1n);
  const [first] = recorded;
  if (gapAt === 0 && first !== undefined) throw gapBefore(from + 1n, first);
  return gapAt === -1 ? recorded : recorded.slice(0, gapAt);
}

/** Throws LogGapError unless the events follow `from` and each other. */
export function assertNoGap(from: bigint, recorded: readonly Located[]): void {
  const whole = eventsBeforeGap(from, recorded);
  const next = recorded[whole.length];
  if (next !== undefined) throw gapBefore(from + BigInt(whole.length) + 1n, next);
}

/** Throws LogGapError unless `position` is the one after `previous`. */
export function assertFollows(previous: bigint, position: bigint): void {
  if (position !== previous + 1n) throw new LogGapError(previous + 1n, `, but one at ${position}`);
}

/** Throws LogGapError if the head of the log is after `from`, where its last event should be. */
export async function assertEndsAt(pool: Pool, from: bigint): Promise<void> {
  const head = await readHeadWithoutEvents(pool, from);
  if (head !== undefined) throw new LogGapError(from + 1n, `, and its head is ${head}`);
}

function gapBefore(missing: bigint, { position, walletId, version }: Located): LogGapError {
  return new LogGapError(missing, `, but one at ${position} (version ${version} of wallet ${walletId})`);
}

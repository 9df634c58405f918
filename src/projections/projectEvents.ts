// The steps that drains, retries and rebuilds share. They check that no position is missing, decode events,
// project them, and record the outcome in a database transaction.
import type { Pool, PoolClient } from 'pg';
import type { StoredEvent } from '../domain/events.ts';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../eventStore/eventCodec.ts';
import type { EventToPark, Projection } from './projection.ts';

/** The log lacks a position, which its writer rules out. Going on would lose an event for good. */
export class LogGapError extends Error {
  override readonly name = 'LogGapError';
}

/**
 * Projects the events and then runs `record` in a database transaction. A sink in PostgreSQL writes in that
 * same transaction. For a sink with another store, the transaction begins after that store has accepted the
 * events.
 */
export async function projectAndRecord<T>(
  pool: Pool,
  projection: Projection,
  events: readonly StoredEvent[],
  record: (client: PoolClient, refused: readonly EventToPark[]) => Promise<T>,
): Promise<T> {
  if (projection.writes === 'with-checkpoint') {
    return inDatabaseTransaction(pool, async (client) =>
      record(client, await projection.project(client, events)),
    );
  }
  const refused = await projection.project(events);
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

/** Throws LogGapError unless the events follow `from` and each other. */
export function assertNoGap(from: bigint, recorded: readonly Pick<RecordedEvent, 'position'>[]): void {
  let previous = from;
  for (const { position } of recorded) {
    assertFollows(previous, position);
    previous = position;
  }
}

/** Throws LogGapError unless `position` is the one after `previous`. */
export function assertFollows(previous: bigint, position: bigint): void {
  const expected = previous + 1n;
  if (position !== expected) {
    throw new LogGapError(`the log has no event at position ${expected}, but one at ${position}`);
  }
}

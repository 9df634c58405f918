// Projects parked events again when they are due. Each is projected together with the event before it in its
// wallet's stream. Otherwise an event that was refused for contradicting its predecessor would be accepted,
// because it is alone.
import type { Pool, PoolClient } from 'pg';
import type { RecordedEvent } from '../../eventStore/eventCodec.ts';
import { readEventOf, readEventsAt } from '../../eventStore/read/readEvents.ts';
import { decodeEvents, projectAndRecord } from '../projectEvents.ts';
import { type DueParkedEvent, postponeParked, readDueParked, resolveParked } from './parkedEvents.ts';
import type { EventToPark, Projection } from '../projection.ts';

/** Most retries of one call. More wait for the next call, so that many of them don't delay new events. */
const retriesMax = 50;

export interface RetryOutcome {
  readonly resolved: number;
  readonly failed: number;
}

/** Retries the events that are due. If the projection's store is unavailable, throws and changes nothing. */
export async function retryParked(pool: Pool, projection: Projection): Promise<RetryOutcome> {
  const due = await readDueParked(pool, projection.name, retriesMax);
  if (due.length === 0) return { resolved: 0, failed: 0 };

  const recorded = await readWithPredecessors(pool, due);
  const { events, undecodable } = decodeEvents(recorded);
  const present = new Set(recorded.map(({ position }) => position));
  const record = async (client: PoolClient, refused: readonly EventToPark[]): Promise<RetryOutcome> => {
    const reasons = new Map([...undecodable, ...refused].map(({ position, reason }) => [position, reason]));
    const failed = due.flatMap((parked) => {
      const reason = present.has(parked.position)
        ? reasons.get(parked.position)
        : 'the log has no event at this position';
      return reason === undefined ? [] : [{ ...parked, reason }];
    });
    const resolved = due.filter(({ position }) => present.has(position) && !reasons.has(position));
    await postponeParked(client, projection.name, failed);
    await resolveParked(
      client,
      projection.name,
      resolved.map(({ position }) => position),
    );
    return { resolved: resolved.length, failed: failed.length };
  };
  return projectAndRecord(pool, projection, events, { record });
}

/** The parked events and their predecessors, once each, in order of position. */
async function readWithPredecessors(pool: Pool, due: readonly DueParkedEvent[]): Promise<RecordedEvent[]> {
  const parked = await readEventsAt(
    pool,
    due.map(({ position }) => position),
  );
  const byPosition = new Map(parked.map((event) => [event.position, event]));
  for (const { walletId, version } of parked) {
    const predecessor =
      version === 1 ? undefined : await readEventOf(pool, { walletId, version: version - 1 });
    if (predecessor !== undefined) byPosition.set(predecessor.position, predecessor);
  }
  return [...byPosition.values()].sort((one, other) => (one.position < other.position ? -1 : 1));
}

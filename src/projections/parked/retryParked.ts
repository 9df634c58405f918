// Tries parked events again when they are due. Each goes through its projection with the event before it in its
// wallet's stream, so that what was refused for not following its predecessor isn't let through for being alone.
import type { Pool } from 'pg';
import type { RecordedEvent } from '../../eventStore/eventCodec.ts';
import { readEventsAt, readStream } from '../../eventStore/read/readEvents.ts';
import { decodeEvents, projectAndRecord } from '../projectEvents.ts';
import { type DueParkedEvent, postponeParked, readDueParked, resolveParked } from './parkedEvents.ts';
import type { Projection } from '../projection.ts';

/** Retries in one go; more wait for the next one, so that a heap of them doesn't hold up new events. */
const retriesMax = 50;

export interface RetryOutcome {
  readonly resolved: number;
  readonly failed: number;
}

/** Retries what is due. Throws, and changes nothing, where the projection's store is not there. */
export async function retryParked(pool: Pool, projection: Projection): Promise<RetryOutcome> {
  const due = await readDueParked(pool, projection.name, retriesMax);
  if (due.length === 0) return { resolved: 0, failed: 0 };

  const recorded = await readWithPredecessors(pool, due);
  const { events, undecodable } = decodeEvents(recorded);
  const present = new Set(recorded.map(({ position }) => position));
  return projectAndRecord(pool, projection, events, async (client, refused) => {
    const reasons = new Map([...undecodable, ...refused].map(({ position, reason }) => [position, reason]));
    const failed = due.flatMap((failure) => {
      const reason = present.has(failure.position)
        ? reasons.get(failure.position)
        : 'the log has no event at this position';
      return reason === undefined ? [] : [{ ...failure, reason }];
    });
    const resolved = due.filter(({ position }) => present.has(position) && !reasons.has(position));
    await postponeParked(client, projection.name, failed);
    await resolveParked(
      client,
      projection.name,
      resolved.map(({ position }) => position),
    );
    return { resolved: resolved.length, failed: failed.length };
  });
}

/** The parked events and their predecessors, once each, in order of position. */
async function readWithPredecessors(pool: Pool, due: readonly DueParkedEvent[]): Promise<RecordedEvent[]> {
  const parked = await readEventsAt(
    pool,
    due.map(({ position }) => position),
  );
  const byPosition = new Map(parked.map((event) => [event.position, event]));
  for (const { walletId, version } of parked) {
    const [predecessor] = version === 1 ? [] : await readStream(pool, walletId, version - 2, 1);
    if (predecessor !== undefined) byPosition.set(predecessor.position, predecessor);
  }
  return [...byPosition.values()].sort((one, other) => (one.position < other.position ? -1 : 1));
}

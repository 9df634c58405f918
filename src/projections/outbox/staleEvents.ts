// Finds events that a projection passed long ago and that another required one has yet to take, and projects
// them again. Runs only if an operator asks for the whole log. The drain never returns to them by itself.
// Invariant: every sink accepts an event twice.
import type { Pool } from 'pg';
import { readEventsAt } from '../../eventStore/read/readEvents.ts';
import { decodeEvents, projectAndRecord } from '../projectEvents.ts';
import { parkEvents } from '../parked/parkedEvents.ts';
import type { Projection } from '../projection.ts';
import { type ProjectionName, requiredProjections } from '../registry.ts';

export interface StaleQuery {
  readonly olderThanS: number;
  readonly after: bigint;
  readonly limit: number;
}

/**
 * Positions of unprocessed events that `projection` has passed, in order. Leaves out parked events, which the
 * drain retries, and events that an operator skipped.
 */
export async function readStalePositions(
  pool: Pool,
  projection: ProjectionName,
  query: StaleQuery,
): Promise<bigint[]> {
  const { rows } = await pool.query<{ position: string }>({
    name: 'read-stale-positions',
    text: `
      select waiting.position
        from outbox as waiting
       where waiting.processed_at is null
         and waiting.position > $3::bigint
         and waiting.position <= (
               select position
                 from projector_checkpoints
                where projection = $1::text
             )
         and waiting.created_at < now() - $2::integer * interval '1 second'
         and not exists (
               select
                 from projection_failures as failures
                where failures.position = waiting.position
                  and failures.projection = any($5::text[])
                  and (failures.resolved_at is null
                       or failures.projection = $1::text and failures.skipped_at is not null)
             )
       order by waiting.position
       limit $4::integer`,
    values: [projection, query.olderThanS, query.after, query.limit, requiredProjections],
  });
  return rows.map(({ position }) => BigInt(position));
}

/** Projects these events again and parks those that the projection refuses. */
export async function retryStale(
  pool: Pool,
  projection: Projection,
  positions: readonly bigint[],
): Promise<void> {
  if (positions.length === 0) return;
  const { events, undecodable } = decodeEvents(await readEventsAt(pool, positions));
  await projectAndRecord(pool, projection, events, {
    record: (client, refused) => parkEvents(client, projection.name, [...undecodable, ...refused]),
  });
}

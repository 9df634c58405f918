// Finds events that a projection passed long ago and that are still unprocessed, and projects them again. The
// drain never returns to them by itself. Invariant: every sink accepts an event twice.
import type { Pool } from 'pg';
import { readEventsAt } from '../../eventStore/read/readEvents.ts';
import { decodeEvents, projectAndRecord } from '../projectEvents.ts';
import { parkEvents } from '../parked/parkedEvents.ts';
import { markProcessed } from './outbox.ts';
import type { Projection } from '../projection.ts';
import { type ProjectionName, requiredProjections } from '../registry.ts';

export interface StaleQuery {
  readonly olderThanS: number;
  /**
   * False leaves out events that another required projection still has to take. They are not stale while that
   * projection's store is unavailable. True takes every unprocessed event that this projection has passed.
   */
  readonly full: boolean;
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
               select case when $2::boolean or count(*) = cardinality($6::text[]) then min(position) end
                 from projector_checkpoints
                where projection = any(case when $2::boolean then array[$1::text] else $6::text[] end)
             )
         and waiting.created_at < now() - $4::integer * interval '1 second'
         and not exists (
               select
                 from projection_failures as failures
                where failures.position = waiting.position
                  and failures.projection = any($6::text[])
                  and (failures.resolved_at is null
                       or failures.projection = $1::text and failures.skipped_at is not null)
             )
       order by waiting.position
       limit $5::integer`,
    values: [projection, query.full, query.after, query.olderThanS, query.limit, requiredProjections],
  });
  return rows.map(({ position }) => BigInt(position));
}

/**
 * Projects these events again, parks those that the projection refuses, and marks the others as processed.
 */
export async function retryStale(
  pool: Pool,
  projection: Projection,
  positions: readonly bigint[],
): Promise<void> {
  const [first] = positions;
  if (first === undefined) return;
  const { events, undecodable } = decodeEvents(await readEventsAt(pool, positions));
  await projectAndRecord(pool, projection, events, (client, refused) =>
    parkEvents(client, projection.name, [...undecodable, ...refused]),
  );
  await markProcessed(pool, first - 1n, positions.length);
}

// Marks outbox rows as processed and counts the others, so that operators see what is not done. Invariant: a
// row is processed if every required projection has passed its event and none of them has it parked. Without
// the checkpoint of one of them nothing is processed.
import type { Pool } from 'pg';
import { requiredProjections } from '../registry.ts';

/**
 * Sets `processed_at` on at most `limit` rows after position `after`, lowest positions first, and returns
 * their number. Leaves rows alone that another drain is marking at the same time.
 */
export async function markProcessed(pool: Pool, after: bigint, limit: number): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'mark-processed',
    // The array keeps the planner on the primary key. For a join with an unknown limit it reads the whole
    // table: 88 ms instead of 4 ms for 1,000 of 200,000 rows.
    text: `
      update outbox
         set processed_at = now()
       where position = any(array(
               select waiting.position
                 from outbox as waiting
                where waiting.processed_at is null
                  and waiting.position > $1::bigint
                  and waiting.position <= (
                        select case when count(*) = cardinality($3::text[]) then min(position) end
                          from projector_checkpoints
                         where projection = any($3::text[])
                      )
                  and not exists (
                        select
                          from projection_failures as failures
                         where failures.position = waiting.position
                          and failures.projection = any($3::text[])
                           and failures.resolved_at is null
                      )
                order by waiting.position
                limit $2::integer
                  for update skip locked
             ))`,
    values: [after, limit, requiredProjections],
  });
  return rowCount ?? 0;
}

/** Up to this number, unprocessed rows are counted one by one, which takes a few milliseconds. */
export const countedMax = 10_000;

/** The number of unprocessed rows: counted if there are few, otherwise estimated from the positions. */
export function unprocessedOf(counted: number, lagMax: number): number {
  return counted < countedMax ? counted : Math.max(counted, lagMax);
}

export interface OutboxDepth {
  /** Exact up to 10,000. Above that, parked events may be left out. */
  readonly unprocessed: number;
  /** When the oldest of them was written, and how long ago that is; null if there is none. */
  readonly oldest: Date | null;
  readonly lagMs: number | null;
}

/** How much waits to be processed, and for how long. The cost does not depend on the backlog. */
export async function readOutboxDepth(pool: Pool): Promise<OutboxDepth> {
  const { rows } = await pool.query<{
    counted: string;
    lag_max: string | null;
    oldest: Date | null;
    lag_ms: string | null;
  }>({
    name: 'read-outbox-depth',
    text: `
      select (select count(*)
                from (select from outbox where processed_at is null limit $1::integer) as waiting) as counted,
             log_head.position - (
               select min(position) from projector_checkpoints where projection = any($2::text[])
             ) as lag_max,
             oldest.created_at as oldest,
             floor(extract(epoch from now() - oldest.created_at) * 1000)::bigint as lag_ms
        from log_head
        left join (select created_at
                     from outbox
                    where processed_at is null
                    order by position
                    limit 1) as oldest
          on true`,
    values: [countedMax, requiredProjections],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('log_head has no row: run the migrations');
  return {
    unprocessed: unprocessedOf(Number(row.counted), Number(row.lag_max ?? 0)),
    oldest: row.oldest,
    lagMs: row.lag_ms === null ? null : Math.max(0, Number(row.lag_ms)),
  };
}

// Counts the events that are not processed, so that operators see what is not done. The view `outbox` says
// which they are (migration 0024). Invariant: an event is processed if every required projection has passed
// it and none of them has it parked. Without the checkpoint of one of them nothing is processed.
import type { Pool } from 'pg';
import { requiredProjections } from '../registry.ts';

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

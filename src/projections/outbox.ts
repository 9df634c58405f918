// The outbox tells operators what is not yet done: a row is processed when every projection has passed its event
// and none has it parked.
import type { Pool } from 'pg';

/**
 * Sets `processed_at` on at most `limit` rows, lowest positions first, and returns how many it set. It looks from
 * the bottom each time, so rows that a crash left unmarked are found by whoever comes next; rows that another
 * drain is marking are left to it.
 */
export async function markProcessed(pool: Pool, limit: number): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'mark-processed',
    text: `
      with done as (
        select outbox.position
          from outbox
         where outbox.processed_at is null
           and outbox.position <= (select min(position) from projector_checkpoints)
           and not exists (
                 select
                   from projection_failures as failures
                  where failures.position = outbox.position
                    and failures.resolved_at is null
               )
         order by outbox.position
         limit $1::integer
           for update skip locked
      )
      update outbox
         set processed_at = now()
        from done
       where outbox.position = done.position`,
    values: [limit],
  });
  return rowCount ?? 0;
}

// Deletes processed outbox rows that were kept long enough, in small statements, so that nothing waits for
// them and vacuum keeps up. pruneHorizon.ts decides the times. recordSweep.ts deletes idempotency records.
import type { Pool } from 'pg';

export interface PrunedPage {
  readonly deleted: number;
  /** Position of the last row of this page. */
  readonly through: bigint;
  /** False if everything after this page is too young. */
  readonly more: boolean;
}

interface PrunedRow {
  readonly deleted: string;
  readonly read: string;
  readonly through: string | null;
  readonly old_enough: boolean | null;
}

/**
 * Reads the next `limit` outbox rows after `after` and deletes the processed ones that were written before
 * `before`. Notes how far it came, because the check for lost rows must not take a pruned row for a lost one.
 * Unprocessed rows stay.
 */
export async function pruneOutboxRows(
  pool: Pool,
  before: Date,
  after: bigint,
  limit: number,
): Promise<PrunedPage> {
  const { rows } = await pool.query<PrunedRow>({
    name: 'prune-outbox-rows',
    text: `
      with page as materialized (
        select position, created_at, processed_at
          from outbox
         where position > $1::bigint
         order by position
         limit $3::integer
      ), deleted as (
        delete from outbox_rows
         where position = any(array(
                 select page.position
                   from page
                  where page.processed_at is not null
                    and page.created_at < $2::timestamptz
               ))
        returning position
      ), noted as (
        update outbox_upkeep
           set pruned_through = greatest(pruned_through, (select max(position) from deleted))
         where exists (select from deleted)
      )
      select (select count(*) from deleted) as deleted,
             count(*) as read,
             max(position) as through,
             max(created_at) < $2::timestamptz as old_enough
        from page`,
    values: [after, before, limit],
  });
  const [row] = rows;
  return {
    deleted: Number(row?.deleted ?? 0),
    through: BigInt(row?.through ?? after),
    more: Number(row?.read ?? 0) === limit && row?.old_enough === true,
  };
}

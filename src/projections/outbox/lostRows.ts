// Finds events that lost their outbox row and gives them a new one. Runs every minute for new events, and in
// a verification. Only a hand or damage can remove a row. Without it the event is missing in the view
// `outbox`, and the drains take it all the same. Invariant: one statement appends an event and its
// outbox row. So if an event has no row in a snapshot, the row was pruned or lost.
import type { Pool } from 'pg';
import { boundsOf } from '../../eventStore/positionBounds.ts';

/**
 * Position after which a check begins: after the pruned rows and, unless the check is full, after the checked
 * ones.
 */
export async function readCheckStart(pool: Pool, full: boolean): Promise<bigint> {
  const { rows } = await pool.query<{ start: string }>({
    name: 'read-check-start',
    text: `
      select case when $1::boolean then pruned_through else greatest(pruned_through, checked_through) end as start
        from outbox_upkeep`,
    values: [full],
  });
  return BigInt(rows[0]?.start ?? 0);
}

export interface CheckedPage {
  readonly checked: number;
  readonly restored: number;
  /** Position of the last event that was checked; the start if there was none. */
  readonly through: bigint;
}

/** Checks the next `limit` events after `after`, restores lost rows, and notes how far the check came. */
export async function restoreOutboxRows(pool: Pool, after: bigint, limit: number): Promise<CheckedPage> {
  const { checked, through } = await readPage(pool, after, limit);
  if (checked === 0) return { checked, restored: 0, through: after };
  const lost = await readLostRows(pool, after, through);
  const restored = await restoreRows(
    pool,
    lost.map(({ position }) => position),
  );
  await noteChecked(pool, through);
  return { checked, restored, through };
}

async function readPage(
  pool: Pool,
  after: bigint,
  limit: number,
): Promise<{ readonly checked: number; readonly through: bigint }> {
  const { rows } = await pool.query<{ checked: string; through: string | null }>({
    name: 'read-check-page',
    text: `
      select count(*) as checked, max(position) as through
        from (select position
                from events
               where position > greatest($1::bigint, (select pruned_through from outbox_upkeep))
               order by position
               limit $2::integer) as page`,
    values: [after, limit],
  });
  return { checked: Number(rows[0]?.checked ?? 0), through: BigInt(rows[0]?.through ?? after) };
}

async function noteChecked(pool: Pool, through: bigint): Promise<void> {
  await pool.query({
    name: 'note-checked',
    text: `
      update outbox_upkeep
         set checked_through = greatest(checked_through, $1::bigint)`,
    values: [through],
  });
}

export interface LostRow {
  readonly position: bigint;
  readonly walletId: string;
}

/**
 * Events of the positions (after, through] without an outbox row, unless the row was pruned. Both tables are
 * bounded by position. Otherwise the generic plan reads the whole outbox for a page of a few events.
 */
export async function readLostRows(pool: Pool, after: bigint, through: bigint): Promise<LostRow[]> {
  const { rows } = await pool.query<{ position: string; wallet_id: string }>({
    name: 'read-lost-outbox-rows',
    text: `
      select events.position, events.wallet_id
        from events
       where events.position > greatest($1::bigint, (select pruned_through from outbox_upkeep))
         and events.position <= $2::bigint
         and not exists (
               select
                 from outbox_rows
                where outbox_rows.position = events.position
                  and outbox_rows.position > $1::bigint
                  and outbox_rows.position <= $2::bigint
             )
       order by events.position`,
    values: [after, through],
  });
  return rows.map((row) => ({ position: BigInt(row.position), walletId: row.wallet_id }));
}

/** Inserts an outbox row for each of these events, and returns how many were inserted. */
export async function restoreRows(pool: Pool, positions: readonly bigint[]): Promise<number> {
  if (positions.length === 0) return 0;
  const { rowCount } = await pool.query({
    name: 'restore-lost-outbox-rows',
    text: `
      insert into outbox_rows (position, created_at)
      select position, occurred_at
        from events
       where position = any($1::bigint[])
         and position between $2::bigint and $3::bigint
          on conflict on constraint outbox_rows_pkey do nothing`,
    values: [positions, ...boundsOf(positions)],
  });
  return rowCount ?? 0;
}

// Logs with segments so small that a test fills many of them.
import type { Pool } from 'pg';
import { changeLog } from './changeLog.ts';

/** Cuts an empty log anew: two segments and more, of `width` positions each, up to position `ahead`. */
export async function cutLog(pool: Pool, width: number, ahead = 0): Promise<void> {
  const { rows } = await pool.query<{ segment: string }>(
    `select inhrelid::regclass::text as segment
       from pg_inherits
      where inhparent in ('events'::regclass, 'outbox_rows'::regclass, 'ledger_postings'::regclass)`,
  );
  await changeLog(pool, `drop table ${rows.map(({ segment }) => segment).join(', ')}`);
  await pool.query('delete from log_segments');
  for (let made = 1; made > 0;) {
    const kept = await pool.query<{ made: number }>('select keep_log_segments($1, $2) as made', [
      width,
      ahead,
    ]);
    made = kept.rows[0]?.made ?? 0;
  }
}

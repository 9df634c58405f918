// Archives segments as the archive does, but for the files: moves the opening state over them, and takes
// their rows out of the log.
import type { Pool } from 'pg';
import { moveOpeningState } from '../../src/archive/openingState.ts';
import { readArchivedThrough } from '../../src/eventStore/openingRows.ts';
import { readSegments } from '../../src/eventStore/segments.ts';
import { changeLog } from './changeLog.ts';

/** Moves the opening state over the next `count` segments, and returns how far the log is archived. */
export async function openSegments(pool: Pool, count = 1, pageSize = 7): Promise<bigint> {
  for (let moved = 0; moved < count; moved += 1) {
    const archived = await readArchivedThrough(pool);
    const next = (await readSegments(pool)).find(({ from }) => from === archived + 1n);
    if (next === undefined) throw new Error(`no segment begins after ${archived}`);
    await moveOpeningState(pool, next, { pageSize });
  }
  return readArchivedThrough(pool);
}

/** How many segments are full, and not archived. */
export async function fullSegments(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ full: number }>(
    `select count(*)::integer as full
       from log_segments
      cross join log_head
      cross join log_archive
      where to_position <= log_head.position + 1
        and from_position > archived_through`,
  );
  return rows[0]?.full ?? 0;
}

/** Drops the rows of every archived segment. */
export async function dropArchived(pool: Pool): Promise<void> {
  const archived = await readArchivedThrough(pool);
  for (const { segment, to } of await readSegments(pool)) {
    if (to > archived + 1n) continue;
    await changeLog(pool, `drop table if exists events_s${segment}, outbox_rows_s${segment}`);
    await pool.query(`update log_segments set state = 'dropped' where segment = $1`, [segment]);
  }
  await pool.query('update outbox_upkeep set pruned_through = greatest(pruned_through, $1::bigint)', [
    archived,
  ]);
}

// Changes the log as nobody may: damage from outside, or what only a newer release could have written.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../../src/eventStore/database.ts';

/**
 * Runs one statement with the setting that makes the log's triggers let it through. The fence moves, so that
 * processes load the head of the log again.
 */
export function changeLog(pool: Pool, text: string, values: readonly unknown[] = []): Promise<void> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query("set local wallet.change_log = 'on'");
    await client.query(text, [...values]);
    await client.query('update log_head set fence = fence + 1');
  });
}

/** Takes away every event after this position, as if the database came from a backup of then. */
export function restoreLog(pool: Pool, position: bigint): Promise<void> {
  return changeLog(
    pool,
    `with gone as (delete from events where position > $1::bigint),
          unnoted as (delete from outbox where position > $1::bigint)
     update log_head set position = $1::bigint`,
    [position],
  );
}

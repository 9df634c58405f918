// Two database transactions beside each other, in an order that a test decides.
import type { Pool, PoolClient } from 'pg';
import { eventually } from './eventually.ts';

/** Runs `work` in a database transaction of its own, and commits it. */
export async function beside(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await work(client);
  } finally {
    await client.query('commit');
    client.release();
  }
}

/** Resolves once one statement with this text waits for a lock. */
export async function waitsForLock(pool: Pool, text: string): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await pool.query(
      `select
         from pg_stat_activity
        where datname = current_database()
          and wait_event_type = 'Lock'
          and query like $1::text`,
      [`%${text}%`],
    );
    return rowCount === 1;
  });
}

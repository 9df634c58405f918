// Connections to PostgreSQL and the one way to run a database transaction. Every wait has a bound: for a
// connection, for a statement, for a lock, and for a session that forgot to end what it began.
import { Pool, type PoolClient } from 'pg';
import type { Config } from '../config/config.ts';

type DatabaseConfig = Pick<
  Config,
  | 'DATABASE_URL'
  | 'DATABASE_CONNECTIONS_MAX'
  | 'DATABASE_CONNECT_TIMEOUT_MS'
  | 'DATABASE_STATEMENT_TIMEOUT_MS'
>;

/** A server's grace above which an idle database transaction is ended, because it would hold back vacuum. */
const idleInTransactionMaxMs = 10_000;

/**
 * A pool of connections under `applicationName` (shown in pg_stat_activity). `onIdleError` hears of idle
 * connections that broke; the pool replaces them by itself.
 */
export function createPool(
  config: DatabaseConfig,
  applicationName: string,
  onIdleError: (error: Error) => void,
): Pool {
  const pool = new Pool({
    connectionString: config.DATABASE_URL,
    application_name: applicationName,
    max: config.DATABASE_CONNECTIONS_MAX,
    connectionTimeoutMillis: config.DATABASE_CONNECT_TIMEOUT_MS,
    statement_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
    // The client gives up a little after the server did, for the case that the server can't say so any more.
    query_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS + 1_000,
    lock_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: idleInTransactionMaxMs,
    keepAlive: true,
    // The hot statements take arrays, whose lengths make the planner prefer a fresh plan every time: planning them
    // was 15 % of PostgreSQL's time for a command. Every statement here is served well by its generic plan.
    options: '-c plan_cache_mode=force_generic_plan',
  });
  pool.on('error', onIdleError);
  // A connection that breaks while it is in use tells the query in hand; without a listener of its own, its
  // 'error' event would end the process as well.
  pool.on('connect', (client) => client.on('error', alreadyTold));
  return pool;
}

/**
 * Runs `work` in one database transaction on one connection. Throws what `work` throws, after a rollback, and
 * throws when the server answers COMMIT with ROLLBACK: node-postgres resolves that as if all were well.
 */
export async function inDatabaseTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    const { command } = await client.query('commit');
    if (command !== 'COMMIT')
      throw new Error(`database transaction was not committed: server answered ${command}`);
    return result;
  } catch (error) {
    // A connection that can't even roll back is thrown away; the first error is the one worth telling.
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function alreadyTold(): void {
  return;
}

/** A database that acknowledges commits before they are safe. Message: what to set. */
export class DurabilityError extends Error {
  override readonly name = 'DurabilityError';
}

/**
 * Throws DurabilityError where a commit would be acknowledged before it is on disk: every promise of the service
 * rests on that. Run at the start.
 */
export async function assertDurability(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ synchronous_commit: string }>('show synchronous_commit');
  if (rows[0]?.synchronous_commit !== 'off') return;
  throw new DurabilityError(
    'synchronous_commit is off for this database or role: set it to on, or acknowledged money can be lost',
  );
}

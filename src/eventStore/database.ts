// Connects to PostgreSQL and runs database transactions. Invariant: every wait has a bound, for a connection,
// a statement, a lock, and a session that does not end its database transaction.
import { Pool, type PoolClient } from 'pg';
import type { Config } from '../config/config.ts';

type DatabaseConfig = Pick<
  Config,
  | 'DATABASE_URL'
  | 'DATABASE_CONNECTIONS_MAX'
  | 'DATABASE_CONNECT_TIMEOUT_MS'
  | 'DATABASE_STATEMENT_TIMEOUT_MS'
>;

/** The server ends a database transaction that is idle for longer, because it would hold back vacuum. */
const idleInTransactionMaxMs = 10_000;

/**
 * A pool of connections under `applicationName`, which pg_stat_activity shows. `onIdleError` hears of idle
 * connections that broke. The pool replaces them by itself.
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
    // The client gives up a little later than the server, in case the server can no longer answer.
    query_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS + 1_000,
    lock_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: idleInTransactionMaxMs,
    keepAlive: true,
    // The hot statements take arrays, and their lengths make the planner prefer a fresh plan every time.
    // Planning was 15 % of PostgreSQL's time for a command. The generic plan is good enough for every
    // statement here.
    options: '-c plan_cache_mode=force_generic_plan',
  });
  pool.on('error', onIdleError);
  // A connection that breaks while it is in use rejects its running query. Without a listener, its 'error'
  // event would also end the process.
  pool.on('connect', (client) => client.on('error', ignoreError));
  return pool;
}

/**
 * Runs `work` in one database transaction on one connection. If `work` throws, it rolls back and throws that
 * error. It also throws if the server answers COMMIT with ROLLBACK, because node-postgres treats that as a
 * success.
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
    // A connection that cannot roll back is thrown away. The first error is the cause, so that one is thrown.
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function ignoreError(): void {
  return;
}

/** The database acknowledges commits before they are safe. The message says what to set. */
class DurabilityError extends Error {
  override readonly name = 'DurabilityError';
}

/**
 * Throws DurabilityError if the server acknowledges a commit before it is on disk. Every promise of the
 * service rests on that. Run at the start of a process.
 */
export async function assertDurability(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ synchronous_commit: string }>('show synchronous_commit');
  if (rows[0]?.synchronous_commit !== 'off') return;
  throw new DurabilityError(
    'synchronous_commit is off for this database or role: set it to on, or acknowledged money can be lost',
  );
}

// Connects to PostgreSQL and runs database transactions. Invariant: every wait has a bound, for a connection,
// a statement, a lock, and a session that does not end its database transaction.
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient } from 'pg';
import type { Config } from '../config/config.ts';
import { withinDeadline } from '../deadline.ts';
import { type CallerSignal, endWithCaller } from './callerSignal.ts';
import { sessionName } from './levels.ts';
import type { DatabaseUse } from './serverFacts.ts';
import { openSession } from './session.ts';

type DatabaseConfig = Pick<
  Config,
  | 'DATABASE_URL'
  | 'DATABASE_CONNECTIONS_MAX'
  | 'DATABASE_CONNECT_TIMEOUT_MS'
  | 'DATABASE_STATEMENT_TIMEOUT_MS'
> &
  Partial<Pick<Config, 'DATABASE_READ_ROLE'>>;

/** Longest wait for the second session of a check. A pooler without a free session answers nothing. */
const secondSessionMaxMs = 1_000;

/** PostgreSQL has a new process for each session, so the name keeps a number that was given again safe. */
const endStatement = `
  select pg_cancel_backend(pid)
    from pg_stat_activity
   where pid = $1::integer
     and application_name = $2::text`;

/**
 * A pool of connections under `applicationName` and the level of this release, which pg_stat_activity shows.
 * Each new session is set and checked for its `use`, and one that fails the check rejects `connect` with an
 * UnfitDatabaseError. `onIdleError` hears of idle connections that broke. The pool replaces them by itself.
 * If `signalOf` is given, the statements of a cancelled caller end at once.
 */
export function createPool(
  config: DatabaseConfig,
  applicationName: string,
  onIdleError: (error: Error) => void,
  use: DatabaseUse = 'projections',
  signalOf?: CallerSignal,
): Pool {
  const name = sessionName(applicationName);
  const connection = connectionOf(config, name);
  const open = {
    use,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    readRole: use === 'tenantReads' ? config.DATABASE_READ_ROLE : undefined,
    askAnotherSession: (statement: string) => askOnce(connection, statement),
  };
  // The pool waits for the promise, although its type does not say so. It ends a client whose promise
  // rejects.
  const onConnect: (client: ClientBase) => unknown = (client) =>
    withinDeadline(
      config.DATABASE_CONNECT_TIMEOUT_MS,
      openSession(client, open),
      'Connection terminated: the new session could not be checked in time',
    );
  const pool = new Pool({ ...connection, max: config.DATABASE_CONNECTIONS_MAX, onConnect });
  pool.on('error', onIdleError);
  // A connection that breaks while it is in use rejects its running query. Without a listener, its 'error'
  // event would also end the process.
  pool.on('connect', (client) => client.on('error', ignoreError));
  if (signalOf !== undefined)
    endWithCaller(pool, {
      signalOf,
      // The statement also ends by its own limit. So nothing is lost if PostgreSQL takes no further session.
      endOnServer: (processId) =>
        askOnce(connection, endStatement, [processId, name]).then(ignoreError, ignoreError),
    });
  return pool;
}

/** The role that the API and the workers have, as the server names it. */
export async function readServiceRole(config: DatabaseConfig): Promise<string> {
  const client = new Client(connectionOf(config, 'wallet-migrate'));
  client.on('error', ignoreError);
  try {
    await client.connect();
    const { rows } = await client.query<{ role: string }>('select current_user as role');
    return rows[0]?.role ?? '';
  } finally {
    await client.end();
  }
}

/**
 * One connection for the migrations, as the role that owns the tables. It is set and checked as those of a
 * pool. Its statements have no bound.
 */
export async function connectForMigration(
  config: DatabaseConfig & Pick<Config, 'DATABASE_MIGRATION_URL'>,
): Promise<Client> {
  const owned = { ...config, DATABASE_URL: config.DATABASE_MIGRATION_URL ?? config.DATABASE_URL };
  const connection = connectionOf(owned, 'wallet-migrate');
  const client = new Client({ ...connection, query_timeout: 0 });
  await client.connect();
  const askAnotherSession = (statement: string) => askOnce(connection, statement);
  try {
    await openSession(client, { use: 'migration', statementTimeoutMs: 0, askAnotherSession });
  } catch (error) {
    await client.end();
    throw error;
  }
  return client;
}

/**
 * Bounds of the session are not among them, because a pooler refuses or drops what comes with the start-up.
 * `openSession` sets them.
 */
function connectionOf(config: DatabaseConfig, applicationName: string): ClientConfig {
  return {
    connectionString: config.DATABASE_URL,
    application_name: applicationName,
    connectionTimeoutMillis: config.DATABASE_CONNECT_TIMEOUT_MS,
    // The client gives up a little later than the server, in case the server can no longer answer.
    query_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS + 1_000,
    keepAlive: true,
  };
}

async function askOnce(
  connection: ClientConfig,
  statement: string,
  values: readonly unknown[] = [],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({
    ...connection,
    connectionTimeoutMillis: secondSessionMaxMs,
    query_timeout: secondSessionMaxMs,
  });
  client.on('error', ignoreError);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(statement, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

/**
 * Runs `work` in one database transaction on one connection. If `work` throws, it rolls back and throws that
 * error. It also throws if the server answers COMMIT with ROLLBACK, because node-postgres treats that as a
 * success.
 */
export async function inDatabaseTransaction<T>(
  pool: Pick<Pool, 'connect'>,
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

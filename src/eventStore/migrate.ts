// Brings the schema up to date. It applies numbered `.sql` files, forward only, each in its own database
// transaction. One advisory lock covers all of them, so any number of processes may start at once.
import { readdir, readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import { grantServiceRights } from './leastRights.ts';
import { beginWithPostings } from './newLedger.ts';
import { beginWithSegments } from './newLog.ts';
import { raiseReadWall } from './readWall.ts';
import { openAllLevels } from './openLevels.ts';

const migrationsFolder = new URL('./migrations/', import.meta.url);

/** Key of the advisory lock: a fixed number that nothing else in this database uses. */
const migrationLockKey = 7_261_453;

/** This version of the code cannot use the schema. The message says what to do. */
export class SchemaVersionError extends Error {
  override readonly name = 'SchemaVersionError';
}

interface Migration {
  readonly version: number;
  readonly file: string;
  readonly sql: string;
  /** The oldest schema whose code still runs on this one. */
  readonly oldestCode: number;
}

/** First line of a migration that breaks older code. A migration without that line only adds. */
const oldestCodeLine = /^-- oldest code: (\d+)$/m;
/** A migration that waits longer for a table blocks every later statement on it. It is better tried again. */
const lockTimeoutMs = 10_000;

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(migrationsFolder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const version = Number(file.slice(0, 4));
      if (version !== index + 1) throw new Error(`migration ${file} should be number ${index + 1}`);
      const sql = await readFile(new URL(file, migrationsFolder), 'utf8');
      return { version, file, sql, oldestCode: Number(oldestCodeLine.exec(sql)?.[1] ?? 1) };
    }),
  );
}

/**
 * Applies the migrations that the database lacks and returns their file names. A database that is newer than
 * this code is left as it is. Waits while another process migrates. `serviceRole` is the role of the API and
 * the workers, if it is another one than that of `client`. `readRole` gets the read wall (readWall.ts).
 */
export async function migrate(client: Client, serviceRole?: string, readRole?: string): Promise<string[]> {
  const migrations = await readMigrations();
  await client.query('select pg_advisory_lock($1::bigint)', [migrationLockKey]);
  try {
    await client.query(
      `create table if not exists schema_migrations (
         version integer constraint schema_migrations_pkey primary key,
         file text not null,
         oldest_code integer not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const { version: applied } = await readSchema(client);
    const missing = migrations.filter(({ version }) => version > applied);
    for (const migration of missing) await applyMigration(client, migration);
    if (applied === 0) {
      await openAllLevels(client);
      await beginWithPostings(client);
      await beginWithSegments(client);
    }
    if (serviceRole !== undefined) await grantServiceRights(client, serviceRole);
    if (readRole !== undefined) await raiseReadWall(client, readRole, serviceRole);
    return missing.map(({ file }) => file);
  } finally {
    await client.query('select pg_advisory_unlock($1::bigint)', [migrationLockKey]);
  }
}

/** Applies one file and records it, both or neither. */
async function applyMigration(client: Client, { version, file, sql, oldestCode }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${lockTimeoutMs}`);
    await client.query(sql);
    await client.query(
      'insert into schema_migrations (version, file, oldest_code) values ($1::integer, $2::text, $3::integer)',
      [version, file, oldestCode],
    );
    const { command } = await client.query('commit');
    if (command !== 'COMMIT')
      throw new Error(`migration ${file} was not committed: server answered ${command}`);
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/**
 * Returns the schema version of the database. Throws SchemaVersionError if the schema is too old or too new
 * for this code. Run at the start of every process: a wrong schema should stop a deployment, not a request.
 */
export async function assertSchemaVersion(client: Pick<Client, 'query'>): Promise<number> {
  const expected = (await readMigrations()).length;
  const { version, oldestCode } = await readSchema(client);
  if (version < expected) {
    throw new SchemaVersionError(
      `the database has schema ${version}, this code needs ${expected}: run "npm run migrate"`,
    );
  }
  if (oldestCode > expected) {
    throw new SchemaVersionError(
      `the database has schema ${version}, which needs code of schema ${oldestCode} or newer; this is ${expected}: run a newer release`,
    );
  }
  return version;
}

/** The schema of the database; version 0 if it has none. */
async function readSchema(client: Pick<Client, 'query'>): Promise<{ version: number; oldestCode: number }> {
  const exists = await client.query<{ known: boolean }>(
    `select to_regclass('schema_migrations') is not null as known`,
  );
  if (exists.rows[0]?.known !== true) return { version: 0, oldestCode: 0 };
  const { rows } = await client.query<{ version: number; oldest_code: number }>(
    `select coalesce(max(version), 0)::integer as version, coalesce(max(oldest_code), 0)::integer as oldest_code
       from schema_migrations`,
  );
  return { version: rows[0]?.version ?? 0, oldestCode: rows[0]?.oldest_code ?? 0 };
}

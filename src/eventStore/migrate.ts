// Brings the schema up to date: numbered `.sql` files, forward only, each in its own database transaction, all
// under one advisory lock, so that any number of processes may start at once.
import { readdir, readFile } from 'node:fs/promises';
import type { Client } from 'pg';

const migrationsFolder = new URL('./migrations/', import.meta.url);

/** Key of the advisory lock; any fixed number that nothing else in this database uses. */
const migrationLockKey = 7_261_453;

/** The schema can't be used by this version of the code. Message: what to do. */
export class SchemaVersionError extends Error {
  override readonly name = 'SchemaVersionError';
}

interface Migration {
  readonly version: number;
  readonly file: string;
}

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(migrationsFolder)).filter((file) => file.endsWith('.sql')).sort();
  return files.map((file, index) => {
    const version = Number(file.slice(0, 4));
    if (version !== index + 1) throw new Error(`migration ${file} should be number ${index + 1}`);
    return { version, file };
  });
}

/**
 * Applies the migrations that the database lacks and returns their file names. Throws SchemaVersionError for a
 * database that is newer than this code.
 */
export async function migrate(client: Client): Promise<string[]> {
  const migrations = await readMigrations();
  await client.query('select pg_advisory_lock($1::bigint)', [migrationLockKey]);
  try {
    await client.query(
      `create table if not exists schema_migrations (
         version integer constraint schema_migrations_pkey primary key,
         file text not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const applied = await schemaVersion(client);
    if (applied > migrations.length) {
      throw new SchemaVersionError(
        `the database has schema ${applied}, this code knows ${migrations.length}: run a newer version`,
      );
    }
    const missing = migrations.filter(({ version }) => version > applied);
    for (const { version, file } of missing) {
      await applyMigration(client, version, file);
    }
    return missing.map(({ file }) => file);
  } finally {
    await client.query('select pg_advisory_unlock($1::bigint)', [migrationLockKey]);
  }
}

/** One file and its record stand or fall together. */
async function applyMigration(client: Client, version: number, file: string): Promise<void> {
  const sql = await readFile(new URL(file, migrationsFolder), 'utf8');
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into schema_migrations (version, file) values ($1::integer, $2::text)', [
      version,
      file,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/**
 * Throws SchemaVersionError unless the database has exactly the schema that this code was written for. Run at
 * the start of every process: a wrong schema should stop a deployment, not a request.
 */
export async function assertSchemaVersion(client: Pick<Client, 'query'>): Promise<void> {
  const expected = (await readMigrations()).length;
  const applied = await schemaVersion(client);
  if (applied !== expected) {
    throw new SchemaVersionError(
      `the database has schema ${applied}, this code needs ${expected}: run "npm run migrate"`,
    );
  }
}

async function schemaVersion(client: Pick<Client, 'query'>): Promise<number> {
  const exists = await client.query<{ known: boolean }>(
    `select to_regclass('schema_migrations') is not null as known`,
  );
  if (exists.rows[0]?.known !== true) return 0;
  const { rows } = await client.query<{ version: number }>(
    'select coalesce(max(version), 0)::integer as version from schema_migrations',
  );
  return rows[0]?.version ?? 0;
}

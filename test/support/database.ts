// A database of its own for each test file, cloned in milliseconds from a template that is migrated once a run.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../src/eventStore/migrate.ts';

const migrations = new URL('../../src/eventStore/migrations/', import.meta.url);

/** Named after the content of the migrations and of what applies them, so that a server which outlives the run never serves an old schema. */
const templateName = `wallet_template_${hashOfMigrations()}`;

function hashOfMigrations(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(migrations).sort()) hash.update(readFileSync(new URL(file, migrations)));
  hash.update(readFileSync(new URL('../migrate.ts', migrations)));
  return hash.digest('hex').slice(0, 12);
}

async function withAdmin<T>(work: (client: Client) => Promise<T>, database?: string): Promise<T> {
  const url = new URL(inject('databaseUrl'));
  if (database !== undefined) url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Several test files may ask at once, so an advisory lock makes the first one build it. */
async function ensureTemplate(): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.query('select pg_advisory_lock(hashtext($1))', [templateName]);
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [
      `${templateName}_ready`,
    ]);
    if (rowCount !== 0) return;
    await admin.query(`drop database if exists ${templateName}`);
    await admin.query(`create database ${templateName}`);
    await withAdmin(migrate, templateName);
    await admin.query(`alter database ${templateName} rename to ${templateName}_ready`);
  });
}

/** Creates a migrated, empty database. `drop` ends every session on it; call it in afterAll. */
export async function createTestDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  await ensureTemplate();
  const name = `wallet_test_${randomBytes(6).toString('hex')}`;
  await withAdmin((admin) => admin.query(`create database ${name} template ${templateName}_ready`));
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await withAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

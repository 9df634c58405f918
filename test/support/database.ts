// Gives each test file a database of its own, copied in milliseconds from a template that is migrated once a
// run.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { inject } from 'vitest';
import { copyDatabase, type OwnDatabase, urlOfDatabase, withClient } from '../../harness/databases.ts';
import { grantServiceRights } from '../../src/eventStore/leastRights.ts';
import { levelMax } from '../../src/eventStore/levels.ts';
import { migrate } from '../../src/eventStore/migrate.ts';

const migrations = new URL('../../src/eventStore/migrations/', import.meta.url);

/**
 * Named after the migrations, their code and the highest level, so that a server that outlives the run never
 * serves an old schema.
 */
const templateName = `wallet_template_${hashOfMigrations()}_${levelMax}`;

function hashOfMigrations(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(migrations).sort()) hash.update(readFileSync(new URL(file, migrations)));
  for (const file of ['../migrate.ts', '../newLedger.ts', '../newLog.ts'])
    hash.update(readFileSync(new URL(file, migrations)));
  return hash.digest('hex').slice(0, 12);
}

async function withAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(inject('databaseUrl'), work);
}

/** Several test files may ask at once. An advisory lock lets the first one build the template. */
async function ensureTemplate(): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.query('select pg_advisory_lock(hashtext($1))', [templateName]);
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [
      `${templateName}_ready`,
    ]);
    if (rowCount !== 0) return;
    await admin.query(`drop database if exists ${templateName}`);
    await admin.query(`create database ${templateName}`);
    await withClient(urlOfDatabase(inject('databaseUrl'), templateName), migrate);
    await admin.query(`alter database ${templateName} rename to ${templateName}_ready`);
  });
}

/** Creates a migrated, empty database. `drop` ends every session on it: call it in afterAll. */
export async function createTestDatabase(): Promise<OwnDatabase> {
  await ensureTemplate();
  const name = `wallet_test_${randomBytes(6).toString('hex')}`;
  return copyDatabase(inject('databaseUrl'), name, `${templateName}_ready`);
}

/**
 * Creates the same with a role of its own for the API and the workers, as an installation should have it.
 * `serviceUrl` leads to the database as that role.
 */
export async function createProtectedDatabase(): Promise<OwnDatabase & { readonly serviceUrl: string }> {
  const database = await createTestDatabase();
  const [role, password] = [`${database.name}_service`, randomBytes(12).toString('hex')];
  await withClient(database.url, async (client) => {
    await client.query(`create role ${role} login password '${password}'`);
    await grantServiceRights(client, role);
  });
  const url = new URL(database.url);
  [url.username, url.password] = [role, password];
  return {
    ...database,
    serviceUrl: url.href,
    drop: async () => {
      await database.drop();
      await withAdmin((admin) => admin.query(`drop role ${role}`));
    },
  };
}

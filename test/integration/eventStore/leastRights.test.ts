// The role of the API and the workers beside the role that owns the tables, on a server of its own, because
// roles belong to a whole server. Everything that the service does works, and no event can be changed.
import { randomUUID } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { noKeys } from '../../../src/domain/state.ts';
import { evolve } from '../../../src/domain/wallet.ts';
import { appendBatch, prepareBatch } from '../../../src/eventStore/appendBatch.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { levels } from '../../../src/eventStore/levels.ts';
import { loadBatch } from '../../../src/eventStore/loadBatch.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import { readServerProblems, rightsOf, type DatabaseUse } from '../../../src/eventStore/serverFacts.ts';
import { analyzeTables } from '../../../src/eventStore/statistics.ts';
import { readPostgresFacts } from '../../../src/health/facts/postgresFacts.ts';
import { drainBatch } from '../../../src/projections/drain/drainBatch.ts';
import { ledgerProjection } from '../../../src/projections/ledger/ledgerSink.ts';
import { fillRebuild } from '../../../src/projections/ledger/rebuild/fillRebuild.ts';
import {
  createRebuildTable,
  dropReplaced,
  indexRebuild,
} from '../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { verifyRebuild } from '../../../src/projections/ledger/rebuild/verifyRebuild.ts';
import { pruneOutboxRows } from '../../../src/projections/outbox/pruning.ts';
import { testConfig } from '../../support/api.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { beginWithLegs } from '../../support/legLedger.ts';
import { type OwnPostgres, startOwnPostgres } from '../../support/ownPostgres.ts';
import { walletStream } from '../../support/walletStream.ts';
import { nothingElse } from '../../support/appendEvents.ts';

let server: OwnPostgres;
let ownerUrl: string;
let serviceUrl: string;
let pool: Pool;

function urlAs(role: string): string {
  const url = new URL(server.url);
  url.username = role;
  url.password = 'secret';
  return url.href;
}

beforeAll(async () => {
  server = await startOwnPostgres('service-role-test');
  await withClient(server.url, async (client) => {
    for (const role of ['books_owner', 'books_service', 'stranger'])
      await client.query(`create role ${role} login password 'secret'`);
    await client.query('grant books_service to books_owner');
    await client.query('alter database wallet owner to books_owner');
    await client.query('alter schema public owner to books_owner');
  });
  [ownerUrl, serviceUrl] = [urlAs('books_owner'), urlAs('books_service')];
  await withClient(ownerUrl, (client) => migrate(client, 'books_service'));
  pool = createPool(testConfig(serviceUrl), 'wallet-service-role-test', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await server.close();
});

const statements = [
  'update events set data = data',
  'delete from events',
  'truncate events',
  'alter table events disable trigger user',
  'drop trigger events_never_change on events',
  'drop table events cascade',
  'alter table events owner to books_service',
  'set role books_owner',
  'delete from log_head',
  'delete from schema_migrations',
  'update audit_log set actor = null',
  'delete from audit_log',
  'truncate audit_log cascade',
  'drop trigger audit_log_never_changes on audit_log',
  'update audit_outcomes set status = 200',
  'delete from audit_outcomes',
];

describe.each(statements)('%s', (statement) => {
  it('is refused to the role of the service, whatever the session says', async () => {
    const client = new Client({ connectionString: serviceUrl });
    await client.connect();
    try {
      await client.query("set wallet.change_log = 'on'");
      await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner/);
    } finally {
      await client.end();
    }
  });
});

it.each(Object.keys(rightsOf) as DatabaseUse[])('the rights are enough for %s', async (use) => {
  expect(await readServerProblems(pool, use)).toEqual([]);
});

async function rebuildLedger(by: Pool, id: string): Promise<void> {
  await createRebuildTable(by, id);
  await fillRebuild(by, { rebuildId: id, pageSize: 3, goOn: () => true, onPage: () => undefined });
  await indexRebuild(by, id);
  expect((await verifyRebuild(by, id)).differences).toEqual([]);
  expect(await swapRebuild(by, id, 100)).toEqual({ swapped: true, refused: 0 });
  await dropReplaced(by, id);
}

it('the service appends, projects, prunes, analyses and rebuilds the ledger', async () => {
  await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n]));
  expect((await drainBatch(pool, ledgerProjection, 100)).parked).toBe(0);
  await pruneOutboxRows(pool, new Date(0), 0n, 10);
  await analyzeTables(pool, ['events', 'wallets', 'outbox_rows', 'idempotency_keys', 'ledger_postings']);
  for (const id of ['first', 'second']) await rebuildLedger(pool, id);
  expect((await pool.query('select from ledger_entries')).rowCount).toBe(6);
});

it('the service appends although the owner keeps functions from everybody else', async () => {
  await withClient(ownerUrl, async (client) => {
    await client.query('revoke execute on all functions in schema public from public');
    await migrate(client, 'books_service');
  });
  const client = await pool.connect();
  try {
    const loaded = await loadBatch(client, { ...noKeys, wallets: [] }, []);
    const [created] = walletStream('wallet-002', 0n).map((event) => ({ ...event, occurredAt: loaded.now }));
    if (created === undefined) throw new Error('a stream begins with its creation');
    const commandId = randomUUID();
    const batch = {
      events: [{ ...created, metadata: { commandId, correlationId: commandId } }],
      wallets: [evolve(undefined, created)],
      ...nothingElse,
    };
    await appendBatch(client, prepareBatch(batch, loaded, randomUUID()));
  } finally {
    client.release();
  }
});

it.each([
  ['view book', 'create view book as select currency from ledger_postings', 'drop view book'],
  [
    'publication of table ledger_postings in publication theirs',
    'create publication theirs for table ledger_postings',
    'drop publication theirs',
  ],
])('the service sees the %s of another role, and refuses to rebuild', async (thing, make, drop) => {
  await withClient(ownerUrl, (client) => client.query(make));
  await expect(createRebuildTable(pool, 'refused')).rejects.toThrow(`would lose: ${thing}. `);
  await withClient(ownerUrl, (client) => client.query(drop));
});

it('owner and grants of the ledger survive a rebuild, whichever role runs it', async () => {
  await pool.query('grant select on ledger_entries to stranger');
  await rebuildLedger(pool, 'by-service');
  const superuser = createPool(testConfig(server.url), 'wallet-service-role-test', () => undefined);
  await rebuildLedger(superuser, 'by-superuser');
  await superuser.end();
  expect(await rightsOnLedger()).toEqual(kept);
});

it('the service rebuilds a ledger of legs as postings, and owner and grants survive', async () => {
  const superuser = createPool(testConfig(server.url), 'wallet-service-role-test', () => undefined);
  await superuser.query('truncate ledger_postings');
  await beginWithLegs(superuser, levels.postings);
  await superuser.query('alter table ledger_entries owner to books_owner');
  await superuser.end();
  await withClient(ownerUrl, (client) => migrate(client, 'books_service'));
  await pool.query('grant select on ledger_entries to stranger');
  await rebuildLedger(pool, 'as-postings');
  expect(await rightsOnLedger()).toEqual(kept);
  await withClient(urlAs('stranger'), async (client) => {
    expect((await client.query('select from ledger_entries')).rowCount).toBe(6);
    await expect(client.query('select from ledger_postings')).rejects.toThrow('permission denied');
  });
});

const kept = [
  { name: 'ledger_entries', owner: 'books_service', granted: true, too_much: false },
  { name: 'ledger_postings', owner: 'books_service', granted: false, too_much: false },
];

async function rightsOnLedger(): Promise<unknown> {
  const { rows } = await pool.query(
    `select relname as name, pg_get_userbyid(relowner) as owner,
            has_table_privilege('stranger', oid, 'select') as granted,
            has_table_privilege('stranger', oid, 'insert') as too_much
       from pg_class where relname in ('ledger_entries', 'ledger_postings') order by relname`,
  );
  return rows;
}

it('a migration that runs again changes no right, also after a rebuild', async () => {
  await withClient(ownerUrl, (client) => migrate(client, 'books_service'));
  expect(await readServerProblems(pool, 'projections')).toEqual([]);
  expect((await pool.query('select from events')).rowCount).toBeGreaterThan(0);
});

it('a table of another program in the same schema is left alone', async () => {
  await withClient(server.url, (client) => client.query('create table reports (id integer)'));
  await withClient(ownerUrl, (client) => migrate(client, 'books_service'));
  await expect(pool.query('select from reports')).rejects.toThrow('permission denied');
});

it('health tells whether the role could change events', async () => {
  expect((await readPostgresFacts(pool, '')).mayChangeEvents).toBe(false);
  for (const url of [ownerUrl, server.url]) {
    const other = createPool(testConfig(url), 'wallet-service-role-test', () => undefined);
    expect((await readPostgresFacts(other, '')).mayChangeEvents).toBe(true);
    await other.end();
  }
});

it.each([
  ['nobody', 'there is no role'],
  ['stack_owner', 'is a superuser'],
  ['stranger', 'as a superuser, grant that role'],
])('the role %s is refused in words', async (role, words) => {
  const refused = await withClient(ownerUrl, (client) => migrate(client, role)).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ name: 'ServiceRoleError' });
  expect(String(refused)).toContain(words);
});

// The wall between tenants in PostgreSQL, with a role of the service and a read role. Each statement of the
// API names its tenant, so here the statements forget it.
import { randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { localCaller } from '../../../src/access/caller.ts';
import type { Config } from '../../../src/config/config.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { raiseReadWall, readWallGap, walledTables } from '../../../src/eventStore/readWall.ts';
import { type TenantReads, walledReads } from '../../../src/eventStore/tenantReads.ts';
import { extendSums } from '../../../src/projections/ledger/sums/ledgerSums.ts';
import { ledgerProjection } from '../../../src/projections/ledger/ledgerSink.ts';
import { ensureCheckpoints } from '../../../src/projections/checkpoints.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { readNamedStatements } from '../../support/namedStatements.ts';
import { drainAll } from '../../support/projections.ts';
import { createProtectedDatabase } from '../../support/database.ts';

type Protected = Awaited<ReturnType<typeof createProtectedDatabase>>;
let database: Protected;
let readRole: string;
let config: Config;
/** One connection, so that tenants follow each other on it. */
let readers: Pool;
let reads: TenantReads;
const apis = new Map<string, TestApi>();

const tenants = ['', 'acme', 'bank'];
const owner = <T>(work: Parameters<typeof withClient<T>>[1]) => withClient(database.url, work);

beforeAll(async () => {
  database = await createProtectedDatabase();
  readRole = `${database.name}_reader`;
  await owner(async (client) => {
    await client.query(`create role ${readRole} nologin`);
    await client.query(`grant ${readRole} to ${database.name}_service`);
    await client.query(`alter role ${database.name}_service bypassrls`);
    await raiseReadWall(client, readRole, `${database.name}_service`);
  });
  config = testConfig(database.serviceUrl, { DATABASE_READ_ROLE: readRole });
  await owner((client) =>
    client.query(`insert into tenants (id, name) select id, id from unnest($1::text[]) as id`, [
      tenants.filter((tenant) => tenant !== ''),
    ]),
  );
  readers = createPool(
    { ...config, DATABASE_CONNECTIONS_MAX: 1 },
    'wallet-wall',
    () => undefined,
    'tenantReads',
  );
  reads = walledReads(readers);
  const readModelAccess = { ask: () => Promise.resolve(undefined) };
  for (const tenant of tenants) {
    const authenticate = () => ({ ...localCaller, operator: false, tenant });
    const api = createTestApi(config, {}, { authenticate, reads, readModelAccess });
    apis.set(tenant, api);
    for (const walletId of ['w-1', 'w-2'])
      await post(
        api,
        '/wallets',
        { walletId, ownerId: 'o-1', initialBalance: 5 },
        { 'idempotency-key': walletId },
      );
    await post(api, '/wallets/w-1/transfer', { toWalletId: 'w-2', amount: 2 }, { 'idempotency-key': 'sent' });
    await post(api, '/wallets/w-1/debit', { amount: 900 }, { 'idempotency-key': 'refused' });
    await post(api, '/wallets/w-2/credit', { amount: 1 });
    for (const id of ['w-1', 'w-2']) await post(api, `/wallets/${id}/holds`, { amount: 1 });
    for (const id of ['w-1', 'w-2']) await post(api, `/wallets/${id}`, { labels: ['own'] }, {}, 'PATCH');
    const rules = [{ name: 'own', window: 'day', direction: 'out', maxCount: 9 }];
    for (const id of ['w-1', 'w-2']) await post(api, `/wallets/${id}/velocity`, { rules }, {}, 'PUT');
    for (const name of ['a', 'b']) {
      const endpoint = { url: 'https://hooks.example.com/', description: name };
      const { body } = await post(api, '/webhook-endpoints', endpoint);
      const replay = { from: '2026-01-01T00:00:00Z' };
      await post(api, `/webhook-endpoints/${String(body.id)}/replay`, replay, { 'idempotency-key': 'r' });
    }
    for (const path of ['w-1/events/2', 'w-2/events/3'])
      await post(api, `/wallets/${path}/reverse`, { amount: 1 });
  }
  await book();
  await owner((client) =>
    client.query(`insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
                  select 'ledger', position, wallet_id, 'planted', now() from events where version = 1`),
  );
  await owner((client) =>
    client.query(`insert into opening_wallets (wallet_id, version, position, events)
                  select wallet_id, version, position, version from events where version <= 2`),
  );
  await owner((client) =>
    client.query(`insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type,
                                                  parks_wallet, attempts, next_attempt_at)
                  select id, events.position, 0, wallet_id, version, 'planted', false, 1, now()
                    from webhook_endpoints
                    join events on tenant = left(wallet_id, greatest(0, strpos(wallet_id, '/') - 1))
                   where version = 1 and webhook_endpoints.description = 'a'`),
  );
});
afterAll(async () => {
  await readers.end();
  for (const api of apis.values()) await api.close();
  await owner((client) => client.query(`drop owned by ${readRole}; drop role ${readRole}`));
  await database.drop();
});

/** Books every event. */
async function book(): Promise<void> {
  const pool = createPool(config, 'wallet-wall-book', () => undefined);
  await ensureCheckpoints(pool);
  await drainAll(pool, ledgerProjection);
  await extendSums(pool);
  await pool.end();
}

/** What identifies the tenant in a row of each table. */
const named = (table: string) =>
  ({
    events: 'wallet_id',
    wallets: 'id',
    holds: 'wallet_id',
    wallet_details: 'wallet_id',
    wallet_usage: 'wallet_id',
    reversals: 'wallet_id',
    opening_wallets: 'wallet_id',
    projection_failures: 'wallet_id',
    idempotency_keys: 'outcome',
    ledger_postings: `concat(debit_wallet_id, ' ', credit_wallet_id)`,
    ledger_sums: 'tenant_prefix',
    ledger_entries: 'account',
    webhook_endpoints: `case tenant when '' then id else tenant || '/' || id end`,
    webhook_deliveries: 'wallet_id',
    webhook_replays: `case tenant when '' then id else tenant || '/' || id end`,
  })[table] ?? '';

async function texts(client: Pick<Pool | PoolClient, 'query'>, table: string): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(`select ${named(table)} as text from ${table}`);
  return rows.map(({ text }) => text);
}

const tables = walledTables.filter((table) => table !== 'ledger_entries');

describe.each(tables)('%s', (table) => {
  it('shows a statement without its condition the rows of one tenant, whoever read before', async () => {
    for (const tenant of ['acme', '', 'bank', '', 'acme']) {
      const rows = await texts(reads(tenant), table);
      expect(rows.length, tenant).toBeGreaterThan(1);
      for (const row of rows)
        for (const other of tenants.filter((each) => each !== ''))
          expect(row.includes(`${other}/`), row).toBe(other === tenant);
    }
  });

  it('shows nothing to a session that was told of no tenant', async () => {
    const fresh = createPool(config, 'wallet-wall-fresh', () => undefined, 'tenantReads');
    expect(await texts(fresh, table)).toEqual([]);
    await fresh.query(`select set_config('wallet.tenant', '', false)`);
    await fresh.end();
  });

  it('shows every row to the role of the service', async () => {
    const pool = createPool(config, 'wallet-wall-all', () => undefined, 'reads');
    const rows = await texts(pool, table);
    expect(rows.filter((row) => row.includes('acme/')).length).toBeGreaterThan(1);
    expect(rows.filter((row) => !row.includes('/')).length).toBeGreaterThan(1);
    await pool.end();
  });
});

it('the read role writes nothing', async () => {
  for (const statement of [
    'delete from events',
    'update wallets set version = 9',
    'delete from idempotency_keys',
  ])
    await expect(reads('acme').query(statement)).rejects.toThrow('permission denied');
  expect(await texts(reads('acme'), 'wallets')).toHaveLength(2);
});

it('the API answers the same with the wall as without it', async () => {
  const paths = [
    ...['/wallets', '/wallets/w-1', '/wallets/w-1/events', '/wallets/w-1/ledger', '/movements/w-1@2'],
    ...['/movements', '/movements?walletId=w-1', '/movements?idempotencyKey=sent', '/ledger/trial-balance'],
    '/wallets/w-1/balance?at=2100-01-01T00:00:00Z',
  ];
  for (const tenant of tenants) {
    const walled = apis.get(tenant) as TestApi;
    const authenticate = () => ({ ...localCaller, operator: false, tenant });
    const readModelAccess = { ask: () => Promise.resolve(undefined) };
    const open = createTestApi(testConfig(database.url), {}, { authenticate, readModelAccess });
    for (const path of paths) {
      const [seen, expected] = [await get(walled, path), await get(open, path)];
      expect(seen, path).toMatchObject({ status: 200, text: expected.text });
    }
    await open.close();
  }
});

it('a broken connection is not used again, and the next one is told its tenant', async () => {
  const client = await reads('acme').connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await owner((admin) => admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]));
  await expect(client.query('select')).rejects.toThrow();
  client.release(true);
  expect(await texts(reads('bank'), 'wallets')).toEqual(['bank/w-1', 'bank/w-2']);
});

it('a missing policy is found and named', async () => {
  await owner(async (client) => {
    expect(await readWallGap(client, readRole)).toBeUndefined();
    expect(await readWallGap(client, undefined)).toBe('DATABASE_READ_ROLE names no role');
    await client.query('alter table wallets disable row level security');
    expect(await readWallGap(client, readRole)).toBe(`wallets has no policy for ${readRole}`);
    await raiseReadWall(client, readRole, `${database.name}_service`);
    expect(await readWallGap(client, readRole)).toBeUndefined();
  });
});

it('a role that the wall would stop, or not stop, is refused in words', async () => {
  const other = `wall_${randomBytes(4).toString('hex')}`;
  await owner(async (client) => {
    const raise = () => raiseReadWall(client, other, `${database.name}_service`);
    await expect(raise()).rejects.toThrow(`there is no role "${other}"`);
    await client.query(`create role ${other} nologin`);
    await expect(raise()).rejects.toThrow(`grant "${other}" to the role of DATABASE_URL`);
    await client.query(`grant ${other} to ${database.name}_service`);
    await client.query(`alter role ${other} bypassrls`);
    await expect(raise()).rejects.toThrow('nothing is hidden from it');
    await client.query(`alter role ${other} nobypassrls; alter role ${database.name}_service nobypassrls`);
    await expect(raise()).rejects.toThrow('give the role of DATABASE_URL bypassrls');
    await client.query(`alter role ${database.name}_service bypassrls; drop role ${other}`);
  });
});

it('the list of the default tenant jumps over the wallets of others, also of those that the wall hides', async () => {
  const rows = 2_000;
  await owner((client) =>
    client.query(
      `insert into wallets
       select tenant || '/wallet-' || n, tenant || '/o-1', 'EUR', 0, 1, now(), now()
         from generate_series(1, $1::integer) as n, unnest($2::text[]) as tenant`,
      [rows, ['acme', 'bank']],
    ),
  );
  const { text = '' } =
    readNamedStatements().find(({ name }) => name === 'read-wallets-of-default-tenant') ?? {};
  for (const [after, ids] of [
    ['', ['w-1', 'w-2']],
    ['a', ['w-1', 'w-2']],
    ['w-1', ['w-2']],
  ] as const) {
    const { rows: listed } = await reads('').query<{ id: string }>(text, [after, 10]);
    expect(listed.map(({ id }) => id)).toEqual(ids);
    const client = await reads('').connect();
    const { rows: plans } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: unknown }[] }>(
      `explain (analyze, format json) ${text}`,
      [after, 10],
    );
    client.release();
    const plan = JSON.stringify(plans[0]?.['QUERY PLAN'][0]?.Plan);
    const removed = [...plan.matchAll(/"Rows Removed by \w+(?: \w+)*":(\d+)/g)].map(([, count]) =>
      Number(count),
    );
    expect(Math.max(0, ...removed)).toBeLessThan(10);
  }
});

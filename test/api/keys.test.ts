// API keys over HTTP, on the real table, and their end in other processes.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccess, type ProcessAccess } from '../../src/access/access.ts';
import { insertKey } from '../../src/access/apiKeys.ts';
import { localCaller } from '../../src/access/caller.ts';
import { createIssueKey } from '../../src/access/issueKey.ts';
import { keyChangeChannel } from '../../src/access/keyChanges.ts';
import { scopes } from '../../src/access/scopes.ts';
import { createTenant } from '../../src/access/tenants.ts';
import { authenticateBy } from '../../src/api/http/authentication.ts';
import { createAddressOf } from '../../src/api/http/clientAddress.ts';
import type { Config } from '../../src/config/config.ts';
import {
  type ApiAnswer,
  createTestApi,
  get,
  post,
  readAnswer,
  type TestApi,
  testConfig,
  testPeppers,
} from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let config: Config;
let access: ProcessAccess;
let api: TestApi;
let admin = '';

const API_KEY_PEPPERS = testPeppers.map(({ id, secret }) => `${id}:${secret.toString('base64')}`).join(',');
const ignore = () => undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  config = testConfig(database.url, { ACCESS: 'keys', API_KEY_PEPPERS, API_KEY_KIND: 'test' });
  access = createAccess(config, ignore);
  api = createTestApi(
    config,
    {},
    {
      authenticate: authenticateBy(access.callerOf, createAddressOf(config.TRUSTED_PROXIES)),
      issueKey: access.issueKey,
      keysChanged: () => {
        access.forget();
        void api.redis.publish(keyChangeChannel(config), '');
      },
    },
  );
  const { text, row } = createIssueKey(
    testPeppers,
    'test',
    randomBytes,
  )({
    ...{ tenant: '', operator: true, name: 'admin', scopes: ['*'], allowedAddresses: null },
    ...{ createdBy: 'test', expiresAt: null },
  });
  await insertKey(api.pool, row);
  admin = text;
});
afterAll(async () => {
  await api.close();
  await access.close();
  await database.drop();
});

const as = (key: string, more: Readonly<Record<string, string>> = {}) => ({
  authorization: `Bearer ${key}`,
  ...more,
});

async function make(body: object, by = admin, more = {}): Promise<ApiAnswer> {
  return post(api, '/keys', { name: 'shop', ...body }, as(by, more));
}
const keyIn = ({ body }: ApiAnswer) => body as { readonly key: string; readonly id: string };

async function revoke(id: string, by = admin, more = {}): Promise<ApiAnswer> {
  return readAnswer(await api.app.request(`/keys/${id}`, { method: 'DELETE', headers: as(by, more) }));
}

const statusOf = async (key: string) => (await get(api, '/keys', as(key))).status;

describe('a new key', () => {
  it('is shown once, works at once, and nothing stores it', async () => {
    const made = await make({ scopes: ['wallets:read', 'wallets:read', 'keys:manage'] });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'shop', scopes: ['wallets:read', 'keys:manage'], status: 'active', operator: false },
    });
    const { key, id } = keyIn(made);
    expect(made.headers.get('location')).toBe(`/keys/${id}`);
    expect(await statusOf(key)).toBe(200);
    const secret = key.slice(-49);
    for (const path of ['/keys', `/keys/${id}`])
      expect((await get(api, path, as(admin))).text).not.toContain(secret);
    const { rows } = await api.pool.query<{ row: string }>('select api_keys::text as row from api_keys');
    expect(rows.map(({ row }) => row).join()).not.toContain(secret);
    const { rowCount } = await api.pool.query('select from idempotency_keys');
    expect(rowCount).toBe(0);
  });

  it('takes no Idempotency-Key, because its answer must not be stored', async () => {
    expect(await make({ scopes: ['wallets:read'] }, admin, { 'idempotency-key': 'a' })).toMatchObject({
      status: 400,
      body: { errors: [{ header: 'Idempotency-Key' }] },
    });
  });

  it('can do no more than its maker', async () => {
    const { key } = keyIn(await make({ scopes: ['keys:manage', 'money:credit'] }));
    expect(await make({ scopes: ['money:credit'] }, key)).toMatchObject({ status: 201 });
    expect(await make({ scopes: ['money:credit', 'money:debit'] }, key)).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN', scope: 'money:debit' },
    });
    expect(await make({ scopes: ['money:credit'], operator: true }, key)).toMatchObject({ status: 403 });
    expect(await make({ scopes: ['money:credit'] }, key, { 'wallet-tenant': 'acme' })).toMatchObject({
      status: 403,
    });
  });

  it('is bound to addresses of its maker, and so is the successor of another key', async () => {
    const bound = { scopes: ['keys:manage', 'wallets:read'], allowedAddresses: ['10.0.0.0/8'] };
    const { key } = keyIn(await make(bound));
    const { id: unbound } = keyIn(await make({ scopes: ['wallets:read'] }));
    const fromWithin = async (path: string, body: object) => {
      const incoming = { url: path, rawHeaders: [], socket: { remoteAddress: '10.1.2.3' } };
      const headers = { ...as(key), 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await api.app.request(path, init, { incoming })).status;
    };
    const asked = (allowedAddresses?: readonly string[]) => ({
      ...{ name: 'shop', scopes: ['wallets:read'] },
      ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
    });
    expect(await fromWithin('/keys', asked(['10.1.0.0/16', '10.2.0.1']))).toBe(201);
    expect(await fromWithin('/keys', asked())).toBe(403);
    expect(await fromWithin('/keys', asked(['10.1.0.0/16', '192.0.2.1']))).toBe(403);
    expect(await fromWithin('/keys', asked(['0.0.0.0/0']))).toBe(403);
    expect(await fromWithin(`/keys/${unbound}/rotate`, {})).toBe(403);
  });

  it.each([
    [{ scopes: [] }, '/scopes'],
    [{ scopes: ['*'] }, '/scopes/0'],
    [{ scopes: ['admin:read'] }, '/scopes'],
    [{ scopes: ['tenants:manage'] }, '/scopes'],
    [{ scopes: ['wallets:read'], expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ scopes: ['wallets:read'], allowedAddresses: ['10.0.0.0/33'] }, '/allowedAddresses/0'],
    [{ scopes: ['wallets:read'], tenant: 'acme' }, '/tenant'],
  ])('%j is refused at %s', async (body, pointer) => {
    expect(await make(body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  it('of an operator in another tenant belongs to that tenant', async () => {
    const here = { 'wallet-tenant': 'acme' };
    expect(await make({ scopes: ['keys:manage'] }, admin, here)).toMatchObject({
      status: 404,
      body: { code: 'TENANT_NOT_FOUND' },
    });
    await createTenant(api.pool, 'acme', 'Acme');
    const { key, id } = keyIn(await make({ scopes: ['keys:manage'] }, admin, here));
    expect(await make({ scopes: ['keys:manage'], operator: true }, admin, here)).toMatchObject({
      status: 400,
    });
    const listed = await get(api, '/keys', as(key));
    expect((listed.body.keys as { id: string }[]).map((one) => one.id)).toEqual([id]);
    const { id: ours } = keyIn(await make({ scopes: ['wallets:read'] }));
    const absent = await get(api, '/keys/0DkB3tWcJ9sLmA', as(key, { 'x-request-id': 'r' }));
    const foreign = await get(api, `/keys/${ours}`, as(key, { 'x-request-id': 'r' }));
    expect(foreign.text.replaceAll(ours, '0DkB3tWcJ9sLmA')).toBe(absent.text);
    expect(await revoke(ours, key)).toMatchObject({ status: 404 });
    expect(await get(api, `/keys/${id}`, as(admin))).toMatchObject({ status: 404 });
    expect(await get(api, `/keys/${id}`, as(admin, here))).toMatchObject({ status: 200 });
  });
});

describe('an initial balance', () => {
  it('needs money:credit besides wallets:create', async () => {
    const { key } = keyIn(await make({ scopes: ['wallets:create'] }));
    const create = (walletId: string, initialBalance: number | string, by = key) =>
      post(api, '/wallets', { walletId, ownerId: 'o', initialBalance }, as(by));
    expect(await create('w-1', 1)).toMatchObject({ status: 403, body: { scope: 'money:credit' } });
    expect(await create('w-1', '0.01')).toMatchObject({ status: 403 });
    expect(await create('w-1', '0.00')).toMatchObject({ status: 201 });
    expect(await create('w-2', 1, admin)).toMatchObject({ status: 201 });
  });
});

describe('a rotated key', () => {
  it('has a successor with the same rights, and ends after the overlap', async () => {
    const { key, id } = keyIn(await make({ scopes: ['keys:manage'] }));
    const rotated = await post(api, `/keys/${id}/rotate`, { overlapHours: 2 }, as(admin));
    expect(rotated).toMatchObject({
      status: 201,
      body: { name: 'shop', scopes: ['keys:manage'], expiresAt: null },
    });
    const next = keyIn(rotated);
    const old = await get(api, `/keys/${id}`, as(admin));
    expect(old.body).toMatchObject({ status: 'active', replacedBy: next.id });
    const leftMs = Date.parse(String(old.body.expiresAt)) - Date.now();
    expect(Math.abs(leftMs - 7_200_000)).toBeLessThan(60_000);
    for (const one of [key, next.key]) expect(await statusOf(one)).toBe(200);
    expect(await post(api, `/keys/${id}/rotate`, {}, as(admin))).toMatchObject({
      status: 409,
      body: { code: 'KEY_ENDED' },
    });
  });

  it('ends at once without an overlap', async () => {
    const { key, id } = keyIn(await make({ scopes: ['keys:manage'] }));
    expect(await statusOf(key)).toBe(200);
    const next = keyIn(await post(api, `/keys/${id}/rotate`, { overlapHours: 0 }, as(admin)));
    expect([await statusOf(key), await statusOf(next.key)]).toEqual([401, 200]);
  });

  it('is not rotated by a caller that lacks one of its scopes', async () => {
    const { id } = keyIn(await make({ scopes: ['money:debit'] }));
    const { key } = keyIn(await make({ scopes: ['keys:manage'] }));
    expect(await post(api, `/keys/${id}/rotate`, {}, as(key))).toMatchObject({ status: 403 });
  });
});

it('the use of a key is noted, and a newer pepper gives it a new hash', async () => {
  const { key, id } = keyIn(await make({ scopes: ['keys:manage'] }));
  const newer = `p2:${Buffer.alloc(32, 'newer').toString('base64')},${API_KEY_PEPPERS}`;
  const other = createAccess({ ...config, API_KEY_PEPPERS: newer }, ignore);
  expect(await other.callerOf(`Bearer ${key}`, '')).toBeDefined();
  const noted = await eventually(async () => {
    const { body } = await get(api, `/keys/${id}`, as(admin));
    return body.pepper === 'p2' && body;
  });
  expect(noted.lastUsedAt).not.toBeNull();
  other.forget();
  expect(await other.callerOf(`Bearer ${key}`, '')).toBeDefined();
  await other.close();
});

/** Nothing listens there. */
const noRedis = 'redis://127.0.0.1:1';

describe.each([
  ['up', undefined],
  ['down', noRedis],
])('with Redis %s', (_, redisUrl) => {
  it('a key that is revoked in one process is refused by the others', async () => {
    const others = [1, 2].map(() =>
      createAccess({ ...config, REDIS_URL: redisUrl ?? config.REDIS_URL }, ignore),
    );
    const { key, id } = keyIn(await make({ scopes: ['wallets:read'] }));
    const callers = () => Promise.all(others.map(async (one) => one.callerOf(`Bearer ${key}`, '')));
    // A process that remembers asks nobody. Only a message or the counter makes it ask again.
    await eventually(async () => (await callers()).every((caller) => caller?.keyId === id));
    await eventually(() => others.every((one) => !(one.callerOf(`Bearer ${key}`, '') instanceof Promise)));
    const startedAt = performance.now();
    expect(await revoke(id)).toMatchObject({ status: 200, body: { status: 'revoked' } });
    await eventually(async () => (await callers()).every((caller) => caller === undefined));
    console.log(`refused ${Math.round(performance.now() - startedAt)} ms after the request to revoke`);
    expect(await revoke(id)).toMatchObject({ status: 200, body: { status: 'revoked' } });
    await Promise.all(others.map((one) => one.close()));
  });
});

it('a process without a pepper does not ask for keys', () => {
  expect(() => createAccess({ ...config, API_KEY_PEPPERS: '' }, ignore)).toThrow(
    'API_KEY_PEPPERS must be set',
  );
  const open = createAccess({ ...config, ACCESS: 'open' }, ignore);
  expect(open.callerOf(undefined, '')).toBe(localCaller);
  expect(localCaller.scopes).toEqual(new Set(scopes));
});

// Tenants from outside: another tenant's thing is told as an absent one, the installation's routes are for
// operators, and a suspended tenant is refused by every process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertKey } from '../../src/access/apiKeys.ts';
import { type Caller, localCaller } from '../../src/access/caller.ts';
import { createIssueKey } from '../../src/access/issueKey.ts';
import { followSuspensions, type Suspensions } from '../../src/access/suspensions.ts';
import { readSuspended } from '../../src/access/tenants.ts';
import type { Operation } from '../../src/api/openApi/operation.ts';
import { operations } from '../../src/api/operations.ts';
import { commandIdOfKey } from '../../src/commands/commandIds.ts';
import { createTestApi, get, post, type TestApi, testConfig, testPeppers } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { addEndpoint } from '../support/webhookLane.ts';

let fixture: ProjectionFixture;
const ending = new AbortController();
const apis: TestApi[] = [];
/** The API for this caller, as a process of its own. */
let apiOf: (caller: Partial<Caller>, deps?: Parameters<typeof createTestApi>[2]) => TestApi;
let operator: TestApi;
let bank: TestApi;

beforeAll(async () => {
  fixture = await createProjectionFixture();
  const config = testConfig(fixture.databaseUrl, { ELASTICSEARCH_INDEX_PREFIX: fixture.indexPrefix });
  apiOf = (caller, deps = {}) => {
    const authenticate = () => ({ ...localCaller, ...caller });
    const api = createTestApi(config, {}, { authenticate, ...deps });
    apis.push(api);
    return api;
  };
  operator = apiOf({});
  bank = apiOf({ tenant: 'bank', operator: false });
  for (const id of ['acme', 'bank']) await post(operator, '/tenants', { id, name: id });
  await post(bank, '/wallets', { walletId: 'own', ownerId: 'o', initialBalance: 9 });
});
afterAll(async () => {
  ending.abort();
  for (const api of apis) await api.close();
  await fixture.close();
});

const acmeKey = createIssueKey(testPeppers, 'test', (size) => Buffer.alloc(size, 7))({
  ...{ tenant: 'acme', operator: false, name: 'shop', scopes: ['wallets:read'] },
  ...{ allowedAddresses: null, createdBy: 'test', expiresAt: null },
}).row;

/** A thing of acme's that an id in a path, or in a query, may name. A new kind of id needs a value here. */
const ids: Readonly<Record<string, string>> = {
  walletId: 'secret',
  holdId: 'secret-hold',
  version: '2',
  movementId: 'secret@2',
  ownerId: 'secret-owner',
  commandId: commandIdOfKey('secret credit', 'acme'),
  keyId: acmeKey.id,
  name: 'wallet-not-found',
  type: 'wallet.credited.v1',
  endpointId: 'whe_0123456789abcdef01234567',
  replayId: 'whr_0123456789abcdef01234567',
};
const ofOperators = (operation: Operation) => /^\/(?:admin|tenants|metrics)/.test(operation.path);
const named = operations.filter(
  (operation: Operation) => operation.path.includes('{') && !ofOperators(operation),
);

/** The bytes of bank's request for acme's thing. */
async function ask(api: TestApi, operation: Operation): Promise<unknown> {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name];
    if (id === undefined)
      throw new Error(`the path ${operation.path} has an id that this test does not know`);
    return encodeURIComponent(id);
  });
  const query = new URLSearchParams(operation.example.query).toString();
  const { body } = operation.example;
  const response = await api.app.request(query === '' ? path : `${path}?${query}`, {
    method: operation.method,
    headers: { 'x-request-id': 'request-1', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const headers = Object.fromEntries(response.headers);
  // Each command without a key has a new id.
  delete headers['command-id'];
  return { status: response.status, headers, text: await response.text() };
}

async function askAll(): Promise<Map<string, unknown>> {
  const fromEvents = apiOf(
    { tenant: 'bank', operator: false },
    { readModelAccess: { ask: () => Promise.resolve(undefined) } },
  );
  const answers = new Map<string, unknown>();
  for (const operation of named) {
    answers.set(operation.id, await ask(bank, operation));
    answers.set(`${operation.id} from the event store`, await ask(fromEvents, operation));
  }
  for (const [name, body] of [
    ['transfer to it', { toWalletId: 'secret', amount: 1 }],
    ['transfer too much to it', { toWalletId: 'secret', amount: 1_000 }],
  ] as const) {
    const { status, text } = await post(bank, '/wallets/own/transfer', body, { 'x-request-id': 'request-1' });
    answers.set(name, { status, text });
  }
  return answers;
}

it("another tenant's thing is told as an absent one, byte for byte, on every route with an id", async () => {
  const absent = await askAll();
  const acme = apiOf({ tenant: 'acme', operator: false });
  const key = (name: string) => ({ 'idempotency-key': name });
  for (const walletId of ['secret', 'other'])
    expect(await post(acme, '/wallets', { walletId, ownerId: 'o', initialBalance: 50 })).toMatchObject({
      status: 201,
    });
  await insertKey(fixture.pool, acmeKey);
  await addEndpoint(fixture.pool, 'https://hooks.example.com', { id: ids.endpointId ?? '', tenant: 'acme' });
  await post(acme, '/wallets/secret/credit', { amount: 2 }, key('secret credit'));
  await post(acme, '/wallets/secret/transfer', { toWalletId: 'other', amount: 1 }, key('secret transfer'));
  await fixture.readModel.prepare?.();
  for (const projection of [fixture.readModel, fixture.ledger]) await drainAll(fixture.pool, projection);
  expect(await get(acme, `/commands/${ids.commandId}`)).toMatchObject({ body: { movementId: 'secret@2' } });
  const present = await askAll();
  for (const [name, answer] of present) expect(answer, name).toEqual(absent.get(name));
  expect(named.length).toBeGreaterThan(8);
});

it('a caller of a tenant may use no route of the installation, whatever its scopes', async () => {
  const theirs = operations.filter(ofOperators);
  expect(theirs.length).toBeGreaterThan(20);
  for (const { method, path, example } of theirs as readonly Operation[]) {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => example.params?.[name] ?? '');
    const answer = method === 'get' ? await get(bank, filled) : await post(bank, filled, example.body ?? {});
    expect(answer, path).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  }
  for (const path of ['/console', '/console/stream'])
    expect((await bank.app.request(path)).status, path).toBe(403);
});

describe('a suspended tenant', () => {
  let suspensions: Suspensions;
  let first: TestApi;
  let second: TestApi;
  let operators: TestApi;
  const inBank = { 'wallet-tenant': 'bank' };

  beforeAll(async () => {
    const follow = (everyMs: number) =>
      followSuspensions({
        read: () => readSuspended(fixture.pool),
        ...{ everyMs, stopping: ending.signal },
        onFailure: (error) => {
          throw error;
        },
      });
    // The first process would not ask again by itself.
    suspensions = await follow(3_600_000);
    operators = apiOf({}, { suspensions });
    first = apiOf({ tenant: 'bank', operator: false }, { suspensions });
    second = apiOf({ tenant: 'bank', operator: false }, { suspensions: await follow(10) });
  });

  it('is refused by the process that suspended it at once, and by any other soon', async () => {
    expect((await get(first, '/wallets/own')).status).toBe(200);
    const suspended = await post(operators, '/tenants/bank/suspend', { reason: 'contract ended' });
    expect(suspended).toMatchObject({
      status: 200,
      body: { id: 'bank', suspensionReason: 'contract ended' },
    });
    const refused = { status: 403, body: { code: 'TENANT_SUSPENDED' } };
    expect(await get(first, '/wallets/own')).toMatchObject(refused);
    expect(await post(first, '/wallets/own/credit', { amount: 1 })).toMatchObject(refused);
    await eventually(async () => (await get(second, '/wallets/own')).status === 403);
    const again = await post(operators, '/tenants/bank/suspend', { reason: 'another' });
    expect(again.body).toEqual(suspended.body);
  });

  it('is read by an operator, who moves no money in it', async () => {
    expect(await get(operators, '/wallets/own', inBank)).toMatchObject({ status: 200, body: { id: 'own' } });
    expect(await post(operators, '/wallets/own/credit', { amount: 1 }, inBank)).toMatchObject({
      ...{ status: 403, body: { code: 'TENANT_SUSPENDED' } },
    });
    expect((await get(apiOf({ tenant: 'acme', operator: false }, { suspensions }), '/wallets')).status).toBe(
      200,
    );
  });

  it('goes on where it was after a resume', async () => {
    expect(await post(operators, '/tenants/bank/resume', {})).toMatchObject({ body: { suspendedAt: null } });
    expect(await get(first, '/wallets/own')).toMatchObject({ status: 200, body: { balance: 9 } });
    await eventually(async () => (await get(second, '/wallets/own')).status === 200);
  });
});

it('an operator may name no tenant that does not exist', async () => {
  const absent = await post(operator, '/wallets', { ownerId: 'o' }, { 'wallet-tenant': 'no-bank' });
  expect(absent).toMatchObject({ status: 404, body: { code: 'TENANT_NOT_FOUND' } });
});

it('tenants are listed page by page, in order of id', async () => {
  const page = await get(operator, '/tenants?limit=1');
  expect(page).toMatchObject({ body: { tenants: [{ id: 'acme' }] } });
  const next = await get(operator, `/tenants?limit=1&cursor=${String(page.body.nextCursor)}`);
  expect(next).toMatchObject({ body: { tenants: [{ id: 'bank' }], nextCursor: null } });
  for (const id of ['Acme', 'a/b', '-a', '', 'x'.repeat(64)])
    expect(await post(operator, '/tenants', { id, name: 'n' }), id).toMatchObject({ status: 400 });
});

// Two tenants with equal wallet ids, owners and keys. Only the default tenant exists in the service so far,
// so an API of the test takes every caller for one of the other.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localCaller } from '../../src/access/caller.ts';
import { createCommandIdCover } from '../../src/api/wallets/commandIdCover.ts';
import { commandIdOfKey } from '../../src/commands/commandIds.ts';
import { compareIndex } from '../../src/projections/verify/compareIndex.ts';
import { compareLog } from '../../src/projections/verify/compareLog.ts';
import { checkRecords, firstCommandId } from '../../src/projections/verify/checkLog.ts';
import { firstWalletsIndex, walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { walletMappings } from '../../src/projections/readModel/walletDocument.ts';
import { type ApiAnswer, createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import type { Config } from '../../src/config/config.ts';
import { changeLog } from '../support/changeLog.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';

let fixture: ProjectionFixture;
let config: Config;
let ours: TestApi;
let theirs: TestApi;
/** The same two without a read model. */
let fromEvents: { readonly ours: TestApi; readonly theirs: TestApi };

beforeAll(async () => {
  fixture = await createProjectionFixture();
  config = testConfig(fixture.databaseUrl, { ELASTICSEARCH_INDEX_PREFIX: fixture.indexPrefix });
  const authenticate = () => ({ ...localCaller, operator: false, tenant: 'acme' });
  const readModelAccess = { ask: () => Promise.resolve(undefined) };
  ours = createTestApi(config);
  theirs = createTestApi(config, {}, { authenticate });
  fromEvents = {
    ours: createTestApi(config, {}, { readModelAccess }),
    theirs: createTestApi(config, {}, { readModelAccess, authenticate }),
  };
  for (const [api, name, amount] of [
    [ours, 'our', 100],
    [theirs, 'their', 7],
  ] as const) {
    const wallet = { walletId: 'w-1', ownerId: 'o-1', initialBalance: amount };
    await accepted(api, '/wallets', wallet, `${name} wallet`);
    await accepted(api, '/wallets/w-1/credit', { amount, description: `rent ${amount}` }, `${name} credit`);
  }
  await accepted(theirs, '/wallets', { walletId: 'w-2', ownerId: 'o-1' }, 'their other wallet');
  await accepted(theirs, '/wallets/w-1/transfer', { toWalletId: 'w-2', amount: 4 }, 'their-transfer');
  await createIndexOfBefore();
  await fixture.readModel.prepare?.();
  for (const projection of [fixture.readModel, fixture.ledger]) await drainAll(fixture.pool, projection);
  await fixture.elasticsearch.indices.refresh({ index: walletsAlias(fixture.indexPrefix) });
});
afterAll(async () => {
  for (const api of [ours, theirs, fromEvents.ours, fromEvents.theirs]) await api.close();
  await fixture.close();
});

/** The index as the release before made it: it knows no tenant. */
async function createIndexOfBefore(): Promise<void> {
  const { tenantId, ...properties } = walletMappings.properties;
  expect(tenantId).toBeDefined();
  await fixture.elasticsearch.indices.create({
    index: firstWalletsIndex(fixture.indexPrefix),
    aliases: { [walletsAlias(fixture.indexPrefix)]: {} },
    mappings: { ...walletMappings, properties },
  });
}

async function accepted(api: TestApi, path: string, body: object, key: string): Promise<ApiAnswer> {
  const answer = await post(api, path, body, { 'idempotency-key': key });
  expect(answer.status, answer.text).toBeLessThan(300);
  expect(answer.headers.get('idempotent-replayed')).toBeNull();
  return answer;
}

/** What a tenant reads. No prefix of a tenant ever leaves the service. */
async function read(api: TestApi, path: string): Promise<ApiAnswer> {
  const answer = await get(api, path);
  const { nextCursor } = answer.body;
  const cursor = Buffer.from(typeof nextCursor === 'string' ? nextCursor : '', 'base64url').toString('utf8');
  for (const text of [answer.text, cursor]) expect(text).not.toContain('acme');
  return answer;
}

const idsIn = ({ body }: ApiAnswer, list: string, id: string) =>
  (body[list] as Record<string, unknown>[]).map((row) => row[id]);

describe('two tenants with equal ids', () => {
  it('own the command that their Idempotency-Key names, each for itself', async () => {
    const refusal = (api: TestApi) =>
      post(api, '/wallets/w-1/debit', { amount: 1_000 }, { 'idempotency-key': 'debit-1' });
    for (const api of [ours, theirs]) {
      const first = await refusal(api);
      expect(first).toMatchObject({ status: 422, body: { code: 'INSUFFICIENT_FUNDS', walletId: 'w-1' } });
      expect(first.headers.get('idempotent-replayed')).toBeNull();
      const again = await refusal(api);
      expect(again.text).toBe(first.text);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
    }

    const commandId = commandIdOfKey('their credit', 'acme');
    expect(await read(theirs, `/commands/${commandId}`)).toMatchObject({
      body: { outcome: 'committed', movementId: 'w-1@2', body: { id: 'w-1', ownerId: 'o-1' } },
    });
    expect((await read(ours, `/commands/${commandId}`)).body).toEqual({ commandId, outcome: 'unknown' });
    const ourId = commandIdOfKey('our credit');
    expect((await read(theirs, `/commands/${ourId}`)).body).toEqual({ commandId: ourId, outcome: 'unknown' });
    const refused = commandIdOfKey('debit-1', 'acme');
    expect((await read(ours, `/commands/${refused}`)).body.outcome).toBe('unknown');
    expect((await read(theirs, `/commands/${refused}`)).body.outcome).toBe('refused');
  });

  it('keep the command ids of before if they are the default tenant', () => {
    expect(commandIdOfKey('credit-1')).toBe('0482cbbf-285e-8ef8-8875-b2fb1bb2c77a');
    // A key of the default tenant may look like a tenant with a key.
    expect(commandIdOfKey('acme/credit')).not.toBe(commandIdOfKey('credit', 'acme'));
  });

  it.each(['from the read model', 'from the event store'])(
    'see their own wallets alone, %s',
    async (source) => {
      const apis = source === 'from the read model' ? { ours, theirs } : fromEvents;
      expect(await read(apis.ours, '/wallets/w-1')).toMatchObject({ body: { id: 'w-1', balance: 200 } });
      expect(await read(apis.theirs, '/wallets/w-1')).toMatchObject({ body: { id: 'w-1', balance: 10 } });
      expect(await read(apis.ours, '/wallets/w-2')).toMatchObject({
        status: 404,
        body: { code: 'WALLET_NOT_FOUND', walletId: 'w-2', detail: 'There is no wallet "w-2".' },
      });
      expect(idsIn(await read(apis.ours, '/wallets'), 'wallets', 'id')).toEqual(['w-1']);
      expect(idsIn(await read(apis.ours, '/wallets?ownerId=o-1'), 'wallets', 'id')).toEqual(['w-1']);
      const page = await read(apis.theirs, '/wallets?ownerId=o-1&limit=1');
      expect(idsIn(page, 'wallets', 'id')).toEqual(['w-1']);
      const next = await read(
        apis.theirs,
        `/wallets?ownerId=o-1&limit=1&cursor=${String(page.body.nextCursor)}`,
      );
      expect(next).toMatchObject({ body: { wallets: [{ id: 'w-2', ownerId: 'o-1' }], nextCursor: null } });
      expect(idsIn(await read(apis.theirs, '/wallets'), 'wallets', 'id')).toEqual(['w-1', 'w-2']);
    },
  );

  it('see their own history, movements and commands alone', async () => {
    expect(idsIn(await read(ours, '/wallets/w-1/events'), 'events', 'movementId')).toEqual([
      'w-1@1',
      'w-1@2',
    ]);
    expect(await read(theirs, '/wallets/w-2/events')).toMatchObject({
      body: { events: [{ ownerId: 'o-1' }, { fromWalletId: 'w-1', movementId: 'w-1@3' }] },
    });
    const found = async (api: TestApi, query: string) =>
      idsIn(await read(api, `/movements?${query}`), 'movements', 'movementId');
    expect(await found(ours, 'text=w-1')).toEqual(['w-1@2', 'w-1@1']);
    expect(await found(theirs, 'text=w-1')).toEqual(['w-1@3', 'w-1@2', 'w-1@1']);
    expect(await found(theirs, 'text=acme%2Fw-1')).toEqual([]);
    expect(await found(ours, 'text=acme%2Fw-1')).toEqual([]);
    expect(await found(ours, 'description=rent')).toEqual(['w-1@2']);
    expect(await found(theirs, 'counterpart=w-2')).toEqual(['w-1@3']);
    expect(await found(ours, 'counterpart=w-2')).toEqual([]);
    expect(await found(theirs, 'walletId=w-1&description=rent')).toEqual(['w-1@2']);
    expect(await found(theirs, 'idempotencyKey=their-transfer')).toEqual(['w-1@3']);
    expect(await found(ours, 'idempotencyKey=their-transfer')).toEqual([]);
    expect(await found(ours, `commandId=${commandIdOfKey('their-transfer', 'acme')}`)).toEqual([]);
    expect(await read(theirs, '/movements/w-1@3')).toMatchObject({
      body: { from: { walletId: 'w-1' }, to: { walletId: 'w-2' }, ledger: { state: 'booked' } },
    });
    expect(await read(ours, '/movements/w-1@3')).toMatchObject({ status: 404 });
  });

  it('see their own ledger alone, each with settlement accounts of its own', async () => {
    const entries = await read(theirs, '/wallets/w-1/ledger');
    expect(idsIn(entries, 'entries', 'counterAccount')).toEqual([
      'wallet:w-2',
      'settlement:USD',
      'settlement:USD',
    ]);
    expect(await read(ours, '/ledger/trial-balance')).toMatchObject({
      body: { balanced: true, totals: [{ currency: 'USD', debits: 200, credits: 200 }] },
    });
    expect(await read(theirs, '/ledger/trial-balance')).toMatchObject({
      body: { balanced: true, totals: [{ currency: 'USD', debits: 18, credits: 18 }] },
    });
    const { rows } = await fixture.pool.query('select distinct account from ledger_entries order by account');
    expect(rows.map(({ account }: { account?: unknown }) => account)).toEqual([
      'settlement:USD',
      'settlement:acme/USD',
      'wallet:acme/w-1',
      'wallet:acme/w-2',
      'wallet:w-1',
    ]);
    const at = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(await read(theirs, `/wallets/w-1/balance?at=${at}`)).toMatchObject({
      body: { walletId: 'w-1', movementId: 'w-1@3', balance: 10 },
    });
  });

  it.each(['/wallets/w-1/events', '/wallets/w-1/ledger', '/movements?walletId=w-1', '/wallets'])(
    'turn the pages of %s with cursors that know bare ids',
    async (list) => {
      const limited = `${list}${list.includes('?') ? '&' : '?'}limit=1`;
      const first = await read(theirs, limited);
      const next = await read(theirs, `${limited}&cursor=${String(first.body.nextCursor)}`);
      expect(next).toMatchObject({ status: 200 });
      expect(next.text).not.toBe(first.text);
    },
  );

  it('are told of refusals by the ids that they know', async () => {
    const refused = await post(theirs, '/wallets/w-1/debit', { amount: 1_000 });
    expect(refused).toMatchObject({ status: 422, body: { code: 'INSUFFICIENT_FUNDS', walletId: 'w-1' } });
    const lost = await post(theirs, '/wallets/w-1/transfer', { toWalletId: 'w-9', amount: 1 });
    expect(lost).toMatchObject({ status: 404, body: { walletId: 'w-9' } });
    for (const { text } of [refused, lost]) expect(text).not.toContain('acme');
  });

  it('are compared with the events like any other, and differ in nothing', async () => {
    const { pool, elasticsearch, indexPrefix } = fixture;
    const index = walletsAlias(indexPrefix);
    const { _source } = await elasticsearch.get<Record<string, unknown>>({ index, id: 'acme/w-1' });
    expect(_source).toMatchObject({ id: 'acme/w-1', tenantId: 'acme', ownerId: 'acme/o-1' });
    const range = { after: '', until: '~', walletsMax: 100, index, upTo: 7, rows: true };
    const deps = { pool, elasticsearch, indexPrefix };
    const compared = await compareIndex(deps, range, new AbortController().signal, () => undefined);
    expect(compared).toMatchObject({ wallets: 3, differences: [] });
    const log = await compareLog(pool, { after: 0n, upTo: 7n, limit: 100, repair: false });
    expect(log).toMatchObject({ events: 7, differences: [] });
    expect(await checkRecords(pool, firstCommandId, 100)).toMatchObject({ differences: [] });
  });

  it('are told by the ids that they know why an event is unreadable, and why one is not booked', async () => {
    const { pool } = fixture;
    const reason = 'debit and credit are the same account wallet:acme/w-1';
    await pool.query(
      `insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
       select 'ledger', position, wallet_id, $1::text, now()
         from events
        where wallet_id = 'acme/w-1' and version = 2`,
      [reason],
    );
    await pool.query(
      `delete from ledger_postings
        where position = (select position from events where wallet_id = 'acme/w-1' and version = 2)`,
    );
    expect(await read(theirs, '/movements/w-1@2')).toMatchObject({
      body: { ledger: { state: 'parked', reason: 'debit and credit are the same account wallet:w-1' } },
    });
    await changeLog(
      pool,
      `update events set type = 'WalletPainted' where wallet_id = 'acme/w-2' and version = 1`,
    );
    const [unreadable] = idsIn(await read(theirs, '/movements?walletId=w-2'), 'unreadable', 'reason');
    expect(unreadable).toContain('of wallet "w-2" can\'t be read');
  });

  it('are told an id of their command that nobody can make of a guessed key', async () => {
    const covers = { secret: randomBytes(32), shownSince: new Date(0) };
    const commandIdCover = createCommandIdCover(() => covers);
    const [own, other] = ['dock', 'bank'].map((tenant) =>
      createTestApi(
        config,
        {},
        {
          commandIdCover,
          authenticate: () => ({ ...localCaller, operator: false, tenant }),
        },
      ),
    ) as [TestApi, TestApi];
    await accepted(own, '/wallets', { walletId: 'w-1', ownerId: 'o-1' }, 'dock wallet');
    const credit = () => post(own, '/wallets/w-1/credit', { amount: 1 }, { 'idempotency-key': 'guessed' });
    const first = await credit();
    const told = first.headers.get('command-id') ?? '';
    expect((await credit()).headers.get('command-id')).toBe(told);
    const inside = commandIdOfKey('guessed', 'dock');
    expect(told).not.toBe(inside);
    const { movementId } = first.body;
    const outcome = (api: TestApi, id: string) => get(api, `/commands/${id}`);
    expect(await outcome(own, told)).toMatchObject({ body: { commandId: told, movementId } });
    expect(await outcome(own, told.toUpperCase())).toMatchObject({ body: { movementId } });
    for (const unknown of [await outcome(own, inside), await outcome(other, told)])
      expect(unknown.body).toEqual({ commandId: expect.any(String) as string, outcome: 'unknown' });
    expect(await get(own, `/movements/${String(movementId)}`)).toMatchObject({ body: { commandId: told } });
    for (const query of [`commandId=${told}`, `text=${told}`, 'text=guessed', `walletId=w-1&text=${told}`])
      expect(idsIn(await get(own, `/movements?${query}`), 'movements', 'commandId'), query).toEqual([told]);
    for (const { text } of [first, await get(own, '/movements'), await get(own, '/wallets/w-1/events')])
      expect(text).not.toContain(inside);
    await own.close();
    await other.close();
  });
});

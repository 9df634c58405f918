// Lists of wallets: what each condition finds, how a list is sorted, and that its cursor belongs to it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WalletDocument } from '../../src/projections/readModel/walletDocument.ts';
import { ensureWalletsIndex, walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { createTestApi, get, type TestApi, testConfig } from '../support/api.ts';
import { createProjectionFixture, type ProjectionFixture } from '../support/projections.ts';

let fixture: ProjectionFixture;
let api: TestApi;

const day = (date: number) => `2026-11-0${date}T00:00:00.000Z`;

function documentOf(id: string, balanceMinor: string, more: object = {}): WalletDocument {
  const times = { createdAt: day(1), updatedAt: day(2) };
  const owned = { ownerId: 'owner-1', currency: 'USD', version: 1, ...times };
  return { id, ...owned, balance: '0', balanceMinor, ...more };
}

/** Beyond 2^53, where neighbours are one float. */
const large = 9_007_199_254_740_993n;
const documents = [
  documentOf('poor', '1'),
  documentOf('rich', String(large + 1n), { createdAt: day(3) }),
  documentOf('richer', String(large + 2n), { updatedAt: day(5) }),
  documentOf('yen', '500', { currency: 'JPY', ownerId: 'owner-2', createdAt: day(4), updatedAt: day(4) }),
  documentOf('held', '10000', { heldMinor: '9000', availableMinor: '1000', labels: ['vip', 'shop'] }),
  documentOf('line', '0', { availableMinor: '50000', metadata: ['order=17', 'a.b=x=y'] }),
  documentOf('frozen', '700', { status: 'frozen', metadata: ['order=18'], labels: ['vip'] }),
  documentOf('acme/other', '700', { tenantId: 'acme', labels: ['vip'] }),
];

beforeAll(async () => {
  fixture = await createProjectionFixture();
  api = createTestApi(testConfig(fixture.databaseUrl, { ELASTICSEARCH_INDEX_PREFIX: fixture.indexPrefix }));
  await ensureWalletsIndex(fixture);
  for (const document of documents)
    await fixture.elasticsearch.index({
      index: walletsAlias(fixture.indexPrefix),
      id: document.id,
      document,
      refresh: document.id === 'acme/other',
    });
});
afterAll(async () => {
  await api.close();
  await fixture.close();
});

type Query = Readonly<Record<string, string>>;
const path = (query: Query) => `/wallets?${new URLSearchParams(query).toString()}`;

/** The ids on all pages of two rows. */
async function ids(query: Query): Promise<readonly string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const { status, body, text } = await get(api, path({ limit: '2', ...query, ...(cursor && { cursor }) }));
    expect(status, text).toBe(200);
    found.push(...(body.wallets as { id: string }[]).map(({ id }) => id));
    expect(found.length, 'a page that leads back').toBeLessThanOrEqual(documents.length);
    cursor = body.nextCursor as string | null;
  } while (cursor !== null);
  return found;
}

describe('a list of wallets', () => {
  it.each([
    [{}, ['frozen', 'held', 'line', 'poor', 'rich', 'richer', 'yen']],
    [{ ownerId: 'owner-2' }, ['yen']],
    [{ currency: 'JPY' }, ['yen']],
    [{ status: 'active' }, ['held', 'line', 'poor', 'rich', 'richer', 'yen']],
    [{ status: 'frozen' }, ['frozen']],
    [{ status: 'closed' }, []],
    [{ label: 'vip' }, ['frozen', 'held']],
    [{ label: 'vi' }, []],
    [{ 'metadata[order]': '17' }, ['line']],
    [{ 'metadata[a.b]': 'x=y' }, ['line']],
    [{ 'metadata[order]': '17', 'metadata[a.b]': 'other' }, []],
    [{ 'metadata[order]': '18', label: 'vip', status: 'frozen' }, ['frozen']],
    [{ minAvailable: '10.00', currency: 'USD' }, ['held', 'line', 'rich', 'richer']],
    [{ minAvailable: '10.01', currency: 'USD' }, ['line', 'rich', 'richer']],
    [{ minAvailable: '500' }, ['line', 'rich', 'richer', 'yen']],
    [{ minAvailable: '90071992547409.9501' }, []],
    [{ minAvailable: '90071992547409.95' }, ['richer']],
    [{ minAvailable: '9999999999999999999' }, []],
    [{ createdFrom: day(3), createdTo: day(4) }, ['rich']],
    [{ changedFrom: day(4) }, ['richer', 'yen']],
    [{ changedTo: day(2) }, []],
    [{ sort: 'balance', currency: 'USD' }, ['line', 'poor', 'frozen', 'held', 'rich', 'richer']],
    [
      { sort: 'balance', currency: 'USD', order: 'desc' },
      ['richer', 'rich', 'held', 'frozen', 'poor', 'line'],
    ],
    [{ sort: 'created', order: 'desc', label: 'vip' }, ['held', 'frozen']],
    [{ sort: 'created', createdFrom: day(3) }, ['rich', 'yen']],
    [{ sort: 'changed', order: 'desc', changedFrom: day(4) }, ['richer', 'yen']],
    [{ order: 'desc', ownerId: 'owner-1', status: 'active' }, ['richer', 'rich', 'poor', 'line', 'held']],
  ])('with %j has %j', async (query: Query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('sorted by balance shows each wallet once, however large the balances are', async () => {
    const query = { sort: 'balance', currency: 'USD', limit: '1' };
    const ascending = ['line', 'poor', 'frozen', 'held', 'rich', 'richer'];
    expect(await ids(query)).toEqual(ascending);
    expect(await ids({ ...query, order: 'desc' })).toEqual(ascending.toReversed());
  });

  it('has a cursor that belongs to its filter, sort and order', async () => {
    const query = { status: 'active', sort: 'created', 'metadata[order]': '17' };
    const sorted = { sort: 'balance', currency: 'USD', limit: '1' };
    const cursorOf = async (asked: Query) => String((await get(api, path(asked))).body.nextCursor);
    const cursor = await cursorOf(sorted);
    const others: readonly Query[] = [
      {},
      { ...sorted, order: 'desc' },
      { ...sorted, sort: 'created' },
      { ...sorted, currency: 'JPY' },
      { ...sorted, label: 'vip' },
      { ...sorted, 'metadata[order]': '17' },
      { ...sorted, minAvailable: '1.00' },
      { ...sorted, createdFrom: day(1) },
    ];
    for (const other of others)
      expect(await get(api, path({ ...other, cursor })), JSON.stringify(other)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ parameter: 'cursor' }] },
      });
    expect(await get(api, path({ ...sorted, cursor }))).toMatchObject({ status: 200 });
    expect(await get(api, path({ ...query, 'metadata[b]': 'c' }))).toMatchObject({ status: 200 });
  });

  it.each([
    ['sort=balance', 'currency'],
    ['status=open', 'status'],
    ['currency=EURO', 'currency'],
    ['minAvailable=-1', 'minAvailable'],
    ['createdFrom=yesterday', 'createdFrom'],
    ['metadata[a b]=1', 'metadata.a b'],
    ['metadata[__proto__]=1', 'metadata[__proto__]'],
    ['metadata=1', 'metadata'],
    ['metadata[a]=1&metadata[a]=1', 'metadata[a]'],
    ['owner[a]=1', 'owner[a]'],
  ])('refuses %s and names %s', async (query, parameter) => {
    const refused = await get(api, `/wallets?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ parameter }] } });
  });

  it('without the read model is that of an owner, or none', async () => {
    const without = createTestApi(
      testConfig(fixture.databaseUrl),
      {},
      { readModelAccess: { ask: () => Promise.resolve(undefined) } },
    );
    const statusOf = async (query: Query) => (await get(without, path(query))).body.code;
    expect(await statusOf({ ownerId: 'owner-1', sort: 'id', order: 'asc' })).toBeUndefined();
    for (const query of [{ label: 'vip' }, { 'metadata[a]': 'b' }, { order: 'desc' }, { sort: 'created' }])
      expect(await statusOf(query as unknown as Query)).toBe('SEARCH_UNAVAILABLE');
    await without.close();
  });
});

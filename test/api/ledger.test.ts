import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inDatabaseTransaction } from '../../src/eventStore/database.ts';
import { levels } from '../../src/eventStore/levels.ts';
import { ledgerProjection } from '../../src/projections/ledger/ledgerSink.ts';
import { fillRebuild } from '../../src/projections/ledger/rebuild/fillRebuild.ts';
import { createRebuildTable, indexRebuild } from '../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../src/projections/ledger/rebuild/swapRebuild.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { beginWithLegs } from '../support/legLedger.ts';
import { drainAll } from '../support/projections.ts';
import { someTime, transferOf25, walletStream } from '../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

let wallets = 0;
async function createWallet(initialBalance: string, more: object = {}): Promise<string> {
  wallets += 1;
  const walletId = `wallet-${wallets}`;
  const created = await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance, ...more });
  expect(created.status).toBe(201);
  return walletId;
}
const book = () => drainAll(api.pool, ledgerProjection);
const at = (offsetMs: number) => new Date(someTime.getTime() + offsetMs).toISOString();

type Entries = readonly Readonly<Record<string, unknown>>[];
async function entries(path: string): Promise<Entries> {
  const { status, body } = await get(api, path);
  expect(status).toBe(200);
  return body.entries as Entries;
}

describe('the entries of a wallet', () => {
  it('carry exact amounts, the other side, the balance after them and the description, newest first', async () => {
    const [a, b] = [await createWallet('9007199254740993.00'), await createWallet('0')];
    await post(api, `/wallets/${a}/transfer`, { toWalletId: b, amount: '0.01', description: 'for the tea' });
    await book();
    const { text, body } = await get(api, `/wallets/${a}/ledger`);
    expect(text).toContain('"amount":9007199254740993.00,');
    expect(text).toContain('"balanceAfter":9007199254740992.99,');
    expect(body).toMatchObject({
      entries: [
        {
          direction: 'debit',
          amount: 0.01,
          counterAccount: `wallet:${b}`,
          description: 'for the tea',
          currency: 'USD',
        },
        { direction: 'credit', counterAccount: 'settlement:USD', description: '' },
      ],
      nextCursor: null,
    });
    expect(await entries(`/wallets/${b}/ledger`)).toMatchObject([
      { direction: 'credit', balanceAfter: 0.01, counterAccount: `wallet:${a}`, description: 'for the tea' },
    ]);
  });

  it.each(['asc', 'desc'])('come whole, once each and in order, page by page: %s', async (order) => {
    const id = await createWallet('1.00');
    for (let credit = 0; credit < 4; credit += 1)
      await post(api, `/wallets/${id}/credit`, { amount: '1.00' });
    await book();
    const balances: unknown[] = [];
    let cursor = '';
    do {
      const page = await get(
        api,
        `/wallets/${id}/ledger?order=${order}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      balances.push(...(page.body.entries as Entries).map(({ balanceAfter }) => balanceAfter));
      cursor = (page.body.nextCursor as string | null) ?? '';
    } while (cursor !== '');
    expect(balances).toEqual(order === 'asc' ? [1, 2, 3, 4, 5] : [5, 4, 3, 2, 1]);
  });

  it('refuse the cursor of the other order, of another wallet and of the history', async () => {
    const [id, other] = [await createWallet('1.00'), await createWallet('1.00')];
    for (const walletId of [id, other])
      for (let credit = 0; credit < 2; credit += 1)
        await post(api, `/wallets/${walletId}/credit`, { amount: '1.00' });
    await book();
    const first = await get(api, `/wallets/${id}/ledger?order=asc&limit=1`);
    const cursor = String(first.body.nextCursor);
    for (const path of [
      `/wallets/${id}/ledger?order=desc`,
      `/wallets/${id}/ledger?order=asc&from=2020-01-01T00:00:00Z`,
      `/wallets/${other}/ledger?order=asc`,
      `/wallets/${id}/events?order=asc`,
      '/wallets?limit=1',
    ]) {
      const refused = await get(api, `${path}&cursor=${cursor}`);
      expect(refused, path).toMatchObject({ status: 400, body: { errors: [{ parameter: 'cursor' }] } });
    }
    expect(await get(api, `/wallets/${id}/ledger?order=asc&cursor=${cursor}`)).toMatchObject({ status: 200 });
  });

  it('can be bounded by time: from is included, to is not', async () => {
    await appendEvents(api.pool, walletStream('dated', 100n, [1n, 1n, 1n]));
    await book();
    const found = await entries(`/wallets/dated/ledger?order=asc&from=${at(1)}&to=${at(3)}`);
    expect(found.map(({ occurredAt }) => occurredAt)).toEqual([at(1), at(2)]);
    const finer = (ordinal: number) => at(ordinal).replace('Z', '500Z');
    const between = await entries(`/wallets/dated/ledger?order=asc&from=${finer(0)}&to=${finer(2)}`);
    expect(between.map(({ occurredAt }) => occurredAt)).toEqual([at(1), at(2)]);
  });

  it('are none for an empty wallet, and a problem for one that does not exist', async () => {
    expect(await entries(`/wallets/${await createWallet('0')}/ledger`)).toEqual([]);
    expect(await get(api, '/wallets/nobody/ledger')).toMatchObject({
      status: 404,
      body: { code: 'WALLET_NOT_FOUND' },
    });
    expect(await get(api, '/wallets/nobody/ledger?from=yesterday')).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ parameter: 'from' }] },
    });
  });
});

it('a ledger of legs that was rebuilt as postings answers byte for byte as before', async () => {
  const other = await createTestDatabase();
  const old = createTestApi(testConfig(other.url));
  await beginWithLegs(old.pool, levels.postings);
  await appendEvents(old.pool, transferOf25());
  await appendEvents(old.pool, walletStream('settlement:USD', 7n, [1n, 2n, 3n]));
  await drainAll(old.pool, ledgerProjection);
  const first = await get(old, '/wallets/settlement:USD/ledger?limit=2');
  const paths = [
    '/wallets/wallet-001/ledger',
    '/wallets/wallet-002/ledger?order=asc',
    '/wallets/settlement:USD/ledger?limit=2',
    `/wallets/settlement:USD/ledger?limit=2&cursor=${String(first.body.nextCursor)}`,
    `/wallets/settlement:USD/ledger?order=asc&from=${at(1)}&to=${at(3)}`,
    `/wallets/wallet-001/balance?at=${at(0)}`,
    '/movements/wallet-001@2',
    '/movements/wallet-002@1',
    '/ledger/trial-balance',
  ];
  const answers = async () => Promise.all(paths.map(async (path) => (await get(old, path)).text));
  const before = await answers();
  expect(before.join()).toContain('"counterAccount":"wallet:wallet-002"');
  await createRebuildTable(old.pool, 'as-postings');
  const options = { rebuildId: 'as-postings', pageSize: 3, goOn: () => true, onPage: () => undefined };
  await fillRebuild(old.pool, options);
  await indexRebuild(old.pool, 'as-postings');
  expect(await swapRebuild(old.pool, 'as-postings', 10)).toEqual({ swapped: true, refused: 0 });
  expect(await answers()).toEqual(before);
  await old.close();
  await other.drop();
});

describe('the balance of a wallet at a time', () => {
  it('is what the last event until then left, before any projection has run', async () => {
    await appendEvents(api.pool, walletStream('timed', 10_000n, [50n, 50n]));
    const balance = async (time: string) => (await get(api, `/wallets/timed/balance?at=${time}`)).text;
    expect(await balance(at(2))).toContain('"balance":101.00,"currency":"USD","version":3');
    expect(await balance(at(1))).toContain('"balance":100.50,"currency":"USD","version":2');
    expect(await balance(at(0))).toContain('"balance":100.00,');
    expect(await balance('2090-01-01T00:00:00Z')).toContain('"version":3');
    expect(await balance('2026-01-02T05:04:05.678%2B02:00')).toContain(`"at":"${at(0)}"`);
  });

  it('before the wallet existed is a problem with its own code', async () => {
    const id = await createWallet('1.00');
    expect(await get(api, `/wallets/${id}/balance?at=2020-01-01T00:00:00Z`)).toMatchObject({
      status: 404,
      body: { code: 'WALLET_NOT_YET_CREATED', walletId: id },
    });
    expect(await get(api, '/wallets/nobody/balance?at=2020-01-01T00:00:00Z')).toMatchObject({
      status: 404,
      body: { code: 'WALLET_NOT_FOUND' },
    });
  });
});

describe('the trial balance', () => {
  it.each(['postings', 'legs'])(
    'sums debits and credits exactly, as far as the checkpoint: %s',
    async (form) => {
      const other = await createTestDatabase();
      const alone = createTestApi(testConfig(other.url));
      if (form === 'legs') await beginWithLegs(alone.pool, levels.postings);
      for (const [walletId, currency, initialBalance] of [
        ['big', 'USD', '9007199254740993.00'],
        ['small', 'USD', '0.01'],
        ['yen', 'JPY', '7'],
      ])
        await post(alone, '/wallets', { walletId, ownerId: 'owner-1', currency, initialBalance });
      await drainAll(alone.pool, ledgerProjection);
      await post(alone, '/wallets/big/debit', { amount: '1.00' });
      const { text } = await get(alone, '/ledger/trial-balance');
      expect(text).toBe(
        '{"position":3,"balanced":true,"accounts":[' +
          '{"accountClass":"settlement","currency":"JPY","debits":7,"credits":0},' +
          '{"accountClass":"settlement","currency":"USD","debits":9007199254740993.01,"credits":0.00},' +
          '{"accountClass":"wallet","currency":"JPY","debits":0,"credits":7},' +
          '{"accountClass":"wallet","currency":"USD","debits":0.00,"credits":9007199254740993.01}],' +
          '"totals":[{"currency":"JPY","debits":7,"credits":7,"balanced":true},' +
          '{"currency":"USD","debits":9007199254740993.01,"credits":9007199254740993.01,"balanced":true}]}',
      );

      if (form === 'legs') {
        await alone.pool.query('alter table ledger_entries disable trigger user');
        await alone.pool.query("delete from ledger_entries where account = 'wallet:yen'");
        expect(await get(alone, '/ledger/trial-balance')).toMatchObject({
          body: { balanced: false, totals: [{ currency: 'JPY', balanced: false }, { balanced: true }] },
        });
      }
      await alone.close();
      await other.drop();
    },
  );

  it('is summed once for all requests that come meanwhile', async () => {
    const waiting = async () => {
      const { rowCount } = await api.pool.query(
        // Only in this database: a table has the same oid in all databases cloned from one template.
        `select from pg_locks
          where relation = 'ledger_entries'::regclass
            and database = (select oid from pg_database where datname = current_database())
            and not granted`,
      );
      return rowCount;
    };
    const answers = await inDatabaseTransaction(api.pool, async (client) => {
      await client.query('lock table ledger_entries in access exclusive mode');
      const asked = Array.from({ length: 3 }, () => get(api, '/ledger/trial-balance'));
      await eventually(async () => (await waiting()) !== 0);
      // Every caller has been served by now.
      await get(api, '/wallets/nobody');
      expect(await waiting()).toBe(1);
      await client.query('rollback');
      await client.query('begin');
      return Promise.all(asked);
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await get(api, '/ledger/trial-balance')).status, 'asked behind them').toBe(200);
  });
});

// The id of a movement: where it stands, that it is the same everywhere, and how a movement is found.
import type { Pool, QueryConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelMax } from '../../src/eventStore/levels.ts';
import type { TenantReads } from '../../src/eventStore/tenantReads.ts';
import { walletCommandOperations } from '../../src/api/wallets/walletCommandOperations.ts';
import { eventsExaminedMax } from '../../src/api/movements/searchMovements.ts';
import { ledgerProjection } from '../../src/projections/ledger/ledgerSink.ts';
import { appendEvents, appendRows, unknownEvent } from '../support/appendEvents.ts';
import { type ApiAnswer, createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { changeLog } from '../support/changeLog.ts';
import { createTestDatabase } from '../support/database.ts';
import { drainAll } from '../support/projections.ts';
import { walletStream } from '../support/walletStream.ts';

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

type Members = Readonly<Record<string, unknown>>;

let wallets = 0;
async function createWallet(initialBalance = '100.00', more: object = {}): Promise<string> {
  wallets += 1;
  const walletId = `wallet-${wallets}`;
  const created = await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance, ...more });
  expect(created.status).toBe(201);
  return walletId;
}
const book = () => drainAll(api.pool, ledgerProjection);

async function found(query: Readonly<Record<string, string>>): Promise<Members> {
  const { status, body, text } = await get(api, `/movements?${new URLSearchParams(query).toString()}`);
  expect(status, text).toBe(200);
  return body;
}

/** The ids that a search finds on all its pages. */
async function idsOf(query: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const ids: unknown[] = [];
  let cursor: string | null = null;
  do {
    const page: Members = await found(cursor === null ? query : { ...query, cursor });
    ids.push(...(page.movements as Members[]).map(({ movementId }) => movementId));
    cursor = page.nextCursor as string | null;
  } while (cursor !== null);
  return ids;
}

/** One accepted command of each operation that moves money. */
const commands: Readonly<
  Record<(typeof walletCommandOperations)[number]['id'], () => Promise<readonly [ApiAnswer, string[]]>>
> = {
  createWallet: async () => {
    wallets += 1;
    const walletId = `wallet-${wallets}`;
    return [await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance: 5 }), [walletId]];
  },
  creditWallet: async () => {
    const walletId = await createWallet();
    return [await post(api, `/wallets/${walletId}/credit`, { amount: 5 }), [walletId]];
  },
  debitWallet: async () => {
    const walletId = await createWallet();
    return [await post(api, `/wallets/${walletId}/debit`, { amount: 5 }), [walletId]];
  },
  transferFunds: async () => {
    const [from, to] = [await createWallet(), await createWallet()];
    const sent = await post(api, `/wallets/${from}/transfer`, { toWalletId: to, amount: 5 });
    return [sent, [from, to]];
  },
};

describe('the movement id', () => {
  it.each(walletCommandOperations.map(({ id }) => id))(
    'of %s is the same in its answer, its outcome, both histories, both ledgers and balances',
    async (operation) => {
      const [answer, walletIds] = await commands[operation]();
      await book();
      const { movementId } = answer.body;
      expect(movementId).toMatch(/^wallet-\d+@[12]$/);
      const commandId = answer.headers.get('command-id') ?? '';
      const outcome = await get(api, `/commands/${commandId}`);
      const ids: unknown[] = [outcome.body.movementId, (outcome.body.body as Members).movementId];
      for (const walletId of walletIds) {
        const history = await get(api, `/wallets/${walletId}/events?order=desc&limit=1`);
        const [event] = history.body.events as [Members];
        const ledger = await get(api, `/wallets/${walletId}/ledger?limit=1`);
        const [entry] = ledger.body.entries as [Members];
        const balance = await get(api, `/wallets/${walletId}/balance?at=2090-01-01T00:00:00Z`);
        const half = await get(api, `/movements/${walletId}@${String(event.version)}`);
        ids.push(event.movementId, entry.movementId, balance.body.movementId, half.body.movementId);
      }
      const movement = await get(api, `/movements/${String(movementId)}`);
      expect([...ids, movement.body.movementId]).toEqual(Array(ids.length + 1).fill(movementId));
      expect(movement.body).toMatchObject({
        commandId,
        requestId: answer.headers.get('x-request-id'),
        amount: 5,
        ledger: { state: 'booked', entries: [{ amount: 5 }, { amount: 5 }] },
      });
    },
  );

  it('is named for a command that an earlier release answered, whose answer stays as it was', async () => {
    const walletId = await createWallet();
    const [path, key] = [`/wallets/${walletId}/credit`, { 'idempotency-key': 'older-release' }];
    await changeLog(api.pool, 'update log_head set level = 1');
    const first = await post(api, path, { amount: 1 }, key);
    await changeLog(api.pool, 'update log_head set level = $1', [levelMax]);
    const { movementId, ...withoutId } = first.body;
    const commandId = first.headers.get('command-id') ?? '';
    const body = JSON.stringify(withoutId);
    await api.pool.query('update idempotency_keys set body = $2 where command_id = $1', [commandId, body]);
    const again = await post(api, path, { amount: 1 }, key);
    expect(again.text).toBe(body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await get(api, `/commands/${commandId}`)).body.movementId).toBe(movementId);
    expect(await idsOf({ idempotencyKey: 'older-release' })).toEqual([movementId]);
  });

  it('that names nothing is 404, and one that is no id is 400', async () => {
    expect((await get(api, '/movements/wallet-nobody@1')).body.code).toBe('MOVEMENT_NOT_FOUND');
    expect((await get(api, '/movements/wallet-nobody@0')).body.code).toBe('VALIDATION_FAILED');
  });
});

describe('a movement', () => {
  it('shows both wallets with version and balance after it, and what the ledger has of it', async () => {
    const [from, to] = [await createWallet('9007199254740993.00'), await createWallet('0')];
    await book();
    await post(
      api,
      `/wallets/${from}/transfer`,
      { toWalletId: to, amount: '0.01', description: 'for the tea' },
      { 'x-request-id': 'req-tea' },
    );
    const waiting = await get(api, `/movements/${from}@2`);
    expect(waiting.text).toContain('"balance":9007199254740992.99');
    expect(waiting.body).toMatchObject({
      type: 'transfer',
      description: 'for the tea',
      requestId: 'req-tea',
      from: { walletId: from, version: 2 },
      to: { walletId: to, version: 2, balance: 0.01 },
      ledger: { state: 'waiting', entries: [] },
    });
    await book();
    expect((await get(api, `/movements/${from}@2`)).body.ledger).toMatchObject({
      state: 'booked',
      entries: [{ account: `wallet:${from}` }, { account: `wallet:${to}`, balanceAfter: 0.01 }],
    });
    expect((await get(api, `/movements/${to}@1`)).body.ledger).toMatchObject({ state: 'nothing to book' });
  });

  it('of a hold names it, and the original and its reversals name each other', async () => {
    const walletId = await createWallet();
    const act = async (path: string, body: object) => {
      const { status, text } = await post(api, `/wallets/${walletId}${path}`, body);
      expect(status, text).toBeLessThan(300);
    };
    await act('/holds', { holdId: 'room-12', amount: '30.00', description: 'room 12' });
    await act('/holds/room-12/capture', { amount: '25.00' });
    await act('/events/3/reverse', { amount: '5.00', description: 'no breakfast' });
    await act('/freeze', { scope: 'debits', reason: 'case 4711' });
    const shown = async (version: number) => (await get(api, `/movements/${walletId}@${version}`)).body;
    const captured = { type: 'capture', holdId: 'room-12', originalMovementId: null, reversed: 5 };
    expect(await shown(3)).toMatchObject({
      ...captured,
      reversedBy: [{ movementId: `${walletId}@4`, amount: 5 }],
    });
    const back = { type: 'reversal', amount: 5, holdId: null, originalMovementId: `${walletId}@3` };
    expect(await shown(4)).toMatchObject({ ...back, description: 'no breakfast', reversedBy: [] });
    expect(await shown(5)).toMatchObject({ type: 'change', description: 'case 4711' });
    expect(await idsOf({ text: 'room-12' })).toEqual([`${walletId}@3`, `${walletId}@2`]);
  });

  it('that the ledger parked, skipped or lost says so', async () => {
    const walletId = await createWallet();
    await book();
    const path = `/movements/${walletId}@1`;
    const { position } = (await get(api, path)).body.to as { position: number };
    const state = async () => ((await get(api, path)).body.ledger as Members).state;
    await api.pool.query('delete from ledger_postings where position = $1', [position]);
    expect(await state()).toBe('missing');
    await api.pool.query(
      `insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
       values ('ledger', $1, $2, 'no room', now())`,
      [position, walletId],
    );
    expect((await get(api, path)).body.ledger).toMatchObject({ state: 'parked', reason: 'no room' });
    await api.pool.query(
      `update projection_failures set resolved_at = now(), resolution = 'skipped: a test' where position = $1`,
      [position],
    );
    expect((await get(api, path)).body.ledger).toMatchObject({ state: 'skipped', reason: 'skipped: a test' });
  });
});

it('a movement that is made while its reversal looks for it is found', async () => {
  const walletId = await createWallet();
  let looked = 0;
  const query = async (statement: QueryConfig) => {
    const result = await api.pool.query(statement);
    looked += 1;
    if (looked === 1) await post(api, `/wallets/${walletId}/credit`, { amount: 5 });
    return result;
  };
  const reads: TenantReads = () => ({
    query: query as unknown as Pool['query'],
    connect: (() => api.pool.connect()) as Pool['connect'],
  });
  const late = createTestApi(testConfig(database.url), {}, { reads });
  try {
    const path = `/wallets/${walletId}/events`;
    expect(await post(late, `${path}/2/reverse`, {})).toMatchObject({ status: 201 });
    expect(await post(late, `${path}/9/reverse`, {})).toMatchObject({ body: { code: 'MOVEMENT_NOT_FOUND' } });
  } finally {
    await late.close();
  }
});

describe('finding a movement', () => {
  let from: string;
  let to: string;
  let known: Readonly<Record<'commandId' | 'requestId' | 'transferId', string>>;
  let rent: string;
  beforeAll(async () => {
    from = await createWallet();
    to = await createWallet();
    await post(api, `/wallets/${from}/credit`, { amount: '30.00', description: 'wages' });
    const sent = await post(
      api,
      `/wallets/${from}/transfer`,
      { toWalletId: to, amount: '25.00', description: 'Rent for November 100%_' },
      { 'x-request-id': 'req-rent', 'idempotency-key': 'order-17' },
    );
    rent = `${from}@3`;
    const { transferId } = (await get(api, `/movements/${rent}`)).body as { transferId: string };
    known = { commandId: sent.headers.get('command-id') ?? '', requestId: 'req-rent', transferId };
    await post(api, `/wallets/${to}/debit`, { amount: '5.00', description: 'coffee' });
  });

  it('leads there by each thing that a caller may know of it, alone and as a text', async () => {
    const { commandId, requestId, transferId } = known;
    for (const query of [{ commandId }, { requestId }, { idempotencyKey: 'order-17' }])
      expect(await idsOf(query), JSON.stringify(query)).toEqual([rent]);
    for (const text of [rent, `${to}@2`, commandId, requestId, transferId, 'order-17', 'rent FOR', '100%_'])
      expect(await idsOf({ text }), text).toEqual([rent]);
    expect(await idsOf({ text: to })).toEqual([`${to}@3`, rent, `${to}@1`]);
  });

  it('shows a transfer once, and so its return', async () => {
    const [from, to] = [await createWallet(), await createWallet()];
    const words = { description: 'shown once' };
    const sent = await post(api, `/wallets/${from}/transfer`, { toWalletId: to, amount: 5, ...words });
    const { movementId } = sent.body as { movementId: string };
    const [, version = ''] = movementId.split('@');
    const returned = await post(api, `/wallets/${from}/events/${version}/reverse`, words);
    expect(returned.status, returned.text).toBe(201);
    const both = [returned.body.movementId, movementId];
    expect(await idsOf(words)).toEqual(both);
    expect(await idsOf({ ...words, type: 'reversal' })).toEqual(both.slice(0, 1));
    expect(await idsOf({ ...words, walletId: to })).toEqual(both);
  });

  it('within one wallet goes by description, counterpart, type, currency and amount, for each side', async () => {
    for (const [walletId, counterpart] of [
      [from, to],
      [to, from],
    ] as const) {
      for (const query of [
        { description: 'november' },
        { counterpart },
        { type: 'transfer' },
        { amountMin: '25', amountMax: '25.00', currency: 'USD' },
      ])
        expect(await idsOf({ walletId, ...query }), JSON.stringify(query)).toEqual([rent]);
      for (const query of [{ description: 'october' }, { amountMin: '1000' }, { currency: 'EUR' }])
        expect(await idsOf({ walletId, ...query })).toEqual([]);
    }
    expect(await idsOf({ walletId: to, amountMax: '24.99' })).toEqual([`${to}@3`]);
  });

  it('goes by a range of time whose end is not included, and its cursor belongs to that range', async () => {
    const { occurredAt } = (await get(api, `/movements/${rent}`)).body as { occurredAt: string };
    const after = new Date(Date.parse(occurredAt) + 1).toISOString();
    for (const search of [{ walletId: from }, { description: 'November' }])
      expect(await idsOf({ ...search, occurredFrom: occurredAt, occurredTo: after })).toEqual([rent]);
    for (const range of [{ occurredTo: occurredAt }, { occurredFrom: after }])
      expect(await idsOf({ text: known.transferId, ...range })).toEqual([]);
    const query = new URLSearchParams({ limit: '1', occurredFrom: '2000-01-01T00:00:00Z' });
    const { body } = await get(api, `/movements?${query.toString()}`);
    expect(body.nextCursor).not.toBeNull();
    query.set('cursor', String(body.nextCursor));
    query.set('occurredFrom', '2001-01-01T00:00:00Z');
    expect((await get(api, `/movements?${query.toString()}`)).status).toBe(400);
  });

  it('reads amounts in the decimals of their currency', async () => {
    const yen = await createWallet('2500', { currency: 'JPY' });
    const dinar = await createWallet('2.501', { currency: 'KWD' });
    expect(await idsOf({ walletId: yen, amountMin: '2500' })).toEqual([`${yen}@1`]);
    expect(await idsOf({ walletId: yen, amountMax: '2499' })).toEqual([]);
    expect(await idsOf({ walletId: dinar, amountMin: '2.501', amountMax: '2.501' })).toEqual([`${dinar}@1`]);
  });

  it('goes through the log once the record of the command is gone', async () => {
    const { commandId } = known;
    await api.pool.query('delete from idempotency_keys where command_id = $1', [commandId]);
    for (const query of [{ commandId }, { idempotencyKey: 'order-17' }, { text: commandId }])
      expect(await idsOf(query as Record<string, string>)).toEqual([rent]);
  });

  it('ends at once for a command that was refused', async () => {
    const refused = await post(
      api,
      `/wallets/${to}/debit`,
      { amount: 5_000 },
      { 'idempotency-key': 'refused' },
    );
    expect(refused.status).toBe(422);
    expect(await found({ idempotencyKey: 'refused' })).toMatchObject({ movements: [], nextCursor: null });
  });

  it('pages through what it finds, and refuses the cursor of another search', async () => {
    const page = await found({ walletId: from, limit: '1' });
    expect(page.movements).toMatchObject([{ movementId: rent }]);
    const cursor = String(page.nextCursor);
    expect((await found({ walletId: from, limit: '2', cursor })).movements).toMatchObject([
      { movementId: `${from}@2` },
      { movementId: `${from}@1` },
    ]);
    for (const other of [
      { walletId: to },
      { text: from },
      { walletId: from, type: 'credit' },
    ] as unknown as Record<string, string>[]) {
      const refused = await get(api, `/movements?${new URLSearchParams({ ...other, cursor }).toString()}`);
      expect(refused.body, JSON.stringify(other)).toMatchObject({ code: 'VALIDATION_FAILED' });
    }
  });

  it('marks a movement that this release cannot read among those that it can', async () => {
    await appendEvents(api.pool, walletStream('wallet-newer', 100n));
    const type = `WalletPainted\u202e${'!'.repeat(1_000)}`;
    await appendRows(api.pool, [
      { ...unknownEvent('wallet-newer', 2), type, data: '{"description":"painted"}' },
    ]);
    const { movements, unreadable } = await found({ description: 'painted' });
    expect({ movements, unreadable }).toMatchObject({
      movements: [],
      unreadable: [
        { movementId: 'wallet-newer@2', reason: expect.stringContaining('WalletPainted\\u202e!') as unknown },
      ],
    });
    expect(JSON.stringify(unreadable).length, 'a reason is bounded').toBeLessThan(700);
  });

  it('examines a bounded part of the log a request, says which, and goes on from there', async () => {
    const events = Number(eventsExaminedMax) + 50;
    const stream = walletStream(
      'wallet-long',
      1n,
      Array.from({ length: events }, () => 1n),
    );
    await appendEvents(api.pool, stream);
    await api.pool.query(
      `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
       values ('wallet-long', 'owner of wallet-long', 'USD', $1, $1, now(), now())`,
      [stream.length],
    );
    const head = Number(
      (await api.pool.query<{ position: string }>('select position from log_head')).rows[0]?.position,
    );
    const first = await found({ requestId: 'req-rent' });
    expect(first).toMatchObject({
      movements: [],
      examined: {
        events: Number(eventsExaminedMax),
        newestPosition: head,
        oldestPosition: head - Number(eventsExaminedMax) + 1,
      },
    });
    expect(first.nextCursor).not.toBeNull();
    expect(await idsOf({ requestId: 'req-rent' })).toEqual([rent]);
    const ofWallet = await found({ walletId: 'wallet-long', type: 'create' });
    expect(ofWallet).toMatchObject({ movements: [], examined: { events: Number(eventsExaminedMax) } });
    expect(await idsOf({ walletId: 'wallet-long', type: 'create' })).toEqual(['wallet-long@1']);
  });
});

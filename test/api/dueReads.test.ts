// Reads from the event store while something is due and nothing swept: no worker runs here. A statement moves
// an end into the past, so no test waits for a clock.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { changeLog } from '../support/changeLog.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let walletId: string;
let ownerId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});
beforeEach(async () => {
  walletId = `w-${randomUUID()}`;
  ownerId = `o-${randomUUID()}`;
  await created('/wallets', { walletId, ownerId, initialBalance: '10.00' });
  await created(`/wallets/${walletId}/holds`, { holdId: 'due', amount: '4.00' });
  await created(`/wallets/${walletId}/holds`, { holdId: 'later', amount: '1.00' });
});

async function created(path: string, body: object): Promise<void> {
  expect((await post(api, path, body)).status).toBe(201);
}

/** The end of the hold was `ageMs` ago. */
async function makeDue(ageMs = 1000, holdId = 'due'): Promise<void> {
  await changeLog(
    api.pool,
    `with due as (
       update holds
          set expires_at = date_trunc('milliseconds', now()) - $2::integer * interval '1 ms'
        where wallet_id = $1
          and hold_id = $3
       returning expires_at
     )
     update wallets
        set hold_due_from = (select expires_at from due)
      where id = $1`,
    [walletId, ageMs, holdId],
  );
}

const strong = () => get(api, `/wallets/${walletId}?consistency=strong`);

it('a strong read shows money as available once its hold is due', async () => {
  expect((await strong()).body).toMatchObject({ held: 5, available: 5, version: 3 });
  await makeDue(1);
  const { body, headers } = await strong();
  expect(body).toMatchObject({ balance: 10, held: 1, available: 9, status: 'active', version: 3 });
  expect(headers.get('etag')).toBe('"3"');
  const debited = await post(api, `/wallets/${walletId}/debit`, { amount: '9.00' });
  expect(debited).toMatchObject({ status: 200, body: { balance: 1, held: 1, available: 0 } });
});

it('a read of a hold shows it as expired once it is due', async () => {
  const path = `/wallets/${walletId}/holds`;
  await makeDue();
  const { body } = await get(api, `${path}/due`);
  expect(body).toMatchObject({ status: 'expired', released: 4, remaining: 0, endedAt: body.expiresAt });
  expect((await get(api, `${path}/later`)).body).toMatchObject({ status: 'open', remaining: 1 });
});

it('lists of holds count a due hold among the expired ones', async () => {
  await makeDue();
  const idsOf = async (query: string) => {
    const { body } = await get(api, `/wallets/${walletId}/holds${query}`);
    return (body.holds as { holdId: string; status: string }[]).map((one) => `${one.holdId} ${one.status}`);
  };
  expect(await idsOf('')).toEqual(['later open', 'due expired']);
  expect(await idsOf('?status=open')).toEqual(['later open']);
  expect(await idsOf('?status=expired')).toEqual(['due expired']);
  expect(await idsOf('?status=voided')).toEqual([]);
});

it('open holds are listed in pages, the newest first', async () => {
  await created(`/wallets/${walletId}/holds`, { holdId: 'newest', amount: '1.00', expiresInSeconds: 60 });
  const path = `/wallets/${walletId}/holds?status=open&limit=2`;
  const first = (await get(api, path)).body;
  expect(first.holds).toMatchObject([{ holdId: 'newest' }, { holdId: 'later' }]);
  const second = (await get(api, `${path}&cursor=${String(first.nextCursor)}`)).body;
  expect(second).toMatchObject({ holds: [{ holdId: 'due' }], nextCursor: null });
});

it('a strong read shows a wallet as active once the end of its freeze has come', async () => {
  const freeze = { scope: 'all', reason: 'a look', until: new Date(Date.now() + 3_600_000).toISOString() };
  expect((await post(api, `/wallets/${walletId}/freeze`, freeze)).status).toBe(200);
  expect((await strong()).body).toMatchObject({ status: 'frozen', freeze: { scope: 'all' } });
  await changeLog(
    api.pool,
    `update wallets set terms = terms || '{"until":"2020-01-01T00:00:00.000Z"}' where id = $1`,
    [walletId],
  );
  const { body } = await strong();
  expect(body).toMatchObject({ status: 'active', held: 5, version: 4 });
  expect(body).not.toHaveProperty('freeze');
});

it('a caller who knows the version before the end of a hold is told of the end', async () => {
  const { headers } = await strong();
  const known = { 'if-none-match': String(headers.get('etag')) };
  const path = `/wallets/${walletId}?consistency=strong`;
  expect((await api.app.request(path, { headers: known })).status).toBe(304);
  await makeDue();
  expect(await get(api, path, known)).toMatchObject({ status: 200, body: { held: 1 } });
});

it('the summary of an owner has no due hold among what is held', async () => {
  await created('/wallets', { ownerId, initialBalance: '5.00' });
  await makeDue();
  const { body } = await get(api, `/owners/${ownerId}/summary`);
  expect(body.currencies).toEqual([{ currency: 'USD', wallets: 2, balance: 15, held: 1, available: 14 }]);
});

it('a list of the event store shows wallets without what is due', async () => {
  const readModelAccess = { ask: () => Promise.resolve(undefined) };
  const alone = createTestApi(testConfig(database.url), {}, { readModelAccess });
  try {
    await makeDue();
    const { body } = await get(alone, `/wallets?ownerId=${ownerId}`);
    expect(body.wallets).toMatchObject([{ id: walletId, held: 1, available: 9 }]);
  } finally {
    await alone.close();
  }
});

it('the use of a velocity rule gives a hold back once it is due', async () => {
  const rules = [{ name: 'out', window: 'lifetime', direction: 'out', maxAmount: '6.00' }];
  await post(api, `/wallets/${walletId}/velocity`, { rules }, {}, 'PUT');
  // Both holds of the wallet were placed before the rule, so it counts none of them.
  await post(api, `/wallets/${walletId}/holds/due/void`, {});
  await eventually(async () => {
    const text = `select date_trunc('milliseconds', clock_timestamp()) > updated_at as later from wallets where id = $1`;
    return (await api.pool.query<{ later: boolean }>(text, [walletId])).rows[0]?.later;
  });
  await created(`/wallets/${walletId}/holds`, { holdId: 'counted', amount: '4.00' });
  const used = async () => (await get(api, `/wallets/${walletId}/velocity`)).body.rules;
  expect(await used()).toMatchObject([{ usedAmount: 4, usedCount: 1 }]);
  await makeDue(1, 'counted');
  expect(await used()).toMatchObject([{ usedAmount: 0, usedCount: 0 }]);
  expect(await post(api, `/wallets/${walletId}/debit`, { amount: '6.00' })).toMatchObject({ status: 200 });
  expect(await used()).toMatchObject([{ usedAmount: 6, usedCount: 1 }]);
});

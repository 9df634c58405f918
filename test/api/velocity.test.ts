// Velocity rules over HTTP: their answers, their refusals, and what each command that moves money counts.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, post, readAnswer, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';

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

/** A new wallet of 100.00 USD with these rules. */
async function walletWith(...rules: readonly object[]): Promise<string> {
  const walletId = `w-${(wallets += 1)}`;
  await ok(post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: '100.00' }));
  if (rules.length > 0) await ok(change(walletId, rules));
  return walletId;
}

async function ok(answer: ReturnType<typeof post>) {
  const found = await answer;
  expect(found.status, found.text).toBeLessThan(300);
  return found;
}

const change = (walletId: string, rules: unknown, headers: Record<string, string> = {}) =>
  post(api, `/wallets/${walletId}/velocity`, { rules }, headers, 'PUT');
const debit = (walletId: string, amount: string, key?: string) =>
  post(api, `/wallets/${walletId}/debit`, { amount }, key === undefined ? {} : { 'idempotency-key': key });
const transfer = (walletId: string, toWalletId: string, amount: string) =>
  post(api, `/wallets/${walletId}/transfer`, { toWalletId, amount });

async function read(path: string) {
  return readAnswer(await api.app.request(path));
}

/** The amount and the number that each rule of the wallet has counted, by name. */
async function used(walletId: string): Promise<Record<string, unknown>> {
  const { body } = await read(`/v1/wallets/${walletId}/velocity`);
  const rules = body.rules as readonly { name: string; usedAmount: string; usedCount: number }[];
  return Object.fromEntries(rules.map(({ name, usedAmount, usedCount }) => [name, [usedAmount, usedCount]]));
}

const out = { name: 'out', window: 'lifetime', direction: 'out', maxAmount: '50.00', maxCount: 5 };
const into = { name: 'in', window: 'lifetime', direction: 'in', maxAmount: '50.00', maxCount: 5 };

it('a change answers the rules by name, and a repeat under its key answers the same bytes', async () => {
  const walletId = await walletWith();
  const single = { name: 'a', window: 'transaction', direction: 'out', maxAmount: 80.5 };
  const changed = await ok(change(walletId, [out, single], { 'idempotency-key': `${walletId}-rules` }));
  expect(changed.body).toMatchObject({ id: walletId, version: 2, movementId: `${walletId}@2` });
  const since = changed.body.updatedAt;
  expect(changed.body.rules).toEqual([
    { ...single, since },
    { ...out, maxAmount: 50, usedAmount: 0, usedCount: 0, since },
  ]);
  await debit(walletId, '1.00');
  const again = await change(walletId, [single, out], { 'idempotency-key': `${walletId}-rules` });
  expect(again.text).toBe(changed.text);
  expect((await ok(change(walletId, [single, out]))).body).toMatchObject({
    version: 3,
    rules: [{ name: 'a' }, { name: 'out', usedAmount: 1, usedCount: 1 }],
  });
});

it('a read shows what is used now, and no rule of a wallet without any', async () => {
  const walletId = await walletWith({ name: 'd', window: 'day', direction: 'out', maxCount: 2 });
  await debit(walletId, '12.50');
  const { body } = await read(`/v1/wallets/${walletId}/velocity`);
  expect(body).toMatchObject({
    ...{ walletId, currency: 'USD' },
    rules: [{ name: 'd', window: 'day', maxCount: 2, usedAmount: '12.50', usedCount: 1 }],
  });
  const [rule] = body.rules as readonly { since: string; resetsAt: string }[];
  expect(rule?.resetsAt).toMatch(/T00:00:00\.000Z$/);
  expect(Date.parse(rule?.resetsAt ?? '')).toBeGreaterThan(Date.parse(rule?.since ?? ''));
  expect((await read(`/wallets/${await walletWith()}/velocity`)).body.rules).toEqual([]);
  expect(await read('/wallets/nobody/velocity')).toMatchObject({ status: 404 });
});

it('a refusal tells rule, use and most, and is remembered under its key', async () => {
  const walletId = await walletWith(out);
  await debit(walletId, '30');
  const refused = await debit(walletId, '20.01', 'refused-debit');
  expect(refused).toMatchObject({
    status: 422,
    body: {
      ...{ code: 'LIMIT_EXCEEDED', walletId, rule: 'out', window: 'lifetime', measure: 'amount' },
      ...{ used: '30.00', max: '50.00', requested: '20.01', currency: 'USD' },
      detail: `Rule "out" allows 50.00 USD out of wallet "${walletId}" in its lifetime, of which 30.00 are used.`,
    },
  });
  await change(walletId, []);
  expect((await debit(walletId, '20.01', 'refused-debit')).text).toBe(refused.text);
  expect(await debit(walletId, '20.01')).toMatchObject({ status: 200 });
});

it.each([
  ['no list', { name: 'a' }, '/rules'],
  ['a rule without a most', [{ name: 'a', window: 'day', direction: 'out' }], '/rules/0'],
  ['a name with a space', [{ ...out, name: 'a b' }], '/rules/0/name'],
  ['a window that is none', [{ ...out, window: 'week' }], '/rules/0/window'],
  ['a direction that is none', [{ ...out, direction: 'both' }], '/rules/0/direction'],
  ['a count of nothing', [{ ...out, maxCount: 0 }], '/rules/0/maxCount'],
  ['a count of parts', [{ ...out, maxCount: 1.5 }], '/rules/0/maxCount'],
  ['a count in a rule of one movement', [{ ...out, window: 'transaction' }], '/rules/0/maxCount'],
  ['a member that is not known', [{ ...out, per: 'card' }], '/rules/0/per'],
  ['one name twice', [out, { ...into, name: 'out' }], '/rules'],
  ['more rules than 20', Array.from({ length: 21 }, (_, at) => ({ ...out, name: `n${at}` })), '/rules'],
])('%s is refused, and changes nothing', async (_, rules, pointer) => {
  const walletId = await walletWith(out);
  const refused = await change(walletId, rules);
  expect(refused).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ pointer }] } });
  expect(await used(walletId)).toEqual({ out: ['0.00', 0] });
});

it('a most that does not fit the currency is refused by its place, and a closed wallet takes no rules', async () => {
  const walletId = await walletWith();
  expect(await change(walletId, [out, { ...into, maxAmount: '1.234' }])).toMatchObject({
    status: 400,
    body: { code: 'AMOUNT_INVALID', walletId, errors: [{ pointer: '/rules/1/maxAmount' }] },
  });
  expect(await change(walletId, [out], { 'if-match': '"7"' })).toMatchObject({ status: 412 });
  await debit(walletId, '100');
  await ok(post(api, `/wallets/${walletId}/close`, { reason: 'done' }));
  expect(await change(walletId, [out])).toMatchObject({ status: 409, body: { code: 'WALLET_CLOSED' } });
  expect(await change('nobody', [out])).toMatchObject({ status: 404 });
});

it('a transfer counts on both sides, and the sender is not told the use of the receiver', async () => {
  const [from, to] = [await walletWith(out), await walletWith(into)];
  await ok(transfer(from, to, '30'));
  expect([await used(from), await used(to)]).toEqual([{ out: ['30.00', 1] }, { in: ['30.00', 1] }]);
  await change(from, []);
  const refused = await transfer(from, to, '20.01');
  expect(refused.body).toMatchObject({ code: 'LIMIT_EXCEEDED', walletId: to, rule: 'in', max: '50.00' });
  expect(refused.body).not.toHaveProperty('used');
  expect(refused.text).not.toContain('30.00');
});

it('a sweep at the close of a wallet counts on both sides, and its rules may forbid it', async () => {
  const [from, to] = [await walletWith(out), await walletWith(into)];
  const close = () => post(api, `/wallets/${from}/close`, { reason: 'moved', sweepToWalletId: to });
  expect(await close()).toMatchObject({ status: 422, body: { code: 'LIMIT_EXCEEDED', walletId: from } });
  await change(from, []);
  expect(await close()).toMatchObject({ status: 422, body: { code: 'LIMIT_EXCEEDED', walletId: to } });
  await ok(change(to, [{ ...into, maxAmount: '100.00' }]));
  await ok(close());
  expect(await used(to)).toEqual({ in: ['100.00', 1] });
});

it('the wallet that a capture pays counts it, and honors all but what exceeds the hold', async () => {
  const [from, to] = [await walletWith(), await walletWith({ ...into, maxAmount: '10.00' })];
  const hold = `/wallets/${from}/holds`;
  await ok(post(api, hold, { holdId: 'h', amount: '20', toWalletId: to }));
  await ok(post(api, `${hold}/h/capture`, { amount: '15', final: false }));
  expect(await used(to)).toEqual({ in: ['15.00', 1] });
  expect(await transfer(from, to, '1')).toMatchObject({ body: { code: 'LIMIT_EXCEEDED', walletId: to } });
  const more = await post(api, `${hold}/h/capture`, { amount: '6', overcapture: true });
  expect(more).toMatchObject({ status: 422, body: { code: 'LIMIT_EXCEEDED', walletId: to } });
  await ok(post(api, `${hold}/h/capture`, {}));
  expect(await used(to)).toEqual({ in: ['20.00', 2] });
});

it('the history of a wallet shows how its rules changed', async () => {
  const walletId = await walletWith(out);
  const { body } = await read(`/v1/wallets/${walletId}/events`);
  expect((body.events as readonly object[])[1]).toMatchObject({
    ...{ type: 'VelocityRulesChanged', version: 2, balance: '100.00' },
    rules: [{ ...out }],
  });
});

it('a wallet whose uses were lost moves no money until it is repaired', async () => {
  const walletId = await walletWith(out);
  await api.pool.query('delete from wallet_usage where wallet_id = $1', [walletId]);
  expect(await debit(walletId, '1')).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
  const { rows } = await api.pool.query('select version::integer from wallets where id = $1', [walletId]);
  expect(rows).toEqual([{ version: 2 }]);
});

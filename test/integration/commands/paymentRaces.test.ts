// Races for one hold, one movement or one wallet, through two API processes on the real database. Exactly one
// command wins, and the money is right afterwards.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { post } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { type ApiProcesses, createApiProcesses } from '../../support/apiProcesses.ts';

let processes: ApiProcesses;
beforeEach(async () => {
  processes = await createApiProcesses();
});
afterEach(() => processes.close());

type Answer = Awaited<ReturnType<typeof post>>;

function send(index: number, path: string, body: object = {}, key?: string): Promise<Answer> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return post(processes.any(index), path, body, headers);
}

function wallet(walletId: string, initialBalance = '100'): Promise<Answer> {
  return send(0, '/wallets', { walletId, ownerId: 'o', initialBalance });
}

async function hold(walletId: string, holdId: string, more: object = {}): Promise<void> {
  const answer = await send(0, `/wallets/${walletId}/holds`, { holdId, amount: '30', ...more });
  expect(answer).toMatchObject({ status: 201 });
}

/** How often each status and code was answered. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const codes = answers.map(({ status, body }) => `${status} ${(body.code as string | undefined) ?? 'ok'}`);
  return Object.fromEntries([...Map.groupBy(codes, (code) => code)].map(([code, all]) => [code, all.length]));
}

async function typesOf(walletId: string): Promise<readonly string[]> {
  const text = 'select type from events where wallet_id = $1 order by version';
  const { rows } = await processes.any(0).pool.query<{ type: string }>(text, [walletId]);
  return rows.map(({ type }) => type);
}

const moneyQuery = `select balance_minor::integer as balance, coalesce(held_minor, 0)::integer as held
                      from wallets
                     where id = $1`;

async function moneyOf(walletId: string): Promise<unknown> {
  return (await processes.any(0).pool.query(moneyQuery, [walletId])).rows[0];
}

const many = Array.from({ length: 50 }, (_, index) => index);
const attempts = { COMMAND_ATTEMPTS_MAX: '100' };

describe('two processes', () => {
  beforeEach(async () => {
    processes.start(2, attempts);
    await wallet('w');
  });

  it('take one capture that is sent 50 times with one key once', async () => {
    await hold('w', 'h');
    const answers = await Promise.all(many.map((at) => send(at, '/wallets/w/holds/h/capture', {}, 'one')));
    expect(tally(answers)).toEqual({ '201 ok': 50 });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await typesOf('w')).toEqual(['WalletCreated', 'HoldPlaced', 'HoldCaptured']);
    expect(await moneyOf('w')).toEqual({ balance: 7000, held: 0 });
  });

  it('take one of 50 captures with keys of their own, and tell the others that the hold has ended', async () => {
    await hold('w', 'h', { amount: '1' });
    // The other holds would cover more captures. So only the state of the hold stops them.
    for (const holdId of ['h2', 'h3', 'h4']) await hold('w', holdId, { amount: '20' });
    // While these are committed, the captures gather for batches.
    const credits = [0, 1].map((at) => send(at, '/wallets/w/credit', { amount: '1' }));
    const answers = await Promise.all(many.map((at) => send(at, '/wallets/w/holds/h/capture', {}, `k${at}`)));
    expect(tally(await Promise.all(credits))).toEqual({ '200 ok': 2 });
    expect(tally(answers)).toEqual({ '201 ok': 1, '409 HOLD_CLOSED': 49 });
    expect((await typesOf('w')).filter((type) => type === 'HoldCaptured')).toHaveLength(1);
    expect(await moneyOf('w')).toEqual({ balance: 10100, held: 6000 });
  });

  it('place one hold of a placement that is sent 50 times under its key', async () => {
    const body = { amount: '30' };
    const answers = await Promise.all(many.map((at) => send(at, '/wallets/w/holds', body, 'placement')));
    expect(tally(answers)).toEqual({ '201 ok': 50 });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await moneyOf('w')).toEqual({ balance: 10000, held: 3000 });
  });

  it('let either a void or a capture end a hold', async () => {
    for (const holdId of ['h1', 'h2', 'h3', 'h4', 'h5']) {
      await hold('w', holdId, { amount: '5' });
      const path = `/wallets/w/holds/${holdId}`;
      const [voided, captured] = await Promise.all([send(0, `${path}/void`), send(1, `${path}/capture`)]);
      const won = [voided.status === 200, captured.status === 201];
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(voided.status + captured.status).toBe(won[0] === true ? 609 : 610);
    }
    expect(await moneyOf('w')).toMatchObject({ held: 0 });
  });

  it('never refund more than the original', async () => {
    await send(0, '/wallets/w/debit', { amount: '10' });
    const path = '/wallets/w/events/2/reverse';
    const answers = await Promise.all(many.map((at) => send(at, path, { amount: '3' }, `refund-${at}`)));
    expect(tally(answers)).toEqual({ '201 ok': 3, '422 REVERSAL_EXCEEDS_ORIGINAL': 47 });
    const rest = await Promise.all([0, 1].map((at) => send(at, path)));
    expect(tally(rest)).toEqual({ '201 ok': 1, '409 ALREADY_REVERSED': 1 });
    expect(await moneyOf('w')).toEqual({ balance: 10000, held: 0 });
  });

  it('let exactly as many debits through as a velocity rule allows', async () => {
    const rules = [{ name: 'three', window: 'lifetime', direction: 'out', maxCount: 3 }];
    expect(await post(processes.any(0), '/wallets/w/velocity', { rules }, {}, 'PUT')).toMatchObject({
      status: 200,
    });
    const answers = await Promise.all(
      many.map((at) => send(at, '/wallets/w/debit', { amount: '1' }, `d${at}`)),
    );
    expect(tally(answers)).toEqual({ '200 ok': 3, '422 LIMIT_EXCEEDED': 47 });
    expect(await moneyOf('w')).toEqual({ balance: 9700, held: 0 });
    const { rows } = await processes
      .any(1)
      .pool.query("select rules -> 0 ->> 'usedCount' as count from wallet_usage where wallet_id = 'w'");
    expect(rows).toEqual([{ count: '3' }]);
  });

  it('alert once for each crossing, however many debits and credits cross at once', async () => {
    const alerts = [
      { name: 'low', field: 'available', op: 'below', amount: '95.00' },
      { name: 'back', field: 'balance', op: 'above', amount: '94.99' },
    ];
    await post(processes.any(0), '/wallets/w/alerts', { alerts }, {}, 'PUT');
    const ways = many.map((at) => (at % 2 === 0 ? 'debit' : 'credit'));
    await Promise.all(
      ways.map((way, at) => send(at, `/wallets/w/${way}`, { amount: way === 'debit' ? '4' : '3.50' })),
    );
    const { rows } = await processes.any(1).pool.query<{ minor: string; names: string[] }>(
      `select balance_minor::text as minor,
              array(select rule ->> 0 from jsonb_array_elements(coalesce(extra -> 'alerts', '[]')) as rule) as names
         from events
        where wallet_id = 'w'
        order by version`,
    );
    const balances = rows.map(({ minor }) => Number(minor));
    const expected = balances.map((minor, at) => {
      const wasLow = (balances[at - 1] ?? minor) < 9500;
      if (minor < 9500 === wasLow) return [];
      return [wasLow ? 'back' : 'low'];
    });
    expect(rows.map(({ names }) => names)).toEqual(expected);
    expect(expected.flat().length).toBeGreaterThan(0);
    expect(balances.at(-1)).toBe(10000 + 25 * (350 - 400));
  });

  it('place no more holds than a velocity rule has room for, however many end beside them', async () => {
    const rules = [{ name: 'most', window: 'lifetime', direction: 'out', maxAmount: '50' }];
    await post(processes.any(0), '/wallets/w/velocity', { rules }, {}, 'PUT');
    // A hold that was placed in the millisecond of the rule would stay counted.
    await eventually(async () => {
      const later = `select date_trunc('milliseconds', clock_timestamp()) > updated_at as later from wallets`;
      return (await processes.any(0).pool.query<{ later: boolean }>(later)).rows[0]?.later;
    });
    await hold('w', 'first');
    const places = many.slice(0, 20).map((at) => send(at, '/wallets/w/holds', { amount: '10' }, `h${at}`));
    const [voided, ...placed] = await Promise.all([send(1, '/wallets/w/holds/first/void'), ...places]);
    expect(voided.status).toBe(200);
    const count = placed.filter(({ status }) => status === 201).length;
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(5);
    expect(await moneyOf('w')).toEqual({ balance: 10000, held: count * 1000 });
    const { rows } = await processes
      .any(1)
      .pool.query("select rules -> 0 ->> 'usedAmount' as used from wallet_usage where wallet_id = 'w'");
    expect(rows).toEqual([{ used: String(count * 1000) }]);
  });

  it('let no debit follow a freeze', async () => {
    const freeze = { scope: 'debits', reason: 'stolen card' };
    const debits = many.map((at) => send(at, '/wallets/w/debit', { amount: '1' }));
    const [frozen, ...answers] = await Promise.all([send(1, '/wallets/w/freeze', freeze), ...debits]);
    expect(frozen.status).toBe(200);
    const types = await typesOf('w');
    expect(types.at(-1)).toBe('WalletFrozen');
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(types.length - 2);
    expect(answers.filter(({ body }) => body.code === 'WALLET_FROZEN')).toHaveLength(52 - types.length);
  });

  it('close no wallet that gets money, and give none to one that is closed', async () => {
    await wallet('empty', '0');
    const close = send(1, '/wallets/empty/close', { reason: 'asked by its owner' });
    const [closed, credited] = await Promise.all([close, send(0, '/wallets/empty/credit', { amount: '1' })]);
    const isClosed = closed.status === 200;
    expect(isClosed ? credited.body.code : closed.body.code).toBe(
      isClosed ? 'WALLET_CLOSED' : 'WALLET_NOT_EMPTY',
    );
    expect(await moneyOf('empty')).toEqual({ balance: isClosed ? 0 : 100, held: 0 });
  });

  it('lose no key of concurrent metadata patches', async () => {
    const patches = many.slice(0, 20).map((at) => {
      const body = { metadata: { [`key-${at}`]: `${at}` } };
      return post(processes.any(at), '/wallets/w', body, {}, 'PATCH');
    });
    expect((await Promise.all(patches)).filter(({ status }) => status !== 200)).toEqual([]);
    const text = 'select metadata from wallet_details where wallet_id = $1';
    const { rows } = await processes.any(0).pool.query<{ metadata: object }>(text, ['w']);
    expect(Object.keys(rows[0]?.metadata ?? {})).toHaveLength(20);
  });

  it('do not bring back a metadata key that was removed', async () => {
    const patch = (at: number, metadata: object) =>
      post(processes.any(at), '/wallets/w', { metadata }, {}, 'PATCH');
    await patch(0, { address: 'at home', order: 'o-1' });
    await patch(1, { address: null });
    expect(await patch(0, { order: 'o-2' })).toMatchObject({
      ...{ status: 200, body: { metadata: { order: 'o-2' } } },
      text: expect.not.stringContaining('at home') as string,
    });
  });
});

/** Lets a hold expire so many milliseconds before the present of the database. */
async function expire(holdId: string, agoMs: number): Promise<void> {
  const { pool } = processes.any(0);
  const expired = `update holds
                      set expires_at = date_trunc('milliseconds', clock_timestamp()) - $2 * interval '1 ms'
                    where hold_id = $1`;
  await pool.query(expired, [holdId, agoMs]);
  await pool.query('update wallets set hold_due_from = (select min(expires_at) from holds)');
}

describe('a hold that nobody sweeps', () => {
  beforeEach(async () => {
    processes.start(2, attempts);
    await wallet('w');
  });

  it('is captured before its end, and neither at its end nor a millisecond after it', async () => {
    for (const holdId of ['before', 'at', 'after']) await hold('w', holdId);
    expect(await send(1, '/wallets/w/holds/before/capture')).toMatchObject({ status: 201 });
    expect(await send(0, '/wallets/w/debit', { amount: '11' })).toMatchObject({ status: 422 });
    await expire('at', 0);
    expect(await send(0, '/wallets/w/holds/at/capture')).toMatchObject({ body: { code: 'HOLD_EXPIRED' } });
    // A refused command stores nothing. The next one that is accepted ends what is due.
    expect(await typesOf('w')).toHaveLength(5);
    await expire('after', 1);
    expect(await send(1, '/wallets/w/holds/after/capture')).toMatchObject({ body: { code: 'HOLD_EXPIRED' } });
    expect(await send(0, '/wallets/w/debit', { amount: '70' })).toMatchObject({ status: 200 });
    expect((await typesOf('w')).slice(5)).toEqual(['HoldReleased', 'HoldReleased', 'WalletDebited']);
    expect(await moneyOf('w')).toEqual({ balance: 0, held: 0 });
  });

  it('does not hide the version that a client read from If-Match', async () => {
    await hold('w', 'h');
    await expire('h', 1);
    const debit = (version: number) =>
      post(processes.any(0), '/wallets/w/debit', { amount: '1' }, { 'if-match': `"${version}"` });
    expect(await debit(3)).toMatchObject({ status: 412, body: { currentVersion: 2 } });
    expect(await debit(2)).toMatchObject({ status: 200, body: { version: 4 } });
  });
});

it('a bound that the early end of a hold left behind is made exact by the next command', async () => {
  processes.start(1, attempts);
  await wallet('w');
  await hold('w', 'early', { expiresInSeconds: 3600 });
  await hold('w', 'late', { expiresInSeconds: 7200 });
  await send(0, '/wallets/w/holds/early/void');
  const { pool } = processes.any(0);
  // As if the time of the hold that was voided had come.
  await pool.query("update wallets set hold_due_from = now() - interval '1 hour'");
  expect(await send(0, '/wallets/w/credit', { amount: '1' })).toMatchObject({ status: 200 });
  const { rows } = await pool.query(
    "select hold_due_from = (select expires_at from holds where hold_id = 'late') as exact from wallets",
  );
  expect(rows).toEqual([{ exact: true }]);
});

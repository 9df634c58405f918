// Readers of histories after a part of the log was archived. They answer as before while its events are in
// the log, and 410 ARCHIVED after the events have left.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { ledgerProjection } from '../../../src/projections/ledger/ledgerSink.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { dropArchived, openSegments } from '../../support/archive.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { drainAll } from '../../support/projections.ts';
import { cutLog } from '../../support/segments.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
const before = new Map<string, unknown>();
/** The time of each event of wallet `a`, by version. */
const times: string[] = [''];

const ok = async (answer: ReturnType<typeof post>) => {
  const found = await answer;
  expect(found.status, JSON.stringify(found.body)).toBeLessThan(300);
  return found;
};
const answerOf = async (path: string) => {
  const { status, body } = await get(api, path);
  return { status, body };
};

/** Versions 1 to 12 of wallet `a` are archived, and four positions of wallet `b`. */
const archivedVersions = 12;
const eventsOfA = 20;

const inLog = () => [
  '/wallets/a/events?limit=100&order=desc',
  '/wallets/a/events?limit=100',
  `/wallets/a/statement?from=${times[1] ?? ''}`,
  '/wallets/a/statement',
  '/wallets/a/ledger?limit=100&order=asc',
  '/wallets/a/ledger?limit=100',
  `/wallets/a/balance?at=${times[3] ?? ''}`,
  '/movements/a@2',
  '/movements?walletId=a&limit=100',
  '/movements?limit=100',
  '/events?limit=100',
];

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  await changeLog(api.pool, `update log_head set level = ${levelMax}`);
  await cutLog(api.pool, 16);
  await ok(post(api, '/wallets', { walletId: 'b', ownerId: 'o', initialBalance: '10.00' }));
  for (let nth = 0; nth < 3; nth += 1) await ok(post(api, '/wallets/b/credit', { amount: '1.00' }));
  await ok(post(api, '/wallets', { walletId: 'a', ownerId: 'o', initialBalance: '10.00' }));
  const key = { 'idempotency-key': 'reversed' };
  for (let version = 2; version <= eventsOfA; version += 1) {
    // Times of a wallet may be equal within a millisecond.
    await api.pool.query('select pg_sleep(0.002)');
    if (version === 3) await ok(post(api, '/wallets/a/holds', { amount: '2.00', holdId: 'h' }));
    else if (version === 10) await ok(post(api, '/wallets/a/events/2/reverse', { amount: '0.25' }, key));
    else await ok(post(api, '/wallets/a/credit', { amount: '1.00' }));
  }
  const { rows } = await api.pool.query<{ occurred_at: Date }>(
    `select occurred_at from events where wallet_id = 'a' order by version`,
  );
  times.push(...rows.map(({ occurred_at: at }) => at.toISOString()));
  await drainAll(api.pool, ledgerProjection);
  await openSegments(api.pool);
  for (const path of [...inLog(), ...stillAnswered()]) before.set(path, await answerOf(path));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** What needs no archived event. */
const stillAnswered = () => [
  `/wallets/a/events?limit=${eventsOfA - archivedVersions}&order=desc`,
  `/wallets/a/statement?from=${times[archivedVersions + 1] ?? ''}`,
  `/wallets/a/ledger?limit=100&from=${times[archivedVersions + 1] ?? ''}`,
  `/wallets/a/balance?at=${times[archivedVersions + 1] ?? ''}`,
  '/wallets/a',
  '/wallets/a/holds',
  `/movements/a@${archivedVersions + 1}`,
];

it('while archived events are in the log, every reader answers', () => {
  for (const path of [...inLog(), ...stillAnswered()])
    expect([path, before.get(path)]).toMatchObject([path, { status: 200 }]);
});

describe('after they have left the log', () => {
  beforeAll(() => dropArchived(api.pool));

  it('what needs none of them is what it was', async () => {
    for (const path of stillAnswered()) {
      const now = await answerOf(path);
      // A page that ends where the archive begins leads on, and the next one says why it ends.
      const [one, other] = [now, before.get(path)].map((answer) => ({
        ...(answer as { body: object }),
        body: { ...(answer as { body: object }).body, nextCursor: null },
      }));
      expect([path, one]).toEqual([path, other]);
    }
  });

  it('a balance at the last archived event, and until the next one, comes from the opening state', async () => {
    for (const at of [
      times[archivedVersions] ?? '',
      new Date(Date.parse(times[archivedVersions + 1] ?? '') - 1).toISOString(),
    ]) {
      const { status, body } = await answerOf(`/wallets/a/balance?at=${at}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ version: archivedVersions, lastEventAt: times[archivedVersions] });
      expect(Number(body.balance)).toBe(10 + (archivedVersions - 1 - 2) - 0.25);
    }
  });

  it('a balance before the wallet was made is refused as ever', async () => {
    const { body } = await answerOf('/wallets/a/balance?at=2020-01-01T00:00:00Z');
    expect(body).toMatchObject({ code: 'WALLET_NOT_YET_CREATED' });
  });

  it.each([
    ['/wallets/a/events?limit=100'],
    ['/wallets/a/statement'],
    ['/wallets/a/ledger?limit=100&order=asc'],
    ['/movements/a@2'],
    ['/events?limit=100'],
    ['/events?after=0&walletId=a'],
  ])('%s answers 410 with the time since which events are there', async (path) => {
    const { status, body } = await answerOf(path);
    expect([status, body.code]).toEqual([410, 'ARCHIVED']);
    expect(body.retainedSince).toBe(times[archivedVersions + 1]);
    expect(body.detail).toContain('wallet archive restore');
  });

  it('a period that begins within them answers 410', async () => {
    for (const path of [
      `/wallets/a/statement?from=${times[3] ?? ''}`,
      `/wallets/a/balance?at=${times[3] ?? ''}`,
    ])
      expect(await answerOf(path)).toMatchObject({ status: 410, body: { code: 'ARCHIVED' } });
  });

  it.each([
    ['/wallets/a/events?order=desc&limit=3', 'events', eventsOfA - archivedVersions],
    ['/wallets/a/ledger?limit=3', 'entries', eventsOfA - archivedVersions],
    ['/movements?walletId=a&limit=3', 'movements', eventsOfA - archivedVersions],
    ['/movements?limit=3', 'movements', eventsOfA - archivedVersions],
  ])('%s gives all that is there, and then 410', async (path, member, rows) => {
    const found: unknown[] = [];
    let cursor: string | null = '';
    for (let page = 0; page < 20 && cursor !== null; page += 1) {
      const { status, body } = await answerOf(cursor === '' ? path : `${path}&cursor=${cursor}`);
      if (status !== 200) {
        expect([status, body.code]).toEqual([410, 'ARCHIVED']);
        break;
      }
      found.push(...(body[member] as unknown[]));
      cursor = body.nextCursor as string | null;
    }
    expect(cursor).not.toBeNull();
    expect(found.length).toBe(rows);
  });

  it('the feed begins at the oldest event that is there', async () => {
    const { status, body } = await answerOf('/events?after=oldest&limit=100');
    expect(status).toBe(200);
    expect((body.events as { id: string }[]).map(({ id }) => id)).toEqual(
      Array.from({ length: eventsOfA - archivedVersions }, (_, nth) => `a@${archivedVersions + 1 + nth}`),
    );
  });

  it.each(['walletId=a', 'ownerId=o'])(
    'the feed of %s gives each event that is there once',
    async (filter) => {
      const found: string[] = [];
      let after = 'oldest';
      for (let page = 0; page < 20; page += 1) {
        const { body } = await ok(get(api, `/events?${filter}&limit=2&after=${after}`));
        found.push(...(body.events as { id: string }[]).map(({ id }) => id));
        if (body.hasMore !== true) break;
        after = body.next as string;
      }
      expect(found).toEqual(
        Array.from({ length: eventsOfA - archivedVersions }, (_, nth) => `a@${archivedVersions + 1 + nth}`),
      );
    },
  );

  it('commands go on as before', async () => {
    const { body } = await ok(post(api, '/wallets/a/credit', { amount: '1.00' }));
    expect(body).toMatchObject({ version: eventsOfA + 1 });
    await ok(post(api, '/wallets/a/holds/h/capture', { amount: '1.50' }));
    await ok(post(api, '/wallets/a/events/15/reverse', { amount: '0.50' }));
  });

  it('a reversal of an archived movement answers 410, and a repeat of an earlier one its outcome', async () => {
    const again = await post(
      api,
      '/wallets/a/events/2/reverse',
      { amount: '0.25' },
      { 'idempotency-key': 'reversed' },
    );
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    const anew = await post(api, '/wallets/a/events/2/reverse', { amount: '0.25' });
    expect([anew.status, anew.body.code]).toEqual([410, 'ARCHIVED']);
  });

  it('a wallet without an event in the log is there, and its history is archived', async () => {
    expect(await answerOf('/wallets/b?consistency=strong')).toMatchObject({
      status: 200,
      body: { version: 4 },
    });
    for (const path of ['/wallets/b/events', '/wallets/b/events?order=desc', '/wallets/b/ledger'])
      expect(await answerOf(path)).toMatchObject({ status: 410 });
    const { body } = await answerOf(`/wallets/b/balance?at=${new Date().toISOString()}`);
    expect(body).toMatchObject({ version: 4, balance: 13 });
  });
});

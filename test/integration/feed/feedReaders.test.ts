// Readers that come and go at random, while several processes append at once. Each must get every event once,
// in commit order, and no reader gets an event without its alerts. Each process hears of the commits of the
// others by polling alone.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, post, type TestApi, testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventPage, openEvents } from '../../support/eventReader.ts';

const processes = 3;
const wallets = 6;
const rounds = 60;
const seed = Number(process.env.FEED_SEED ?? Math.floor(Math.random() * 2 ** 31));

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let apis: readonly TestApi[];

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url);
  apis = Array.from({ length: processes }, () => createTestApi(config));
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.close()));
  await database.drop();
});

/** Numbers below 1 by a linear congruence, so that a seed gives the same ones. */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Returns how many commands were accepted. A transfer to its own wallet, or without funds, is refused. */
async function append(random: () => number): Promise<number> {
  const any = () => apis[Math.floor(random() * processes)] as TestApi;
  let accepted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => {
        const [from, to] = [Math.floor(random() * wallets), Math.floor(random() * wallets)];
        const path = ['credit', 'debit', 'transfer'][Math.floor(random() * 3)] ?? 'transfer';
        return post(any(), `/wallets/w-${from}/${path}`, {
          amount: '0.01',
          ...(path === 'transfer' && { toWalletId: `w-${to}` }),
        });
      }),
    );
    accepted += answers.filter(({ status }) => status < 300).length;
  }
  return accepted;
}

/** The ids in the order of the log, as the table of events has them. An alert follows its event. */
async function logged(wallet: string | undefined, type: string | undefined): Promise<readonly string[]> {
  const { rows } = await (apis[0] as TestApi).pool.query<{ id: string }>(
    `select wallet_id || '@' || version || suffix as id
       from events,
            lateral (
              select '' as suffix, 0 as number
               union all
              select ':' || to_char(number, 'FM00'), number
                from generate_series(1, jsonb_array_length(coalesce(extra -> 'alerts', '[]'))) as number
            ) as shown
      where ($1::text is null or wallet_id = $1::text)
        and ($2::text is null or type = $2::text and number = 0 or $2::text = 'alert' and number > 0)
      order by position, number`,
    [wallet, type],
  );
  return rows.map(({ id }) => id);
}

interface Reading {
  readonly query: Readonly<Record<string, string>>;
  readonly random: () => number;
  /** Resolves with the number of events once all are committed. */
  readonly count: Promise<number>;
}

const anyOf = (random: () => number) => apis[Math.floor(random() * processes)] as TestApi;

/**
 * Leaves after a random number of events, or when all are committed. Comes again after its last event. An
 * event counts once its cursor has come, which is that of its last alert.
 */
async function readStreams({ query, random, count }: Reading): Promise<readonly string[]> {
  const ids: string[] = [];
  const over = count.then(() => 'over' as const);
  let wanted = Infinity;
  void count.then((all) => (wanted = all));
  let after = '0';
  while (ids.length < wanted) {
    const stream = await openEvents(anyOf(random), { ...query, after });
    let waiting: string[] = [];
    for (let left = 1 + Math.floor(random() * 40); left > 0 && ids.length < wanted; left -= 1) {
      const next = stream.next();
      const frame = await (wanted === Infinity ? Promise.race([next, over]) : next);
      if (frame === 'over' || frame === undefined) break;
      if (frame.event !== undefined) waiting.push(frame.event.id);
      if (frame.id === undefined) continue;
      after = frame.id;
      ids.push(...waiting);
      waiting = [];
    }
    await stream.leave();
  }
  return ids;
}

/** Asks page by page, and waits at the end of the log. */
async function readPages({ query, random, count }: Reading): Promise<readonly string[]> {
  const ids: string[] = [];
  let wanted = Infinity;
  void count.then((all) => (wanted = all));
  let after = '0';
  while (ids.length < wanted) {
    const limit = String(1 + Math.floor(random() * 50));
    const page = await eventPage(anyOf(random), { ...query, after, limit, wait: '1' });
    ids.push(...page.events.map(({ id }) => id));
    after = page.next;
  }
  return ids;
}

it(`readers that reconnect at random get each event once and in order, while three processes append (seed ${seed})`, async () => {
  const random = randomOf(seed);
  for (let wallet = 0; wallet < wallets; wallet += 1)
    await post(anyOf(random), '/wallets', {
      walletId: `w-${wallet}`,
      ownerId: 'o-1',
      initialBalance: '10.00',
    });
  // Balances go up and down by a cent, so they cross these often.
  const alerts = ['9.96', '9.98', '10.00', '10.02', '10.04'].flatMap((amount) =>
    ['below', 'above'].map((op) => ({ name: `${op}-${amount}`, field: 'balance', op, amount })),
  );
  // Three wallets stay ordinary ones.
  for (const wallet of ['w-0', 'w-1', 'w-2'])
    await post(anyOf(random), `/wallets/${wallet}/alerts`, { alerts }, {}, 'PUT');
  const filters = [
    { query: {}, wallet: undefined, type: undefined },
    { query: { walletId: 'w-1' }, wallet: 'w-1', type: undefined },
    { query: { types: 'transfer.received.v1' }, wallet: undefined, type: 'TransferReceived' },
    { query: { ownerId: 'o-1' }, wallet: undefined, type: undefined },
    { query: { types: 'wallet.alert.v1' }, wallet: undefined, type: 'alert' },
  ];
  const appended = append(randomOf(seed + 1));
  const readings = filters.flatMap(({ query, wallet, type }, index) => {
    const count = appended.then(async () => (await logged(wallet, type)).length);
    const reading = (add: number) => ({ query, count, random: randomOf(seed + 10 * index + add) });
    return [readStreams(reading(2)), readPages(reading(3))].map((ids) => ({ query, wallet, type, ids }));
  });
  for (const { query, wallet, type, ids } of readings)
    expect(await ids, JSON.stringify(query)).toEqual(await logged(wallet, type));
  expect(await appended).toBeGreaterThan((rounds * 8) / 2);
  // A balance may drift away from the bounds of the alerts.
  expect((await logged(undefined, 'alert')).length).toBeGreaterThan(0);
}, 180_000);

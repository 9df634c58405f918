// Places holds whose payee another process changes between load and append. No Redis lock keeps the two
// processes apart. The other process commits before the append is sent, or while the append waits for the
// head of the log.
import type { Pool, PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/eventStore/database.ts';
import { createTestApi, post, type TestApi, testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { untilItWaits } from '../../support/preparedBatch.ts';

const unlocked = {
  acquire: (groups: readonly unknown[]) =>
    Promise.resolve({ granted: groups.map(() => true), release: () => Promise.resolve() }),
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
/** The session of the other process. */
let session: PoolClient;
let placing: TestApi;
let other: TestApi;
/** Called instead of the next append of a hold. It sends that append itself. */
let aroundAppend: ((append: () => Promise<unknown>, client: PoolClient) => Promise<unknown>) | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url);
  pool = createPool(config, 'wallet-payee-test', () => undefined, 'commands');
  session = await pool.connect();
  aroundAppend = undefined;
  const kept = keptSession();
  placing = createTestApi(config, {
    locks: unlocked,
    pool: { connect: async () => watched(await pool.connect()) },
  });
  other = createTestApi(config, { locks: unlocked, pool: { connect: () => Promise.resolve(kept) } });
  for (const [walletId, initialBalance] of [
    ['payer', '100'],
    ['payee', '0'],
  ])
    expect(await post(other, '/wallets', { walletId, ownerId: 'o', initialBalance })).toMatchObject({
      status: 201,
    });
});
afterEach(async () => {
  await Promise.all([placing.close(), other.close()]);
  session.release();
  await pool.end();
  await database.drop();
});

function replacing(client: PoolClient, replaced: Readonly<Record<string, unknown>>): PoolClient {
  return new Proxy(client, {
    get(target, name) {
      if (typeof name === 'string' && name in replaced) return replaced[name];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The other process runs each batch on one session, so a test may put it into a database transaction. */
function keptSession(): PoolClient {
  return replacing(session, { release: () => undefined });
}

function watched(client: PoolClient): PoolClient {
  const query = (statement: { readonly name: string }) => {
    const send = () => client.query(statement as never) as unknown as Promise<unknown>;
    const around = aroundAppend;
    if (around === undefined || statement.name !== 'append-batch-with-state') return send();
    aroundAppend = undefined;
    return around(send, client);
  };
  return replacing(client, { query });
}

async function change(path: string, body: object): Promise<void> {
  expect(await post(other, `/wallets/payee/${path}`, body)).toMatchObject({ status: 200 });
}

type Race = (
  append: () => Promise<unknown>,
  client: PoolClient,
  changed: () => Promise<void>,
) => Promise<unknown>;

const beforeItIsSent: Race = async (append, _, changed) => {
  await changed();
  return append();
};

const whileItWaits: Race = async (append, client, changed) => {
  await session.query('begin');
  await session.query('select from log_head for update');
  const appended = append().then(
    (result) => () => result,
    (error: unknown) => () => {
      throw error;
    },
  );
  await untilItWaits(pool, client);
  await changed();
  await session.query('commit');
  return (await appended)();
};

/** Places a hold, and changes the payee between its load and its append. */
async function placeHold(race: Race, changed: () => Promise<void>) {
  aroundAppend = (append, client) => race(append, client, changed);
  const body = { holdId: 'h', amount: '30', toWalletId: 'payee' };
  const answer = await post(placing, '/wallets/payer/holds', body);
  expect(aroundAppend).toBeUndefined();
  return answer;
}

async function heldOfPayer(): Promise<unknown> {
  const text =
    'select coalesce(held_minor, 0)::integer as held, version::integer from wallets where id = $1::text';
  return (await pool.query(text, ['payer'])).rows[0];
}

describe.each([
  ['before the append is sent', beforeItIsSent],
  ['while the append waits for the head of the log', whileItWaits],
])('a payee that another process changes %s', (_, race) => {
  it.each([
    ['closed', 'WALLET_CLOSED', 'close', { reason: 'asked by its owner' }],
    ['frozen', 'WALLET_FROZEN', 'freeze', { scope: 'all', reason: 'stolen card' }],
  ])('refuses the hold if it was %s', async (_done, code, path, body) => {
    const answer = await placeHold(race, () => change(path, body));
    expect(answer).toMatchObject({ status: 409, body: { code } });
    expect(placing.counted.conflicts).toBe(1);
    expect(await heldOfPayer()).toEqual({ held: 0, version: 1 });
  });

  it('gets the hold after a second load if it only got money', async () => {
    const answer = await placeHold(race, () => change('credit', { amount: '1' }));
    expect(answer).toMatchObject({ status: 201, body: { hold: { holdId: 'h', toWalletId: 'payee' } } });
    expect(placing.counted.conflicts).toBe(1);
    expect(await heldOfPayer()).toEqual({ held: 3000, version: 2 });
  });
});

it('a payee that nobody changes costs no second load', async () => {
  const answer = await placeHold(beforeItIsSent, () => Promise.resolve());
  expect(answer).toMatchObject({ status: 201 });
  expect(placing.counted.conflicts).toBe(0);
});

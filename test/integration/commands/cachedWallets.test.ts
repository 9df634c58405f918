// Batches that are decided on cached wallets, on a real database. Something else writes between the decision
// and the append. The answer and the balance must be those of a batch that loads.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/eventStore/database.ts';
import { makeGeneration, switchGeneration } from '../../../src/eventStore/generations.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { untilItWaits } from '../../support/preparedBatch.ts';

/** Commands of several processes then meet in the database alone. */
const unlocked = {
  acquire: (groups: readonly unknown[]) =>
    Promise.resolve({ granted: groups.map(() => true), release: () => Promise.resolve() }),
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let api: TestApi;
let other: TestApi;
/** The names of the statements of `api`, in their order. */
let sent: string[];
/** Called once, instead of the next append on cached wallets. It sends that append itself. */
let around: ((append: () => Promise<unknown>, client: PoolClient) => Promise<unknown>) | undefined;

/** Two wallets with 10.00 each. */
let a: string;
let b: string;
/** An Idempotency-Key. */
let key: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-cache-test', () => undefined, 'projections');
  other = createTestApi(testConfig(database.url), { locks: unlocked });
});
beforeEach(async () => {
  around = undefined;
  sent = [];
  [a, b, key] = [randomUUID(), randomUUID(), randomUUID()];
  api = createTestApi(testConfig(database.url), {
    locks: unlocked,
    pool: { connect: async () => watched(await pool.connect()) },
  });
  for (const walletId of [a, b])
    expect(await post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: 10 })).toMatchObject({
      status: 201,
    });
  // A slow machine may take longer for the two wallets than the process trusts its last load.
  await untilCached();
  sent = [];
});
afterEach(() => api.close());
afterAll(async () => {
  await other.close();
  await pool.end();
  await database.drop();
});

/** Resolves once a command was decided on the cache. */
async function untilCached(): Promise<void> {
  const walletId = randomUUID();
  await post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: 0 });
  await eventually(async () => {
    sent = [];
    await credit(walletId, 1);
    return sent.length === 1;
  });
}

function watched(client: PoolClient): PoolClient {
  const query = (statement: { readonly name: string }) => {
    sent.push(statement.name);
    const send = () => client.query(statement as never) as unknown as Promise<unknown>;
    const instead = around;
    if (instead === undefined || !statement.name.startsWith('append-cached-batch')) return send();
    around = undefined;
    return instead(send, client);
  };
  return new Proxy(client, {
    get(target, name) {
      if (name === 'query') return query;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const credit = (walletId: string, amount: number, under?: string) =>
  move(api, `/wallets/${walletId}/credit`, amount, under);
const debit = (walletId: string, amount: number, under?: string) =>
  move(api, `/wallets/${walletId}/debit`, amount, under);
function move(of: TestApi, path: string, amount: number, under?: string) {
  return post(of, path, { amount }, under === undefined ? {} : { 'idempotency-key': under });
}

/** Runs `change` after the batch was decided, and before its append is sent. */
function beforeTheAppend(change: () => Promise<unknown>): void {
  around = async (append) => {
    await change();
    return append();
  };
}

async function balanceIs(walletId: string, balance: string): Promise<void> {
  expect((await get(api, `/wallets/${walletId}?consistency=strong`)).text).toContain(`"balance":${balance}`);
}

describe('a command on cached wallets', () => {
  it.each(['credit', 'debit', 'transfer'])('is one statement: a %s', async (operation) => {
    const body = { amount: 1, ...(operation === 'transfer' ? { toWalletId: b } : {}) };
    expect(await post(api, `/wallets/${a}/${operation}`, body)).toMatchObject({ status: 200 });
    expect(sent).toEqual(['append-cached-batch']);
    await balanceIs(a, operation === 'credit' ? '11.00' : '9.00');
    await balanceIs(b, operation === 'transfer' ? '11.00' : '10.00');
  });

  it('is one statement for a wallet with details and limits as well', async () => {
    await post(api, `/wallets/${a}/limits`, { maximumBalance: 100 }, {}, 'PUT');
    sent = [];
    expect(await credit(a, 1)).toMatchObject({ status: 200, body: { version: 3 } });
    expect(sent).toEqual(['append-cached-batch-with-state']);
    expect(await credit(a, 90)).toMatchObject({ status: 422, body: { code: 'BALANCE_LIMIT_EXCEEDED' } });
    await balanceIs(a, '11.00');
  });

  it('is loaded if its wallet is new', async () => {
    await post(api, '/wallets', { walletId: randomUUID(), ownerId: 'o' });
    expect(sent).toEqual(['load-batch', 'append-batch']);
  });

  it('is decided again if another process wrote the wallet since', async () => {
    await move(other, `/wallets/${a}/credit`, 5);
    expect(await credit(a, 1)).toMatchObject({ status: 200, body: { version: 3, balance: 16 } });
    expect(sent).toEqual(['append-cached-batch', 'load-batch', 'append-batch']);
    expect(api.counted).toMatchObject({ conflicts: 0, failures: 0 });
  });

  it('is decided again if another process writes the wallet while the append waits', async () => {
    const session = await pool.connect();
    try {
      await session.query('begin');
      await session.query('update wallets set balance_minor = 2000, version = 2 where id = $1', [a]);
      around = async (append, client) => {
        const appended = append().then(
          (result) => () => result,
          (error: unknown) => () => {
            throw error;
          },
        );
        await untilItWaits(pool, client);
        await session.query('commit');
        return (await appended)();
      };
      expect(await credit(a, 1)).toMatchObject({ status: 200, body: { version: 3, balance: 21 } });
    } finally {
      session.release();
    }
  });

  it('is decided again if anything else wrote the row, although its version is the same', async () => {
    await pool.query('update wallets set terms = terms where id = $1', [a]);
    expect(await credit(a, 1)).toMatchObject({ status: 200, body: { version: 2 } });
    expect(sent).toEqual(['append-cached-batch', 'load-batch', 'append-batch']);
  });

  it('is decided again if the fence moves', async () => {
    beforeTheAppend(() => pool.query('update log_head set fence = fence + 1'));
    expect(await credit(a, 1)).toMatchObject({ status: 200, body: { version: 2 } });
    expect(sent).toEqual(['append-cached-batch', 'load-batch', 'append-batch']);
    expect(api.counted).toMatchObject({ conflicts: 0, failures: 0 });
  });
});

describe('a refusal on a cached wallet', () => {
  it('is recorded with the commands that move money, if the wallet is as it was cached', async () => {
    const [credited, refused] = await Promise.all([credit(b, 1), debit(a, 15, key)]);
    expect(credited).toMatchObject({ status: 200 });
    expect(refused).toMatchObject({ status: 422, body: { code: 'INSUFFICIENT_FUNDS' } });
    expect(sent).toEqual(['append-cached-batch']);
    const again = await debit(a, 15, key);
    expect(again.text).toBe(refused.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('is decided again if another process has paid into the wallet', async () => {
    await move(other, `/wallets/${a}/credit`, 10);
    const [credited, debited] = await Promise.all([credit(b, 1), debit(a, 15, key)]);
    expect(credited).toMatchObject({ status: 200 });
    expect(debited).toMatchObject({ status: 200, body: { balance: 5 } });
  });

  it('alone is loaded, because no append would guard what it read', async () => {
    await move(other, `/wallets/${a}/credit`, 10);
    expect(await debit(a, 15)).toMatchObject({ status: 200, body: { balance: 5 } });
    expect(sent).toEqual(['load-batch', 'append-batch']);
  });
});

describe('a repeat on a cached wallet', () => {
  it('gets the answer of its record', async () => {
    const first = await credit(a, 1, key);
    const again = await credit(a, 1, key);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    await balanceIs(a, '11.00');
  });

  it('gets the answer of a record of an earlier generation', async () => {
    const first = await credit(a, 1, key);
    await makeGeneration(pool, 1);
    expect(await switchGeneration(pool, 1)).toBe(true);
    // Loads the fence of the switch, so that the fence does not refuse the repeat.
    await untilCached();
    const again = await credit(a, 1, key);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(sent.at(-2)).toBe('append-cached-batch');
  });

  it('is refused under a key of another request', async () => {
    await credit(a, 1, key);
    expect(await debit(a, 1, key)).toMatchObject({ status: 422 });
    await balanceIs(a, '11.00');
  });

  it('is a replay, although its connection is lost under an append without a load', async () => {
    const first = await credit(a, 1, key);
    await credit(a, 2);
    around = () => Promise.reject(new Error('Connection terminated unexpectedly'));
    const again = await credit(a, 1, key);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });
});

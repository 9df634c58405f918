// Runs commands through several API processes on one database, with Redis in any state. Every command takes
// effect once, in order and without gaps.
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestApi, post, type TestApi, testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { createWalletLocks } from '../../../src/locks/walletLocks.ts';
import { eventually } from '../../support/eventually.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let apis: TestApi[];

beforeEach(async () => {
  database = await createTestDatabase();
  apis = [];
});
afterEach(async () => {
  await Promise.all(apis.map((api) => api.close()));
  await database.drop();
});

function startProcesses(
  count: number,
  settings: Readonly<Record<string, string>> = {},
  replaced: Parameters<typeof createTestApi>[1] = {},
): void {
  const config = testConfig(database.url, settings);
  apis = Array.from({ length: count }, () => createTestApi(config, replaced));
}

const noLocks = {
  locks: {
    acquire: (groups: readonly unknown[]) =>
      Promise.resolve({ granted: groups.map(() => true), release: () => Promise.resolve() }),
  },
};

/** For tests that name their keys: another run on the same Redis may use the same names. */
const ownPrefix = () => `test-${randomUUID()}-`;

function anyProcess(index: number): TestApi {
  return apis[index % apis.length] as TestApi;
}

async function createWallets(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `w-${index}`);
  await Promise.all(
    ids.map((walletId, index) =>
      post(anyProcess(index), '/wallets', { walletId, ownerId: 'o', initialBalance: 1000 }),
    ),
  );
  return ids;
}

/** The rules that hold at every moment. One query reads all counts, so they are of the same moment. */
async function counts(): Promise<Record<string, string>> {
  const { rows } = await anyProcess(0).pool.query<Record<string, string>>(`
    select (select count(*) from events) as events,
           (select max(position) from events) as last_position,
           (select position from log_head) as head,
           (select count(*) from outbox) as outbox,
           (select sum(version) from wallets) as versions,
           (select sum(balance_minor) from wallets) as balance,
           (select min(balance_minor) from wallets) as lowest,
           (select count(*) from idempotency_keys) as keys,
           (select count(*) from wallets
             join lateral (select sum(case when type in ('WalletDebited', 'TransferSent') then -1 else 1 end *
                                      coalesce(data->>'amountMinor', data->>'balanceMinor')::bigint) as total
                             from events where wallet_id = wallets.id) as folded on true
            where folded.total <> balance_minor) as wrong_wallets`);
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, value]));
}

describe.each([
  ['with the Redis lock', {}],
  ['without any lock', noLocks],
])('two processes %s', (_, replaced) => {
  it('keep one hot wallet right under concurrent credits', async () => {
    startProcesses(2, { COMMAND_ATTEMPTS_MAX: '100' }, replaced);
    const [hot] = await createWallets(1);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        post(anyProcess(index), `/wallets/${String(hot)}/credit`, '{"amount":0.01}'),
      ),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const versions = answers.map(({ body }) => body.version);
    expect(new Set(versions).size).toBe(200);
    expect(await counts()).toMatchObject({
      events: '201',
      last_position: '201',
      head: '201',
      outbox: '201',
      versions: '201',
      balance: '100200',
      keys: '201',
      wrong_wallets: '0',
    });
  });

  it('move money both ways between the same wallets without a deadlock, losing none', async () => {
    startProcesses(2, { COMMAND_ATTEMPTS_MAX: '100' }, replaced);
    const ids = await createWallets(3);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const [from, to] = [ids[index % 3], ids[(index + 1 + (index % 2)) % 3]];
        return post(
          anyProcess(index),
          `/wallets/${String(from)}/transfer`,
          JSON.stringify({ toWalletId: to, amount: 1 }),
        );
      }),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await counts()).toMatchObject({
      events: '403',
      last_position: '403',
      balance: '300000',
      wrong_wallets: '0',
    });
  });

  it('do the same command once when it reaches both at the same moment', async () => {
    startProcesses(2, { COMMAND_ATTEMPTS_MAX: '100' }, replaced);
    const [id] = await createWallets(1);
    for (let round = 0; round < 20; round += 1) {
      const key = { 'idempotency-key': `round-${round}` };
      const [one, two] = await Promise.all(
        [0, 1].map((index) => post(anyProcess(index), `/wallets/${String(id)}/credit`, '{"amount":1}', key)),
      );
      expect(one?.status).toBe(200);
      expect(two?.text).toBe(one?.text);
    }
    expect(await counts()).toMatchObject({ events: '21', balance: '102000' });
  });
});

describe('a batch', () => {
  it('is not disturbed by the commands in it that are refused', async () => {
    startProcesses(1);
    const [a, b] = await createWallets(2);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        if (index % 3 === 0) return post(anyProcess(0), `/wallets/${String(a)}/debit`, '{"amount":999999}');
        if (index % 3 === 1) return post(anyProcess(0), `/wallets/nobody-${index}/credit`, '{"amount":1}');
        return post(anyProcess(0), `/wallets/${String(b)}/credit`, '{"amount":1}');
      }),
    );
    expect(Map.groupBy(answers, ({ status }) => status).get(200)).toHaveLength(20);
    expect(Map.groupBy(answers, ({ status }) => status).get(422)).toHaveLength(20);
    expect(Map.groupBy(answers, ({ status }) => status).get(404)).toHaveLength(20);
    expect(await counts()).toMatchObject({
      events: '22',
      keys: '62',
      balance: '202000',
      wrong_wallets: '0',
    });
  });
});

describe('Redis', () => {
  it('may be away: the command goes on without the lock, and that is counted', async () => {
    startProcesses(1, { REDIS_URL: 'redis://127.0.0.1:1' });
    const [id] = await createWallets(1);
    expect(await post(anyProcess(0), `/wallets/${String(id)}/credit`, '{"amount":1}')).toMatchObject({
      status: 200,
    });
    expect(anyProcess(0).counted.bypassed).toBeGreaterThan(0);
  });

  it('makes a process wait for a wallet that another holds, but not for ever: its holder may have died', async () => {
    const prefix = ownPrefix();
    startProcesses(1, { LOCK_WAIT_MAX_MS: '100', REDIS_KEY_PREFIX: prefix });
    const [locked, free] = await createWallets(2);
    const { redis } = anyProcess(0);
    await eventually(() => redis.status === 'ready');
    await redis.set(`${prefix}lock:${String(locked)}`, 'another process');
    const order: string[] = [];
    const credit = async (id: string | undefined) => {
      const answer = await post(anyProcess(0), `/wallets/${String(id)}/credit`, '{"amount":1}');
      order.push(String(id));
      return answer.status;
    };
    expect(await Promise.all([credit(locked), credit(free)])).toEqual([200, 200]);
    expect(order).toEqual([free, locked]);
    expect(await redis.get(`${prefix}lock:${String(locked)}`)).toBe('another process');
    expect(await counts()).toMatchObject({ events: '4', wrong_wallets: '0' });
  });

  it('gives a wallet that two processes want to the one that has waited, and to nobody else meanwhile', async () => {
    startProcesses(1);
    const { redis } = anyProcess(0);
    await eventually(() => redis.status === 'ready');
    const options = {
      keyPrefix: ownPrefix(),
      lockTtlMs: 60_000,
      breakerOpenMs: 10,
      onBypass: () => undefined,
    };
    const holder = (token: string) =>
      createWalletLocks(redis, { ...options, token, now: () => performance.now() });
    const [busy, patient] = [holder('busy'), holder('patient')];
    const wallets = [['a', 'b']];
    const attempt = await busy.acquire(wallets);
    expect(attempt.granted).toEqual([true]);
    // It asks again and again, as a process does, so that its turn does not lapse on a slow machine.
    await eventually(async () => {
      expect((await patient.acquire(wallets)).granted).toEqual([false]);
      await attempt.release();
      expect((await busy.acquire([['b']])).granted).toEqual([false]);
      return true;
    });
    const turn = await patient.acquire(wallets);
    expect(turn.granted).toEqual([true]);
    await turn.release();
    expect((await busy.acquire(wallets)).granted).toEqual([true]);
    expect(await redis.keys(`${options.keyPrefix}*:next`)).toEqual([]);
  });

  it('does not lock a process out of what its own lost release left locked', async () => {
    const prefix = ownPrefix();
    startProcesses(1, { REDIS_KEY_PREFIX: prefix, LOCK_WAIT_MAX_MS: '60000' });
    const [id] = await createWallets(1);
    const { redis } = anyProcess(0);
    await eventually(() => redis.status === 'ready');
    const monitor = await redis.duplicate({ enableOfflineQueue: true }).monitor();
    const token = new Promise<string>((resolve) => {
      monitor.on('monitor', (_: string, command: string[]) => {
        if (command[0] === 'set' && command[1]?.startsWith(`${prefix}lock:`)) resolve(String(command[2]));
      });
    });
    await post(anyProcess(0), `/wallets/${String(id)}/credit`, '{"amount":1}');
    await redis.set(`${prefix}lock:${String(id)}`, await token, 'PX', 60_000);
    monitor.disconnect();
    expect(await post(anyProcess(0), `/wallets/${String(id)}/credit`, '{"amount":1}')).toMatchObject({
      status: 200,
    });
  });

  it('gives each lock back: nothing is held when everything is answered', async () => {
    // The lease is longer than the wait, so a lock that is gone was released and did not expire.
    const prefix = ownPrefix();
    startProcesses(1, { REDIS_KEY_PREFIX: prefix, LOCK_TTL_MS: '60000' });
    const { redis, counted } = anyProcess(0);
    await eventually(() => redis.status === 'ready');
    await createWallets(5);
    expect(counted.bypassed).toBe(0);
    await eventually(async () => (await redis.keys(`${prefix}lock:*`)).length === 0);
  });
});

describe('PostgreSQL', () => {
  it('may end every connection in the middle: what was acknowledged is there once, what was not can be retried', async () => {
    startProcesses(1);
    const ids = await createWallets(10);
    let acknowledged = 0;
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let turn = 0; turn < 25; turn += 1) {
        const key = { 'idempotency-key': `writer-${writer}-${turn}` };
        const path = `/wallets/${String(ids[(writer + turn) % ids.length])}/credit`;
        for (let attempt = 0; ; attempt += 1) {
          const { status } = await post(anyProcess(0), path, '{"amount":0.01}', key);
          if (status === 200) break;
          expect([status, attempt < 20]).toEqual([503, true]);
        }
        acknowledged += 1;
      }
    });
    const killer = new Client({ connectionString: database.url });
    await killer.connect();
    let killed = 0;
    for (let cut = 1; cut <= 15; cut += 1) {
      await eventually(() => acknowledged >= cut * 20);
      const { rowCount } = await killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'wallet-test'`,
      );
      killed += rowCount ?? 0;
    }
    await killer.end();
    await Promise.all(writers);
    expect(killed).toBeGreaterThan(0);
    expect(await counts()).toMatchObject({
      events: '410',
      last_position: '410',
      balance: '1000400',
      keys: '410',
      outbox: '410',
      wrong_wallets: '0',
    });
  });
});

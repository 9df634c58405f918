// Takes wallet locks in a real Redis. Locks only save work. Every command must be answered even without
// Redis, or if a lock is never released.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { createWalletLocks } from '../../../src/locks/walletLocks.ts';
import { post } from '../../support/api.ts';
import { type ApiProcesses, createApiProcesses } from '../../support/apiProcesses.ts';
import { eventually } from '../../support/eventually.ts';

let processes: ApiProcesses;
/** Lists keys and watches commands, which the service's own user may not. */
let admin: Redis;
beforeAll(() => {
  admin = new Redis(inject('redisAdminUrl'));
});
afterAll(() => {
  admin.disconnect();
});
beforeEach(async () => {
  processes = await createApiProcesses();
});
afterEach(() => processes.close());

/** For tests that name their keys. Another run on the same Redis may use the same names. */
const ownPrefix = () => `test-${randomUUID()}-`;

describe('Redis', () => {
  it('may be away: the command goes on without the lock, and that is counted', async () => {
    processes.start(1, { REDIS_URL: 'redis://127.0.0.1:1' });
    const [id] = await processes.createWallets(1);
    expect(await post(processes.any(0), `/wallets/${String(id)}/credit`, '{"amount":1}')).toMatchObject({
      status: 200,
    });
    expect(processes.any(0).counted.bypassed).toBeGreaterThan(0);
  });

  it('makes a process wait for a wallet that another holds, but not for ever: its holder may have died', async () => {
    const prefix = ownPrefix();
    processes.start(1, { LOCK_WAIT_MAX_MS: '100', REDIS_KEY_PREFIX: prefix });
    const [locked, free] = await processes.createWallets(2);
    const { redis } = processes.any(0);
    await eventually(() => redis.status === 'ready');
    await redis.set(`${prefix}lock:${String(locked)}`, 'another process');
    const order: string[] = [];
    const credit = async (id: string | undefined) => {
      const answer = await post(processes.any(0), `/wallets/${String(id)}/credit`, '{"amount":1}');
      order.push(String(id));
      return answer.status;
    };
    expect(await Promise.all([credit(locked), credit(free)])).toEqual([200, 200]);
    expect(order).toEqual([free, locked]);
    expect(await redis.get(`${prefix}lock:${String(locked)}`)).toBe('another process');
    expect(await processes.counts()).toMatchObject({ events: '4', wrong_wallets: '0' });
  });

  it('gives a wallet that two processes want to the one that has waited, and to nobody else meanwhile', async () => {
    processes.start(1);
    const { redis } = processes.any(0);
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
    expect(await admin.keys(`${options.keyPrefix}*:next`)).toEqual([]);
  });

  it('does not lock a process out of what its own lost release left locked', async () => {
    const prefix = ownPrefix();
    processes.start(1, { REDIS_KEY_PREFIX: prefix, LOCK_WAIT_MAX_MS: '60000' });
    const [id] = await processes.createWallets(1);
    const { redis } = processes.any(0);
    await eventually(() => redis.status === 'ready');
    const asked = vi.spyOn(redis, 'eval');
    await post(processes.any(0), `/wallets/${String(id)}/credit`, '{"amount":1}');
    // The arguments of the script: its text, the number of keys, the keys, the token.
    const [, keys = 0, ...others] = asked.mock.calls[0] ?? [];
    asked.mockRestore();
    const token = String(others[Number(keys)]);
    expect(others[0]).toBe(`${prefix}lock:${String(id)}`);
    await redis.set(`${prefix}lock:${String(id)}`, token, 'PX', 60_000);
    expect(await post(processes.any(0), `/wallets/${String(id)}/credit`, '{"amount":1}')).toMatchObject({
      status: 200,
    });
  });

  it('gives each lock back: nothing is held when everything is answered', async () => {
    // The lease is longer than the wait, so a lock that is gone was released and did not expire.
    const prefix = ownPrefix();
    processes.start(1, { REDIS_KEY_PREFIX: prefix, LOCK_TTL_MS: '60000' });
    const { redis, counted } = processes.any(0);
    await eventually(() => redis.status === 'ready');
    await processes.createWallets(5);
    expect(counted.bypassed).toBe(0);
    await eventually(async () => (await admin.keys(`${prefix}lock:*`)).length === 0);
  });
});

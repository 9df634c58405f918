// Quotas on the real Redis: what several processes use of one is counted together.
import { randomUUID } from 'node:crypto';
import { afterAll, expect, inject, it } from 'vitest';
import { connectRedis } from '../../../src/locks/redisConnection.ts';
import { createCountInRedis } from '../../../src/rates/countInRedis.ts';
import { leaseOf, windowS } from '../../../src/rates/leases.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestRates } from '../../support/rates.ts';

const keyPrefix = `test-${randomUUID().slice(0, 8)}-`;
const policy = { name: 'command', quota: 1_000 };
const connections = [1, 2].map(() => connectRedis(inject('redisUrl'), 5_000, () => undefined));
const [redis] = connections;
afterAll(() => {
  for (const connection of connections) connection.disconnect();
});

it('two processes share a quota up to a lease each, and a process goes on alone when Redis is gone', async () => {
  await eventually(() => Promise.resolve(connections.every(({ status }) => status === 'ready')));
  const processes = connections.map((connection) =>
    createTestRates({}, { count: createCountInRedis(connection, keyPrefix) }),
  );
  let allowed = 0;
  for (let item = 0; item < policy.quota; item += 1)
    for (const { leases } of processes) if ((await leases.use(policy, 'key:1', 1)).allowed) allowed += 1;
  expect(allowed).toBeGreaterThanOrEqual(policy.quota);
  expect(allowed).toBeLessThanOrEqual(policy.quota + 2 * leaseOf(policy));
  const key = `${keyPrefix}rate:${policy.name}:key:1`;
  expect(await redis?.pttl(key)).toBeLessThanOrEqual(windowS * 1_000);
  expect(await redis?.pttl(key)).toBeGreaterThan(0);

  for (const connection of connections) connection.disconnect();
  for (const { leases, local } of processes) {
    for (let item = 0; item < policy.quota; item += 1)
      expect(await leases.use(policy, 'key:2', 1)).toMatchObject({ allowed: true });
    expect(await leases.use(policy, 'key:2', 1)).toMatchObject({ allowed: false });
    expect(local).toHaveLength(1);
  }
});

// Counts in Redis what all processes use of a quota. One key for each policy and caller, which ends with its
// window.
import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { type CountInRedis, windowS } from './leases.ts';

/** `redis` must fail fast: no offline queue, no retries, a command timeout. */
export function createCountInRedis(redis: Redis, keyPrefix: string): CountInRedis {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${keyPrefix}rate`,
    // The leases compare with the quota themselves. Here it is only counted.
    points: 1,
    duration: windowS,
    rejectIfRedisNotReady: true,
  });
  return async (key, items) => {
    const { consumedPoints, msBeforeNext } = await limiter.penalty(key, items);
    return { used: consumedPoints, endsInMs: Math.max(1, msBeforeNext) };
  };
}

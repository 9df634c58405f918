// Reads the facts about Redis. It takes a lock of its own as a batch does, with one script over two keys. So
// a replica, a cluster, full memory and missing rights refuse it as they refuse the lock.
import { ReplyError } from 'ioredis';
import type { Redis } from 'ioredis';
import type { RedisFacts } from '../facts.ts';

const probeScript = `
redis.call('mget', KEYS[1], KEYS[2])
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return redis.call('del', KEYS[1])`;

/** Nobody reads the key. It ends by itself if the script is cut off. */
const probeLeaseMs = 1_000;

export async function readRedisFacts(redis: Redis, keyPrefix: string): Promise<RedisFacts> {
  const info = await redis.info('server');
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
  return { version, refusal: await refusalOf(redis, keyPrefix) };
}

async function refusalOf(redis: Redis, keyPrefix: string): Promise<string | null> {
  const keys = [`${keyPrefix}health:one`, `${keyPrefix}health:two`];
  try {
    await redis.eval(probeScript, keys.length, ...keys, 'health', probeLeaseMs);
    return null;
  } catch (error) {
    if (error instanceof ReplyError && error instanceof Error) return error.message;
    throw error;
  }
}

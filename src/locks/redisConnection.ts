// A Redis connection that fails fast. The defaults of ioredis queue commands while Redis is away and retry them
// for a long time; a wallet operation would hang with them.
import { Redis } from 'ioredis';

const reconnectDelayMaxMs = 1_000;
const socketTimeoutMs = 2_000;

/**
 * Connects in the background and keeps reconnecting; commands reject at once while there is no connection, and
 * after `commandTimeoutMs` otherwise. `onError` hears of connection errors.
 */
export function connectRedis(url: string, commandTimeoutMs: number, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1_000,
    // A connection into a black hole would keep every command that timed out; it is replaced instead.
    socketTimeout: socketTimeoutMs,
    retryStrategy: (attempts) => Math.min(50 * attempts, reconnectDelayMaxMs),
  });
  redis.on('error', onError);
  return redis;
}

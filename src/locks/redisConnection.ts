// A Redis connection that fails fast. By default ioredis queues commands while Redis is away and retries them
// for a long time, so a wallet operation would hang.
import { Redis } from 'ioredis';

const reconnectDelayMaxMs = 1_000;
const socketTimeoutMs = 2_000;

/**
 * Connects in the background and keeps reconnecting. Without a connection commands reject at once, otherwise
 * after `commandTimeoutMs`. `onError` hears of connection errors, `onReady` of each
 * connection that was made.
 */
export function connectRedis(
  url: string,
  commandTimeoutMs: number,
  onError: (error: Error) => void,
  onReady?: () => void,
): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1_000,
    // A connection into a black hole would keep every command that timed out, so it is replaced.
    socketTimeout: socketTimeoutMs,
    retryStrategy: (attempts) => Math.min(50 * attempts, reconnectDelayMaxMs),
  });
  redis.on('error', onError);
  if (onReady !== undefined) redis.on('ready', onReady);
  return redis;
}

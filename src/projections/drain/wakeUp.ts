// Tells the drains and the event feed about new events, so that they need not poll all the time. The API
// publishes one message in Redis for each batch that it committed. A message is only a hint. If one is lost,
// or Redis is unavailable, polling finds the events a little later.
import { Redis } from 'ioredis';
import type { Config } from '../../config/config.ts';

/** Longest pause between two attempts to reach Redis again. */
const reconnectDelayMaxMs = 2_000;

/** The Redis channel of one deployment. */
export function wakeUpChannel(config: Pick<Config, 'REDIS_KEY_PREFIX'>): string {
  return `${config.REDIS_KEY_PREFIX}appended`;
}

export interface WakeUps {
  /** Number of wake-ups so far. Read it before reading events, so that no wake-up in between is missed. */
  readonly count: () => number;
  /** Resolves when a wake-up beyond the first `seen` comes, after `waitMaxMs`, or when `stop` is aborted. */
  readonly waitBeyond: (seen: number, waitMaxMs: number, stop: AbortSignal) => Promise<void>;
  readonly notify: () => void;
}

/** Wake-ups inside this process. Each one wakes every waiting drain. */
export function createWakeUps(): WakeUps {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    count: () => count,
    notify: () => {
      count += 1;
      for (const wake of [...waiting]) wake();
    },
    waitBeyond: (seen, waitMaxMs, stop) => {
      if (count > seen || stop.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          stop.removeEventListener('abort', wake);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, waitMaxMs);
        stop.addEventListener('abort', wake);
        waiting.add(wake);
      });
    },
  };
}

/**
 * Passes the messages of Redis on to `wakeUps` and reconnects by itself. Calls `onError` with the first
 * failure of each outage, and `onReady` after each connection. Returns a function that closes the connection.
 */
export function subscribeToWakeUps(
  config: Pick<Config, 'REDIS_URL' | 'REDIS_KEY_PREFIX'>,
  wakeUps: WakeUps,
  onError: (error: Error) => void,
  onReady?: () => void,
  connectionName = 'wallet-worker',
): { close: () => void } {
  const redis = new Redis(config.REDIS_URL, {
    connectionName,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(attempt * 100, reconnectDelayMaxMs),
  });
  let away = false;
  redis.on('error', (error) => {
    if (!away) onError(error);
    away = true;
  });
  redis.on('message', wakeUps.notify);
  redis.on('ready', () => {
    away = false;
    onReady?.();
    // Messages published while the connection was down are lost, so a new connection counts as a wake-up.
    wakeUps.notify();
  });
  redis.subscribe(wakeUpChannel(config)).catch(onError);
  return {
    close: () => {
      redis.disconnect();
    },
  };
}

/**
 * Returns `publish`, which the API calls after each commit. At most one message is under way. One more
 * message covers everything that is committed meanwhile. While Redis is unavailable nothing is sent, and
 * polling finds the events.
 */
export function createWakeUpPublisher(
  redis: Redis,
  channel: string,
  onError: (error: unknown) => void,
): () => void {
  let underWay = false;
  let again = false;
  return function publish() {
    if (redis.status !== 'ready') return;
    if (underWay) {
      again = true;
      return;
    }
    underWay = true;
    redis
      .publish(channel, '')
      .catch((error: unknown) => {
        again = false;
        onError(error);
      })
      .finally(() => {
        underWay = false;
        if (!again) return;
        again = false;
        publish();
      });
  };
}

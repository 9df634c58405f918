// Tells a process that keys have changed, so that a revoked key is refused everywhere within a second. Redis
// says so at once. A message may be lost, and Redis may be away, so a counter in PostgreSQL is read as well,
// twice a second, while the process remembers any key.
//
// Invariant: a change that is committed is noticed within the interval of the counter and one query, whether
// Redis answers or not.
import { Redis } from 'ioredis';
import type { Config } from '../config/config.ts';

const readEveryMs = 500;
const reconnectDelayMaxMs = 2_000;

export function keyChangeChannel({ REDIS_KEY_PREFIX }: Pick<Config, 'REDIS_KEY_PREFIX'>): string {
  return `${REDIS_KEY_PREFIX}keys-changed`;
}

export interface KeyChangesDeps {
  readonly readCounter: () => Promise<string>;
  readonly forget: () => void;
  readonly remembers: () => boolean;
  /** Hears why the counter could not be read. */
  readonly onError: (error: unknown) => void;
}

/** Calls `forget` after each change. Returns a function that ends it. */
export function watchKeyCounter(deps: KeyChangesDeps): { readonly close: () => void } {
  let last: string | undefined;
  let isReading = false;
  const look = async () => {
    const counter = await deps.readCounter();
    if (counter !== last) deps.forget();
    last = counter;
  };
  const timer = setInterval(() => {
    if (isReading || !deps.remembers()) return;
    isReading = true;
    look()
      .catch(deps.onError)
      .finally(() => {
        isReading = false;
      });
  }, readEveryMs);
  timer.unref();
  return {
    close: () => {
      clearInterval(timer);
    },
  };
}

/** Calls `forget` after each message, and after each new connection, because messages may be lost before. */
export function subscribeToKeyChanges(
  config: Pick<Config, 'REDIS_URL' | 'REDIS_KEY_PREFIX'>,
  forget: () => void,
  onError: (error: unknown) => void,
): { readonly close: () => void } {
  const redis = new Redis(config.REDIS_URL, {
    connectionName: 'wallet-keys',
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(attempt * 100, reconnectDelayMaxMs),
  });
  redis.on('error', onError);
  redis.on('message', forget);
  redis.on('ready', forget);
  redis.subscribe(keyChangeChannel(config)).catch(onError);
  return {
    close: () => {
      redis.disconnect();
    },
  };
}

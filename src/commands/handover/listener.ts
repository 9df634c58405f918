// The connection on which a process gets the messages of the others. It is proven alive twice a second. A
// connection that hangs would swallow commands, and the ends of commands, without a word.
import { Redis } from 'ioredis';

interface ListenerOptions {
  readonly redisUrl: string;
  readonly channel: string;
  readonly onMessage: (message: Buffer) => void;
  /** Hears of each connection, once it is subscribed. */
  readonly onSubscribed: () => void;
  readonly onError: (error: Error) => void;
}

export interface Listener {
  /** The number of the connection; undefined while none is known to be alive. */
  readonly connection: () => number | undefined;
  readonly close: () => void;
}

const reconnectDelayMaxMs = 1_000;
const connectTimeoutMs = 1_000;
const proofEveryMs = 500;
const proofTimeoutMs = 1_000;

export function startListener(options: ListenerOptions): Listener {
  const { channel, onMessage, onSubscribed, onError } = options;
  let connections = 0;
  /** Connections in a row that were no use. Redis may refuse each subscription, and take each connection. */
  let failures = 0;
  let alive = false;
  const redis = new Redis(options.redisUrl, {
    connectionName: 'wallet-handover',
    // Each connection subscribes below, and tells so.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectTimeoutMs,
    commandTimeout: proofTimeoutMs,
    retryStrategy: (attempt) => Math.min(Math.max(attempt, 2 ** failures) * 50, reconnectDelayMaxMs),
  });
  redis.on('error', onError);
  redis.on('messageBuffer', (_, message: Buffer) => {
    onMessage(message);
  });
  redis.on('close', () => {
    alive = false;
  });
  redis.on('ready', () => {
    redis.subscribe(channel).then(() => {
      alive = true;
      failures = 0;
      connections += 1;
      onSubscribed();
    }, replace);
  });

  function replace(error: Error): void {
    alive = false;
    failures += 1;
    onError(error);
    redis.disconnect(true);
  }

  const proofs = setInterval(() => {
    if (alive) redis.ping().catch(replace);
  }, proofEveryMs).unref();

  return {
    connection: () => (alive ? connections : undefined),
    close: () => {
      alive = false;
      clearInterval(proofs);
      redis.disconnect();
    },
  };
}

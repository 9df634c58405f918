// The API's connection to Temporal: made when it is first needed, so that the API starts and answers everything else
// while Temporal is away, and made again by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { createRecoveries, type Recoveries } from './recoveries.ts';
import { temporalConnection, type TemporalAddress } from './temporalConnection.ts';

const connectTimeoutMs = 1_000;
/** Timers fire on whole milliseconds. */
const timerGraceMs = 10;

type RecoveryConfig = TemporalAddress & Parameters<typeof createRecoveries>[1];

export function connectRecoveries(config: RecoveryConfig): {
  readonly recoveries: Recoveries;
  readonly close: () => Promise<void>;
} {
  const retries = createRetries();
  const connection = Connection.lazy({
    ...temporalConnection(config),
    connectTimeout: connectTimeoutMs,
    interceptors: [retries.interceptor],
  });
  const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
  return {
    recoveries: createRecoveries(client, config),
    close: async () => {
      await retries.end();
      await connection.close();
    },
  };
}

/**
 * The SDK's own retries, with an end: a retry that was due behind the connection's close would throw in its timer, where
 * nobody can catch it, and take the process with it.
 */
function createRetries() {
  const { retryableDecider, delayFunction } = defaultGrpcRetryOptions();
  let isEnding = false;
  let lastAt = 0;
  return {
    interceptor: makeGrpcRetryInterceptor({
      retryableDecider: (attempt, status) => !isEnding && retryableDecider(attempt, status),
      delayFunction: (attempt, status) => {
        const delayMs = delayFunction(attempt, status);
        lastAt = Math.max(lastAt, performance.now() + delayMs);
        return delayMs;
      },
    }),
    /** Lets no further retry begin and waits for the last that is due: a second or two, because calls have deadlines. */
    end: async (): Promise<void> => {
      isEnding = true;
      const leftMs = lastAt - performance.now();
      if (leftMs > 0) await pause(leftMs + timerGraceMs);
    },
  };
}

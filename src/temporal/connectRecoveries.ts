// Connects the API to Temporal. The connection is made at the first call, and again after a loss. So the API
// starts and answers other requests while Temporal is away.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { createRecoveries, type Recoveries } from './recoveries.ts';
import { connectionOptions, type ConnectionSettings } from './connectionOptions.ts';
import type { TemporalWatch } from './temporalUnavailable.ts';

const connectTimeoutMs = 1_000;
/** Added to a wait, because timers fire on whole milliseconds. */
const timerGraceMs = 10;

type ConnectConfig = ConnectionSettings & Parameters<typeof createRecoveries>[1];

export function connectRecoveries(
  config: ConnectConfig,
  watch?: TemporalWatch,
): {
  readonly recoveries: Recoveries;
  readonly close: () => Promise<void>;
} {
  const retries = createRetries();
  const connection = Connection.lazy({
    ...connectionOptions(config),
    connectTimeout: connectTimeoutMs,
    interceptors: [retries.interceptor],
  });
  const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
  return {
    recoveries: createRecoveries(client, config, watch),
    close: async () => {
      await retries.end();
      await connection.close();
    },
  };
}

/**
 * The SDK's own retries, with an end. A retry that is due after the connection was closed throws in its
 * timer. Nobody can catch that error, and the process would end.
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
    /**
     * Prevents further retries and waits for the last one, for a second or two because every call has a
     * deadline.
     */
    end: async (): Promise<void> => {
      isEnding = true;
      const leftMs = lastAt - performance.now();
      if (leftMs > 0) await pause(leftMs + timerGraceMs);
    },
  };
}

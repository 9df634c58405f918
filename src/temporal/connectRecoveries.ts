// Connects the API to Temporal. The connection is made at the first call, and again after a loss. So the API
// starts and answers other requests while Temporal is away.
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { createRecoveries, type Recoveries } from './recoveries.ts';
import { connectionOptions, type ConnectionSettings } from './connectionOptions.ts';
import type { TemporalWatch } from './temporalUnavailable.ts';

const connectTimeoutMs = 1_000;

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
  let waiting = 0;
  let idle: () => void = () => undefined;
  const retry = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => !isEnding && retryableDecider(attempt, status),
    delayFunction: (attempt, status) => {
      waiting += 1;
      return delayFunction(attempt, status);
    },
  });
  const interceptor: typeof retry = (options, nextCall) => {
    let isRetry = false;
    return retry(options, (again) => {
      if (isRetry) {
        waiting -= 1;
        if (waiting === 0) idle();
      }
      isRetry = true;
      return nextCall(again);
    });
  };
  return {
    interceptor,
    /**
     * Prevents further retries and waits until the last one has begun. That takes a second or two, because
     * every call has a deadline. Its time alone says nothing: on a busy event loop a timer fires late.
     */
    end: async (): Promise<void> => {
      isEnding = true;
      if (waiting > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
  };
}

// Prepares Temporal's SDK before the worker runs: installs the runtime with its log in ours, and connects. A
// server that is still starting gets some seconds.
import {
  type Logger as TemporalLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
} from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionOptions, type ConnectionSettings } from '../src/temporal/connectionOptions.ts';
import type { Log } from '../src/telemetry/log.ts';

const connectAttemptsMax = 20;
const connectDelayMs = 500;

/**
 * Must be called once per process, before any connection. `metricsAddress` is host:port of the SDK's own
 * metrics. The SDK handles no signals: worker/main.ts does, because it knows what else has to stop.
 */
export function installTemporalRuntime(log: Log, metricsAddress: string): void {
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      metrics: {
        prometheus: {
          bindAddress: metricsAddress,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
}

function temporalLogger(log: Log): TemporalLogger {
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: object) => {
      log[level](meta ?? {}, message);
    };
  const levels = {
    TRACE: write('trace'),
    DEBUG: write('debug'),
    // The SDK's INFO lines, such as a bundle's table of contents, do not interest an operator.
    INFO: write('debug'),
    WARN: write('warn'),
    ERROR: write('error'),
  };
  return {
    log: (level, message, meta) => {
      levels[level](message, meta);
    },
    trace: levels.TRACE,
    debug: levels.DEBUG,
    info: levels.INFO,
    warn: levels.WARN,
    error: levels.ERROR,
  };
}

/** Throws the last attempt's error after about `connectAttemptsMax * connectDelayMs`. */
export async function connectToTemporal(
  config: ConnectionSettings,
  log: Log,
  stop: AbortSignal,
): Promise<NativeConnection> {
  const options = connectionOptions(config);
  const { address } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      if (attempt === connectAttemptsMax) {
        throw new Error(`Temporal does not answer at ${address} after ${attempt} attempts`, { cause: error });
      }
      log.warn({ address, attempt, attemptsMax: connectAttemptsMax }, 'Temporal does not answer yet');
    }
    await sleep(connectDelayMs, undefined, { signal: stop });
  }
}

// Joins this API process to the others of its log, so that one of them commits for all.
import { answerOf } from '../src/api/wallets/walletAnswer.ts';
import type { CommandQueue } from '../src/commands/commandQueue.ts';
import { closeWaitMs } from '../src/commands/handover/handOver.ts';
import { type Handover, startHandover } from '../src/commands/handover/startHandover.ts';
import { type Config, commandTimeMaxMs } from '../src/config/config.ts';
import type { ApiMetrics } from '../src/telemetry/apiMetrics.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { Stores } from './connectStores.ts';

export interface HandoverWiring {
  readonly config: Config;
  readonly log: Log;
  readonly stores: Stores;
  readonly metrics: ApiMetrics;
  readonly processId: string;
  /** The secret of the installation, which the database keeps. */
  readonly secret: Buffer;
}

/** What the grace leaves for a recall, beside the wait before it and the longest command after it. */
function stopRecallTimeMaxMs(config: Config): number {
  const left = config.SHUTDOWN_GRACE_MS - closeWaitMs - commandTimeMaxMs(config);
  return Math.min(config.OUTCOME_WAIT_MAX_MS, Math.max(0, left));
}

/** The queue itself if the setting is off. */
export function wireHandover(queue: CommandQueue, wiring: HandoverWiring): Handover {
  const { config, log, stores, metrics, processId, secret } = wiring;
  if (config.COMMAND_HANDOVER === 'off')
    return { ...queue, isCommitter: () => false, noteContention: () => undefined, handsTo: () => undefined };
  return startHandover({
    queue,
    ...{ processId, secret },
    redis: stores.redis,
    redisUrl: config.REDIS_URL,
    keyPrefix: config.REDIS_KEY_PREFIX,
    pool: stores.commandPool,
    databaseUrl: config.DATABASE_URL,
    renderOf: (correlationId) => (outcome) => answerOf(outcome, correlationId),
    queueLengthMax: config.COMMAND_QUEUE_LENGTH_MAX,
    busyCount: config.COMMAND_HANDOVER_COUNT_MIN,
    waitMaxMs: commandTimeMaxMs(config),
    recallTimeMaxMs: config.OUTCOME_WAIT_MAX_MS,
    stopRecallTimeMaxMs: stopRecallTimeMaxMs(config),
    ...metrics.handover,
    onError: (error) => {
      log.debug({ err: error }, 'a message between API processes was not sent');
    },
  });
}

// Builds the command path from the settings: the queue, and the function that runs each of its batches.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { type CommandQueue, createCommandQueue } from './commandQueue.ts';
import { createWalletCache } from './walletCache.ts';
import { makeNextSegment } from '../eventStore/segments.ts';
import {
  type BatchedCommand,
  type BatchResult,
  executeBatch,
  type ExecuteBatchDeps,
} from './executeBatch.ts';

export interface CommandPathDeps extends Pick<
  ExecuteBatchDeps,
  'pool' | 'locks' | 'onAppended' | 'onFailedAttempt' | 'onCacheAsked' | 'processId' | 'failpoint'
> {
  readonly watchBatch?: BatchWatch;
}

/**
 * Observes every group commit. It is called instead of `run`, must call `run` once and must return its
 * results.
 */
export type BatchWatch = (
  batch: readonly BatchedCommand[],
  run: () => Promise<readonly BatchResult[]>,
) => Promise<readonly BatchResult[]>;

export function createCommandPath(config: Config, { watchBatch, ...deps }: CommandPathDeps): CommandQueue {
  const makeSegment = oneAtATime(() => makeNextSegment(deps.pool));
  const walletCache = createWalletCache({
    walletsMax: config.COMMAND_WALLETS_CACHED_MAX,
    monotonicMs: () => performance.now(),
    clockMs: () => Date.now(),
  });
  const run = (batch: readonly BatchedCommand[]) =>
    executeBatch(
      {
        ...deps,
        walletCache,
        monotonicMs: () => performance.now(),
        pause: (ms) => pause(ms),
        random: () => Math.random(),
        makeNextSegment: makeSegment,
        attemptsMax: config.COMMAND_ATTEMPTS_MAX,
        retryTimeMaxMs: config.OUTCOME_WAIT_MAX_MS,
      },
      batch,
    );
  return createCommandQueue({
    runBatch: watchBatch === undefined ? run : (batch) => watchBatch(batch, () => run(batch)),
    lanes: config.COMMAND_LANES,
    batchSizeMax: config.COMMAND_BATCH_SIZE_MAX,
    besideCountMin: config.COMMAND_BESIDE_COUNT_MIN,
    besideWaitMaxMs: config.COMMAND_BESIDE_WAIT_MAX_MS,
    queueLengthMax: config.COMMAND_QUEUE_LENGTH_MAX,
    queueTimeMaxMs: config.COMMAND_QUEUE_TIME_MAX_MS,
    lockWaitMaxMs: config.LOCK_WAIT_MAX_MS,
    now: () => performance.now(),
    random: () => Math.random(),
  });
}

/** A function that starts `run`, or waits for the run under way. */
function oneAtATime<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | undefined;
  return () => {
    underWay ??= run().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

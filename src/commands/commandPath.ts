// The command path as a whole: the queue, the batches it forms and the locks around them, wired from the settings.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { type CommandQueue, createCommandQueue } from './commandQueue.ts';
import { type BatchItem, type BatchResult, executeBatch, type ExecuteBatchDeps } from './executeBatch.ts';

export interface CommandPathDeps extends Pick<
  ExecuteBatchDeps,
  'pool' | 'locks' | 'onAppended' | 'onTrouble' | 'writer' | 'failpoint'
> {
  readonly watchBatch?: BatchWatch;
}

/** Sees every group commit: called instead of `run`, which it has to call once and whose results it passes on. */
export type BatchWatch = (
  items: readonly BatchItem[],
  run: () => Promise<readonly BatchResult[]>,
) => Promise<readonly BatchResult[]>;

export function createCommandPath(config: Config, { watchBatch, ...deps }: CommandPathDeps): CommandQueue {
  const run = (items: readonly BatchItem[]) =>
    executeBatch(
      {
        ...deps,
        monotonicMs: () => performance.now(),
        pause: (ms) => pause(ms),
        random: () => Math.random(),
        attemptsMax: config.COMMAND_ATTEMPTS_MAX,
        troubleTimeMaxMs: config.OUTCOME_WAIT_MAX_MS,
      },
      items,
    );
  return createCommandQueue({
    runBatch: watchBatch === undefined ? run : (items) => watchBatch(items, () => run(items)),
    lanes: config.COMMAND_LANES,
    batchSizeMax: config.COMMAND_BATCH_SIZE_MAX,
    queueLengthMax: config.COMMAND_QUEUE_LENGTH_MAX,
    queueTimeMaxMs: config.COMMAND_QUEUE_TIME_MAX_MS,
    lockWaitMaxMs: config.LOCK_WAIT_MAX_MS,
    now: () => performance.now(),
    random: () => Math.random(),
  });
}

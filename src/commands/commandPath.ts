// The command path as a whole: the queue, the batches it forms and the locks around them, wired from the settings.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { type CommandQueue, createCommandQueue } from './commandQueue.ts';
import { executeBatch, type ExecuteBatchDeps } from './executeBatch.ts';

export type CommandPathDeps = Pick<
  ExecuteBatchDeps,
  'pool' | 'locks' | 'onAppended' | 'onTrouble' | 'passes'
>;

export function createCommandPath(config: Config, deps: CommandPathDeps): CommandQueue {
  return createCommandQueue({
    runBatch: (items) =>
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
      ),
    lanes: config.COMMAND_LANES,
    batchSizeMax: config.COMMAND_BATCH_SIZE_MAX,
    queueLengthMax: config.COMMAND_QUEUE_LENGTH_MAX,
    queueTimeMaxMs: config.COMMAND_QUEUE_TIME_MAX_MS,
    lockWaitMaxMs: config.LOCK_WAIT_MAX_MS,
    now: () => performance.now(),
    random: () => Math.random(),
  });
}

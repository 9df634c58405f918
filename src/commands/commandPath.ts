// The command path as a whole: the queue, the batches it forms and the locks around them, wired from the settings.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import type { WalletLocks } from '../locks/walletLocks.ts';
import { type CommandQueue, createCommandQueue } from './commandQueue.ts';
import { executeBatch } from './executeBatch.ts';

export interface CommandPathDeps {
  readonly pool: Pool;
  readonly locks: WalletLocks;
  readonly onAppended: () => void;
  readonly onConflict: () => void;
}

export function createCommandPath(config: Config, deps: CommandPathDeps): CommandQueue {
  return createCommandQueue({
    runBatch: (submissions) =>
      executeBatch(
        {
          ...deps,
          now: () => new Date(),
          pause: (ms) => pause(ms),
          attemptsMax: config.COMMAND_ATTEMPTS_MAX,
          outcomeWaitMaxMs: config.OUTCOME_WAIT_MAX_MS,
        },
        submissions,
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

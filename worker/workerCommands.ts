// Wires the command path of the worker, with which activities submit commands. It has its own queue, its own
// connection and its own lock token, so commands of workflows and projections do not wait for each other.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { createCommandPath } from '../src/commands/commandPath.ts';
import { createWorkflowCommands, type SubmitStep } from '../src/commands/workflowCommands.ts';
import type { Config } from '../src/config/config.ts';
import { createPool } from '../src/eventStore/database.ts';
import { connectRedis } from '../src/locks/redisConnection.ts';
import { createWalletLocks } from '../src/locks/walletLocks.ts';
import { createWakeUpPublisher, wakeUpChannel } from '../src/projections/drain/wakeUp.ts';
import type { Log } from '../src/telemetry/log.ts';
import { createOutage } from '../src/telemetry/outageLines.ts';

/** One batch at a time. A worker runs 20 activities, so more lanes would only split their batches. */
const lanes = 1;

export interface WorkerCommands {
  readonly submitStep: SubmitStep;
  /** Its connections, for the metrics. */
  readonly pool: Pool;
}

/** `processId` names the worker in the records that it writes. Closes with `closings`: the queue first. */
export function wireWorkerCommands(
  config: Config,
  log: Log,
  processId: string,
  closings: AsyncDisposableStack,
): WorkerCommands {
  const postgres = createOutage(log, {
    begins: 'commands of workflows are not committed: their activities try again',
    ends: 'commands of workflows are committed again',
  });
  const pool = createPool(
    { ...config, DATABASE_CONNECTIONS_MAX: lanes },
    'wallet-worker-commands',
    postgres.failed,
    'commands',
  );
  closings.defer(() => pool.end());
  const onRedisError = (error: unknown) => {
    log.debug({ err: error }, 'commands of workflows go on without Redis');
  };
  const redis = connectRedis(config.REDIS_URL, config.REDIS_COMMAND_TIMEOUT_MS, onRedisError);
  closings.defer(() => {
    redis.disconnect();
  });
  const wakeUp = createWakeUpPublisher(redis, wakeUpChannel(config), onRedisError);
  const commands = createCommandPath(
    { ...config, COMMAND_LANES: lanes },
    {
      pool,
      processId,
      locks: createWalletLocks(redis, {
        keyPrefix: config.REDIS_KEY_PREFIX,
        token: randomUUID(),
        lockTtlMs: config.LOCK_TTL_MS,
        breakerOpenMs: config.REDIS_BREAKER_OPEN_MS,
        onBypass: onRedisError,
        now: () => performance.now(),
      }),
      onAppended: () => {
        postgres.worked();
        wakeUp();
      },
      onFailedAttempt: (failure, error) => {
        if (failure === 'conflict')
          log.debug({ err: error }, 'a batch lost to another process and runs again');
        else if (failure === 'fenced')
          log.debug({ err: error }, 'the fence of the log was moved, and a batch runs again');
        else if (failure === 'unsegmented')
          log.warn({ err: error }, 'the log has no segment for a batch, and this process makes the next one');
        else if (failure === 'fault')
          log.error({ err: error }, 'a batch of workflows could not be committed');
        else postgres.failed(error);
      },
    },
  );
  closings.defer(() => commands.close());
  return { submitStep: createWorkflowCommands(commands.submit), pool };
}

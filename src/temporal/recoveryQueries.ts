// Writes Temporal's queries for the runs that operators see, so that the list and the health model mean the
// same runs. Pure.
import type { Config } from '../config/config.ts';
import { recoveryKinds } from '../workflows/recovery/recoveryKinds.ts';

type QueueConfig = Pick<Config, 'TEMPORAL_TASK_QUEUE'>;

const types = Object.keys(recoveryKinds)
  .map((kind) => `'${kind}'`)
  .join(', ');

/**
 * Recoveries that no schedule started, and all verifications. A schedule starts verifications, too, and their
 * outcome matters as much.
 */
export function recoveriesQuery({ TEMPORAL_TASK_QUEUE: taskQueue }: QueueConfig): string {
  return `TaskQueue = '${taskQueue}' AND WorkflowType IN (${types}) AND (TemporalScheduledById IS NULL OR WorkflowType = 'verifyProjections')`;
}

/** Verifications that ended with a result. Temporal answers the newest first. */
export function completedVerificationsQuery({ TEMPORAL_TASK_QUEUE: taskQueue }: QueueConfig): string {
  return `TaskQueue = '${taskQueue}' AND WorkflowType = 'verifyProjections' AND ExecutionStatus = 'Completed'`;
}

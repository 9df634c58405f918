// Starts the workflow of a webhook endpoint, or wakes the one that runs.
import { type Client, WorkflowIdConflictPolicy } from '@temporalio/client';
import type { Config } from '../config/config.ts';

type RetryConfig = Pick<Config, 'SCHEDULE_ID_PREFIX' | 'TEMPORAL_TASK_QUEUE'>;

/** Longest wait for Temporal. A drain asks again later. */
const startWithinMs = 5_000;

export function webhookRetryId(
  { SCHEDULE_ID_PREFIX: prefix }: Pick<RetryConfig, 'SCHEDULE_ID_PREFIX'>,
  endpointId: string,
): string {
  return `${prefix}webhook-retry/${endpointId}`;
}

/** A signal that comes while a run ends is not lost: the run then goes on. */
export function createStartRetry(client: Client, config: RetryConfig): (endpointId: string) => Promise<void> {
  return async (endpointId) => {
    await client.withDeadline(Date.now() + startWithinMs, () =>
      client.workflow.signalWithStart('webhookRetry', {
        workflowId: webhookRetryId(config, endpointId),
        taskQueue: config.TEMPORAL_TASK_QUEUE,
        args: [{ endpointId }],
        signal: 'parked',
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        staticSummary: 'Deliveries to a webhook endpoint that failed',
      }),
    );
  };
}

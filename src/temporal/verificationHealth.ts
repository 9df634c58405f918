// Reads when a verification completed last, for the health model. A verification that an operator started
// proves as much as a scheduled one.
import type { Client } from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { timeOf } from './runHealth.ts';
import type { Ask } from './temporalUnavailable.ts';

export interface VerificationHealth {
  /** Milliseconds since the epoch, by Temporal's clock. Null if Temporal keeps no completed run. */
  readonly completedAtMs: number | null;
  /** For how long Temporal keeps a closed run. */
  readonly keptS: number;
}

export async function readVerificationHealth(
  client: Client,
  config: Pick<Config, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE'>,
  ask: Ask,
): Promise<VerificationHealth> {
  const { TEMPORAL_NAMESPACE: namespace, TEMPORAL_TASK_QUEUE: taskQueue } = config;
  const query = `TaskQueue = '${taskQueue}' AND WorkflowType = 'verifyProjections' AND ExecutionStatus = 'Completed'`;
  const [listed, described] = await Promise.all([
    // The newest comes first.
    ask(() => client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 })),
    ask(() => client.workflowService.describeNamespace({ namespace })),
  ]);
  const closed = listed.executions[0]?.closeTime;
  return {
    completedAtMs: closed === undefined || closed === null ? null : timeOf(closed),
    keptS: Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0),
  };
}

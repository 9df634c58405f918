// Reads when a verification completed last, for the health model. A verification that an operator started
// proves as much as a scheduled one.
import type { Client } from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { completedVerificationsQuery } from './recoveryQueries.ts';
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
  const namespace = config.TEMPORAL_NAMESPACE;
  const query = completedVerificationsQuery(config);
  const [listed, described] = await Promise.all([
    ask(() => client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 })),
    ask(() => client.workflowService.describeNamespace({ namespace })),
  ]);
  const closed = listed.executions[0]?.closeTime;
  return {
    completedAtMs: closed === undefined || closed === null ? null : timeOf(closed),
    keptS: Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0),
  };
}

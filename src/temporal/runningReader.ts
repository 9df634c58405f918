// Finds a rebuild or a verification that runs. It reads the log from its beginning, so no part of the log may
// go meanwhile.
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { type RecoveryKind, recoveryKinds } from '../workflows/recovery/recoveryKinds.ts';

const readers = [
  'rebuildAllReadModels',
  'rebuildLedger',
  'verifyProjections',
] as const satisfies RecoveryKind[];

/** Its type. Undefined if none runs. A verification that its schedule started has an id with its time. */
export async function runningReader(
  client: Client,
  config: Pick<Config, 'SCHEDULE_ID_PREFIX' | 'TEMPORAL_TASK_QUEUE'>,
): Promise<string | undefined> {
  for (const kind of readers) {
    const id = recoveryKinds[kind].workflowId({});
    if (await isRunning(client, `${config.SCHEDULE_ID_PREFIX}${id}`)) return kind;
  }
  const types = readers.map((kind) => `'${kind}'`).join(', ');
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types}) AND TaskQueue = '${config.TEMPORAL_TASK_QUEUE}'`;
  for await (const { type } of client.workflow.list({ query, pageSize: 1 })) return type;
  return undefined;
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

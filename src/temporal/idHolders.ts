// Finds out whether the id of a recovery is held by a run that is not this recovery. A start by hand with a
// wrong type or task queue makes such a run. It blocks the id until somebody ends it, so every read shows it.
import type { Client } from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { type RecoveryKind, recoveryKinds } from '../workflows/recovery/recoveryKinds.ts';
import { visible } from '../foreignText.ts';
import { quoted } from './commandLines.ts';

type HolderConfig = Pick<Config, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE' | 'SCHEDULE_ID_PREFIX'>;

/** The ids of each recovery. One fixed id, or the beginning of the ids of a recovery of one wallet. */
const ids = (Object.keys(recoveryKinds) as RecoveryKind[]).map((kind) => {
  const { workflowId, fields } = recoveryKinds[kind];
  return {
    kind,
    id: workflowId({ walletId: '' }),
    isPrefix: Object.values(fields).some(({ type }) => type === 'id'),
  };
});

/** The recovery to which a workflow id belongs. Undefined if it belongs to none. */
export function ownerOf(config: HolderConfig, workflowId: string): RecoveryKind | undefined {
  return ids.find(({ id, isPrefix }) => {
    const whole = `${config.SCHEDULE_ID_PREFIX}${id}`;
    return isPrefix ? workflowId.startsWith(whole) : workflowId === whole;
  })?.kind;
}

/** Temporal's query for runs that hold the id of a recovery and are of no known type, or on another queue. */
export function holdersQuery(config: HolderConfig): string {
  const held = ids.map(({ id, isPrefix }) => {
    const value = `'${config.SCHEDULE_ID_PREFIX}${id}'`;
    return isPrefix ? `WorkflowId STARTS_WITH ${value}` : `WorkflowId = ${value}`;
  });
  return `ExecutionStatus = 'Running' AND (${held.join(' OR ')})`;
}

export interface Holder {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly taskQueue: string;
  readonly startedAt: Date;
}

/** Whether the run is another recovery than the one to which its id belongs, or none of this service. */
export function isForeign(config: HolderConfig, { workflowId, type, taskQueue }: Holder): boolean {
  const owner = ownerOf(config, workflowId);
  return owner !== undefined && (type !== owner || taskQueue !== config.TEMPORAL_TASK_QUEUE);
}

/** Events that are looked through. Before its first task, a run has signals and cancel requests only. */
const firstEventsMax = 100;

/** Whether a worker has ever taken a task of the run. Without one, there is nothing that a cancel removes. */
export async function hasBegun(
  client: Client,
  namespace: string,
  execution: Pick<Holder, 'workflowId' | 'runId'>,
): Promise<boolean> {
  const { history, nextPageToken } = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId: execution.workflowId, runId: execution.runId },
    maximumPageSize: firstEventsMax,
  });
  if (nextPageToken.length > 0) return true;
  const events = history?.events ?? [];
  return events.some(({ workflowTaskStartedEventAttributes: task }) => (task ?? undefined) !== undefined);
}

/** Says what holds the id, since when, and how to end it. */
export function problemOf(config: HolderConfig, holder: Holder, begun: boolean): string {
  const { workflowId, type, taskQueue, startedAt } = holder;
  const owner = ownerOf(config, workflowId) ?? 'a recovery';
  const target = `--namespace ${config.TEMPORAL_NAMESPACE} --workflow-id ${argument(workflowId)}`;
  return [
    `${inWords(workflowId)} is held by a workflow of type ${inWords(type)} on the task queue ${inWords(taskQueue)}`,
    `since ${startedAt.toISOString()}.`,
    begun ? '' : 'No worker has begun it.',
    `The id belongs to ${owner} on the task queue ${inWords(config.TEMPORAL_TASK_QUEUE)}.`,
    `End it with: temporal workflow ${begun ? 'cancel' : `terminate --reason 'wrong start'`} ${target}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const shownMax = 100;

function inWords(text: string): string {
  return `"${visible(text.slice(0, shownMax))}"`;
}

function argument(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : quoted(visible(text));
}

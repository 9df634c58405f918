// Reads whether the current run of a schedule or of a recovery gets on: whether it is paused inside Temporal,
// whether its activity fails, and whether its own code fails.
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../config/config.ts';
import type { Ask } from './temporalUnavailable.ts';

export interface RunHealth {
  readonly workflowId: string;
  /** Somebody paused the workflow or its activity inside Temporal. A schedule's pause is another thing. */
  readonly isPaused: boolean;
  readonly isWorkflowPaused: boolean;
  /** Ids of its activities that are paused. */
  readonly pausedActivities: readonly string[];
  /** Who paused it, as Temporal knows. */
  readonly pausedBy: string | null;
  /** Attempt of its activity; 1 if it has not failed. */
  readonly attempt: number;
  readonly lastFailure: string | null;
  /** The worker that took its work again and again and never answered, such as a frozen process. */
  readonly silentWorker: string | null;
  /** Attempt of its workflow task. Above 1 its code fails, or nobody has that code. */
  readonly taskAttempt: number;
  /** The last failure of its workflow task. */
  readonly taskFailure: string | null;
}

type RunConfig = Pick<Config, 'TEMPORAL_NAMESPACE'>;

/** One failed task may be a worker that was stopped. */
const taskAttemptsAskedFrom = 2;
/** The newest events of a history that may tell why the last task failed. */
const eventsLookedAt = 10;
const statusPaused = 8;
/** The attempt after two that nobody answered. */
const silentAttempts = 3;
/** Temporal's own words. */
const heartbeatMissing = 'activity Heartbeat timeout';

/** Null if the run ended meanwhile. */
export async function readRunHealth(
  client: Client,
  { TEMPORAL_NAMESPACE: namespace }: RunConfig,
  execution: { readonly workflowId: string; readonly runId?: string },
  ask: Ask,
): Promise<RunHealth | null> {
  const { workflowId } = execution;
  try {
    const { raw } = await ask(() => client.workflow.getHandle(workflowId, execution.runId).describe());
    const activities = raw.pendingActivities ?? [];
    const paused = activities.filter((one) => one.paused === true);
    const isWorkflowPaused = Number(raw.workflowExecutionInfo?.status) === statusPaused;
    const failing = activities.find(({ lastFailure }) => (lastFailure?.message ?? '') !== '');
    const taskAttempt = raw.pendingWorkflowTask?.attempt ?? 1;
    const task =
      taskAttempt < taskAttemptsAskedFrom ? wellTask : await readTaskEnd(client, namespace, workflowId, ask);
    const silentOnTask = taskAttempt < silentAttempts ? null : task.silentWorker;
    return {
      workflowId,
      isPaused: paused.length > 0 || isWorkflowPaused,
      isWorkflowPaused,
      pausedActivities: paused.map(({ activityId }) => activityId ?? ''),
      pausedBy: paused[0]?.pauseInfo?.manual?.identity ?? null,
      attempt: Math.max(1, ...activities.map(({ attempt }) => attempt ?? 1)),
      lastFailure: failing?.lastFailure?.message ?? null,
      silentWorker: activities.find(isUnanswered)?.lastWorkerIdentity ?? silentOnTask,
      taskAttempt,
      taskFailure: task.failure,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

type PendingActivity = NonNullable<
  Awaited<ReturnType<Client['workflowService']['describeWorkflowExecution']>>['pendingActivities']
>[number];

/** One time-out may be a worker that was killed. Another worker then takes the work and answers. */
function isUnanswered({
  attempt,
  lastFailure,
  lastStartedTime,
  lastHeartbeatTime,
}: PendingActivity): boolean {
  if ((attempt ?? 1) < silentAttempts || lastFailure?.message !== heartbeatMissing) return false;
  return timeOf(lastHeartbeatTime) <= timeOf(lastStartedTime);
}

/** How the last failed or timed-out workflow task of a run ended. */
interface TaskEnd {
  readonly failure: string | null;
  /** The worker that took the task and did not answer in time. */
  readonly silentWorker: string | null;
}

const wellTask: TaskEnd = { failure: null, silentWorker: null };
/** A worker took the task. The other kind of time-out means that no worker took it. */
const startToClose = 1;

/** A history records how the first attempt of a task ended, and only counts later attempts. */
async function readTaskEnd(
  client: Client,
  namespace: string,
  workflowId: string,
  ask: Ask,
): Promise<TaskEnd> {
  const { history } = await ask(() =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId },
      maximumPageSize: eventsLookedAt,
    }),
  );
  const events = history?.events ?? [];
  const ended = events.find(
    (event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes,
  );
  const failure = ended?.workflowTaskFailedEventAttributes?.failure?.message ?? null;
  const timedOut = ended?.workflowTaskTimedOutEventAttributes;
  if (Number(timedOut?.timeoutType) !== startToClose) return { failure, silentWorker: null };
  const started = events.find(({ eventId }) => String(eventId) === String(timedOut?.startedEventId));
  return { failure, silentWorker: started?.workflowTaskStartedEventAttributes?.identity ?? null };
}

/** Milliseconds since the epoch. */
export function timeOf(
  time: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined,
): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1_000_000;
}

// Reads recoveries, and other runs that hold their ids. Every call has a deadline. It is an error if Temporal
// does not answer. If no worker answers, the progress is null.
import {
  type Client,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { innermostMessage } from '../workflows/recovery/innermostMessage.ts';
import type { RecoveryProgress } from '../workflows/recovery/progress.ts';
import { type RecoveryKind, recoveryKinds } from '../workflows/recovery/recoveryKinds.ts';
import { type FailingStep, failingStepOf } from './failingStep.ts';
import type { Ask } from './temporalUnavailable.ts';
import { hasBegun, type Holder, isForeign, ownerOf, problemOf } from './idHolders.ts';

/** Longest wait for a worker that answers a query. */
const workerWaitMaxMs = 2_000;

export interface RecoveryRun {
  readonly workflowId: string;
  readonly runId: string;
  /** Shows the run in the Temporal Web UI. */
  readonly url: string;
}

export interface RecoveryListItem extends RecoveryRun {
  readonly type: string;
  /** Temporal's name for it: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED … */
  readonly state: string;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
  /** Says so if the run holds the id of another recovery. */
  readonly problem: string | null;
}

export interface RecoveryDetails extends RecoveryListItem {
  /** Null if no worker answers. */
  readonly progress: RecoveryProgress | null;
  /** The step that fails and is tried again, of a run that has not ended. */
  readonly retrying: FailingStep | null;
  readonly result: unknown;
  readonly failure: string | null;
}

export type RecoveriesConfig = Pick<
  Config,
  | 'TEMPORAL_NAMESPACE'
  | 'TEMPORAL_TASK_QUEUE'
  | 'TEMPORAL_UI_URL'
  | 'SCHEDULE_ID_PREFIX'
  | 'VERIFY_INTERVAL_HOURS'
  | 'ARCHIVE_URL'
  | 'ARCHIVE_AFTER_DAYS'
>;

export interface Connected {
  readonly client: Client;
  readonly config: RecoveriesConfig;
  readonly ask: Ask;
}

export function runOf(config: RecoveriesConfig, workflowId: string, runId: string): RecoveryRun {
  const namespaceUrl = `${config.TEMPORAL_UI_URL}/namespaces/${config.TEMPORAL_NAMESPACE}`;
  return {
    workflowId,
    runId,
    url: `${namespaceUrl}/workflows/${encodeURIComponent(workflowId)}/${runId}`,
  };
}

/** Undefined for anything that is not a recovery and holds the id of none. */
export async function readRecovery(
  { client, config, ask }: Connected,
  workflowId: string,
): Promise<RecoveryDetails | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  const described = await ask(() => handle.describe()).catch(undefinedWhenAbsent);
  if (described === undefined) return undefined;
  const { type, runId, status, startTime, closeTime, taskQueue } = described;
  const isRecovery = isRecoveryKind(type) && taskQueue === config.TEMPORAL_TASK_QUEUE;
  // A run that holds the id of a recovery is shown, whatever it is. Other runs of the namespace are not.
  if (!isRecovery && ownerOf(config, workflowId) === undefined) return undefined;
  const holder = { workflowId, runId, type, taskQueue, startedAt: startTime };
  const problem = status.name === 'RUNNING' ? await problemIn({ client, config, ask }, holder) : null;
  return {
    ...runOf(config, workflowId, runId),
    type,
    state: status.name,
    startedAt: startTime,
    closedAt: closeTime ?? null,
    problem,
    progress: isRecovery && problem === null ? await progressOf(handle, ask) : null,
    retrying: status.name === 'RUNNING' ? await failingStepOf(client, described.raw, ask, new Date()) : null,
    // The result of another program's workflow is not ours to show.
    ...(status.name === 'RUNNING' || !isRecovery
      ? { result: null, failure: null }
      : await endOf(client.workflow.getHandle(workflowId, runId), ask)),
  };
}

/** Says so if a running run holds the id of another recovery. */
export async function problemIn({ client, config, ask }: Connected, holder: Holder): Promise<string | null> {
  if (!isForeign(config, holder)) return null;
  const begun = await ask(() => hasBegun(client, config.TEMPORAL_NAMESPACE, holder));
  return problemOf(config, holder, begun);
}

function isRecoveryKind(type: string): type is RecoveryKind {
  return Object.hasOwn(recoveryKinds, type);
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

async function progressOf(handle: WorkflowHandle, ask: Ask): Promise<RecoveryProgress | null> {
  try {
    const told = await ask(() => handle.query<RecoveryProgress>('progress'), workerWaitMaxMs);
    return shownProgress(told, new Date());
  } catch {
    // There may be no worker, or the run has not begun, or its version is old. The rest of the answer still
    // holds.
    return null;
  }
}

/** Counts down to the end of a wait. A worker of an older release tells neither that nor a total time. */
export function shownProgress(told: RecoveryProgress, now: Date): RecoveryProgress {
  const { waitsUntil = null, tookS = null } = told as Partial<RecoveryProgress>;
  const left = waitsUntil === null ? null : Date.parse(waitsUntil) - now.getTime();
  const secondsLeft = left === null ? told.secondsLeft : Math.max(0, Math.ceil(left / 1_000));
  return { ...told, secondsLeft, waitsUntil, tookS };
}

async function endOf(handle: WorkflowHandle, ask: Ask): Promise<{ result: unknown; failure: string | null }> {
  try {
    return { result: (await ask(() => handle.result())) ?? null, failure: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { result: null, failure: innermostMessage(error) };
  }
}

// Starts, watches and steers recoveries through Temporal's client. Everything it asks has a deadline: Temporal may be
// away, or no worker may be there to answer, and whoever asks is told which of the two it is.
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { innermostMessage } from '../workflows/recovery/innermostMessage.ts';
import type { RecoveryProgress } from '../workflows/recovery/progress.ts';
import {
  type RecoveryArguments,
  type RecoveryKind,
  recoveryKinds,
} from '../workflows/recovery/recoveryKinds.ts';
import { createSchedules, type Schedules } from './schedules.ts';
import { whenTemporalAnswers } from './temporalUnavailable.ts';
import { startCommand } from './commandLines.ts';

export type { RecoveryProgress };

/** Longest wait for Temporal itself, and for a worker that answers a query or an update. */
const temporalWaitMaxMs = 3_000;
const workerWaitMaxMs = 2_000;

export interface RecoveryRun {
  readonly workflowId: string;
  readonly runId: string;
  /** Of the Temporal Web UI. */
  readonly url: string;
}

export interface RecoveryListItem extends RecoveryRun {
  readonly type: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED … */
  readonly state: string;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
}

export interface RecoveryDetails extends RecoveryListItem {
  /** Null where no worker answers. */
  readonly progress: RecoveryProgress | null;
  readonly result: unknown;
  readonly failure: string | null;
}

export type StartOutcome =
  | { readonly kind: 'started'; readonly run: RecoveryRun; readonly command: string }
  | { readonly kind: 'running'; readonly details: RecoveryDetails };

export type Steering = 'pause' | 'resume' | 'cancel';
export type SteerOutcome =
  | { readonly kind: 'done'; readonly progress: RecoveryProgress | null }
  | { readonly kind: 'ended'; readonly state: string }
  | { readonly kind: 'absent' };

/** Everything rejects with TemporalUnavailableError where Temporal does not answer. */
export interface Recoveries extends Schedules {
  readonly start: <Kind extends RecoveryKind>(
    kind: Kind,
    argument: RecoveryArguments[Kind],
  ) => Promise<StartOutcome>;
  /** Running ones first, then the latest; those that schedules started are left out. */
  readonly list: (limit: number) => Promise<readonly RecoveryListItem[]>;
  /** Undefined for anything that is not a recovery. */
  readonly read: (workflowId: string) => Promise<RecoveryDetails | undefined>;
  readonly steer: (workflowId: string, steering: Steering) => Promise<SteerOutcome>;
}

type RecoveriesConfig = Pick<
  Config,
  'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE' | 'TEMPORAL_UI_URL' | 'SCHEDULE_ID_PREFIX'
>;

export function createRecoveries(client: Client, config: RecoveriesConfig): Recoveries {
  const ask = <T>(work: () => Promise<T>, waitMaxMs = temporalWaitMaxMs) =>
    whenTemporalAnswers(() => client.withDeadline(Date.now() + waitMaxMs, work));
  const runOf = (workflowId: string, runId: string): RecoveryRun => ({
    workflowId,
    runId,
    url: `${config.TEMPORAL_UI_URL}/namespaces/${config.TEMPORAL_NAMESPACE}/workflows/${encodeURIComponent(workflowId)}/${runId}`,
  });

  const read = async (workflowId: string): Promise<RecoveryDetails | undefined> => {
    const handle = client.workflow.getHandle(workflowId);
    const described = await ask(() => handle.describe()).catch(undefinedWhenAbsent);
    if (described === undefined || !isRecoveryKind(described.type)) return undefined;
    if (described.taskQueue !== config.TEMPORAL_TASK_QUEUE) return undefined;
    const { type, runId, status, startTime, closeTime } = described;
    return {
      ...runOf(workflowId, runId),
      type,
      state: status.name,
      startedAt: startTime,
      closedAt: closeTime ?? null,
      progress: await progressOf(handle, ask),
      ...(status.name === 'RUNNING'
        ? { result: null, failure: null }
        : await endOf(client.workflow.getHandle(workflowId, runId), ask)),
    };
  };

  return {
    ...createSchedules(client, config, ask),
    read,
    start: async (kind, argument) => {
      const { workflowId: idOf, summary } = recoveryKinds[kind];
      const workflowId = `${config.SCHEDULE_ID_PREFIX}${idOf(argument)}`;
      try {
        const handle = await ask(() =>
          client.workflow.start(kind, {
            workflowId,
            taskQueue: config.TEMPORAL_TASK_QUEUE,
            args: [argument],
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
            workflowIdConflictPolicy: 'FAIL',
            staticSummary: summary,
          }),
        );
        const run = runOf(workflowId, handle.firstExecutionRunId);
        return { kind: 'started', run, command: startCommand(config, kind, workflowId, argument) };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        const details = await read(workflowId);
        if (details === undefined) throw error;
        return { kind: 'running', details };
      }
    },
    list: async (limit) => {
      const types = Object.keys(recoveryKinds)
        .map((kind) => `'${kind}'`)
        .join(', ');
      const query = `TaskQueue = '${config.TEMPORAL_TASK_QUEUE}' AND TemporalScheduledById IS NULL AND WorkflowType IN (${types})`;
      return ask(async () => {
        const found: RecoveryListItem[] = [];
        for await (const one of client.workflow.list({ query, pageSize: limit })) {
          const { workflowId, runId, type, status, startTime, closeTime } = one;
          found.push({
            ...runOf(workflowId, runId),
            type,
            state: status.name,
            startedAt: startTime,
            closedAt: closeTime ?? null,
          });
          if (found.length === limit) break;
        }
        return found;
      });
    },
    steer: async (workflowId, steering) => {
      const details = await read(workflowId);
      if (details === undefined) return { kind: 'absent' };
      if (details.state !== 'RUNNING') return { kind: 'ended', state: details.state };
      const handle = client.workflow.getHandle(workflowId);
      try {
        if (steering === 'cancel') {
          await ask(() => handle.cancel());
          return { kind: 'done', progress: details.progress };
        }
        // An update waits for its answer; where no worker is there to give it, this rejects like a Temporal that is away.
        const progress = await ask(() => handle.executeUpdate<RecoveryProgress, []>(steering));
        return { kind: 'done', progress };
      } catch (error) {
        // It may have ended between the look and the word.
        const now = await read(workflowId);
        if (now === undefined || now.state === 'RUNNING') throw error;
        return { kind: 'ended', state: now.state };
      }
    },
  };
}

function isRecoveryKind(type: string): type is RecoveryKind {
  return Object.hasOwn(recoveryKinds, type);
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

type Ask = <T>(work: () => Promise<T>, waitMaxMs?: number) => Promise<T>;

async function progressOf(handle: WorkflowHandle, ask: Ask): Promise<RecoveryProgress | null> {
  try {
    return await ask(() => handle.query<RecoveryProgress>('progress'), workerWaitMaxMs);
  } catch {
    // Whatever the reason, no worker, a run that has not begun, one of an old version: the rest of the answer stands.
    return null;
  }
}

async function endOf(handle: WorkflowHandle, ask: Ask): Promise<{ result: unknown; failure: string | null }> {
  try {
    return { result: (await ask(() => handle.result())) ?? null, failure: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { result: null, failure: innermostMessage(error) };
  }
}

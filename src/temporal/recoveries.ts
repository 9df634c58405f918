// Starts, lists, reads and steers recoveries through Temporal's client. Every call has a deadline, because
// Temporal may be away and no worker may run. A silent Temporal is an error, and a silent worker leaves the
// progress null.
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
import { type Ask, createAsk } from './temporalUnavailable.ts';
import { unpauseRun } from './unpauseRun.ts';
import { createTemporalHealth, type TemporalHealth } from './temporalHealth.ts';
import { startCommand } from './commandLines.ts';

export type { RecoveryProgress };

/** Longest wait for a worker that answers a query. */
const workerWaitMaxMs = 2_000;

interface RecoveryRun {
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
}

export interface RecoveryDetails extends RecoveryListItem {
  /** Null if no worker answers. */
  readonly progress: RecoveryProgress | null;
  readonly result: unknown;
  readonly failure: string | null;
}

type StartOutcome =
  | { readonly kind: 'started'; readonly run: RecoveryRun; readonly command: string }
  | { readonly kind: 'running'; readonly details: RecoveryDetails };

export type Steering = 'pause' | 'resume' | 'cancel';
export type SteerOutcome =
  | { readonly kind: 'done'; readonly progress: RecoveryProgress | null }
  | { readonly kind: 'ended'; readonly state: string }
  | { readonly kind: 'absent' };

/** Every function rejects with TemporalUnavailableError if Temporal does not answer. */
export interface Recoveries extends Schedules {
  readonly start: <Kind extends RecoveryKind>(
    kind: Kind,
    argument: RecoveryArguments[Kind],
  ) => Promise<StartOutcome>;
  /**
   * Running ones first, then the latest. Of the runs that a schedule started, only verifications are listed.
   */
  readonly list: (limit: number) => Promise<readonly RecoveryListItem[]>;
  /** Undefined for anything that is not a recovery. */
  readonly read: (workflowId: string) => Promise<RecoveryDetails | undefined>;
  readonly steer: (workflowId: string, steering: Steering) => Promise<SteerOutcome>;
  readonly temporalHealth: () => Promise<TemporalHealth>;
}

type RecoveriesConfig = Pick<
  Config,
  | 'TEMPORAL_NAMESPACE'
  | 'TEMPORAL_TASK_QUEUE'
  | 'TEMPORAL_UI_URL'
  | 'SCHEDULE_ID_PREFIX'
  | 'VERIFY_INTERVAL_HOURS'
>;

export function createRecoveries(client: Client, config: RecoveriesConfig): Recoveries {
  const ask = createAsk(client);
  const connected = { client, config, ask };
  return {
    ...createSchedules(client, config, ask),
    temporalHealth: createTemporalHealth(client, config, ask),
    start: (kind, argument) => start(connected, kind, argument),
    list: (limit) => list(connected, limit),
    read: (workflowId) => read(connected, workflowId),
    steer: (workflowId, steering) => steer(connected, workflowId, steering),
  };
}

interface Connected {
  readonly client: Client;
  readonly config: RecoveriesConfig;
  readonly ask: Ask;
}

function runOf(config: RecoveriesConfig, workflowId: string, runId: string): RecoveryRun {
  const namespaceUrl = `${config.TEMPORAL_UI_URL}/namespaces/${config.TEMPORAL_NAMESPACE}`;
  return {
    workflowId,
    runId,
    url: `${namespaceUrl}/workflows/${encodeURIComponent(workflowId)}/${runId}`,
  };
}

async function start<Kind extends RecoveryKind>(
  { client, config, ask }: Connected,
  kind: Kind,
  argument: RecoveryArguments[Kind],
): Promise<StartOutcome> {
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
    const run = runOf(config, workflowId, handle.firstExecutionRunId);
    return { kind: 'started', run, command: startCommand(config, kind, workflowId, argument) };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const details = await read({ client, config, ask }, workflowId);
    if (details === undefined) throw error;
    return { kind: 'running', details };
  }
}

function list({ client, config, ask }: Connected, limit: number): Promise<readonly RecoveryListItem[]> {
  const types = Object.keys(recoveryKinds)
    .map((kind) => `'${kind}'`)
    .join(', ');
  const query = `TaskQueue = '${config.TEMPORAL_TASK_QUEUE}' AND WorkflowType IN (${types}) AND (TemporalScheduledById IS NULL OR WorkflowType = 'verifyProjections')`;
  return ask(async () => {
    const found: RecoveryListItem[] = [];
    for await (const one of client.workflow.list({ query, pageSize: limit })) {
      const { workflowId, runId, type, status, startTime, closeTime } = one;
      found.push({
        ...runOf(config, workflowId, runId),
        type,
        state: status.name,
        startedAt: startTime,
        closedAt: closeTime ?? null,
      });
      if (found.length === limit) break;
    }
    return found;
  });
}

async function read(
  { client, config, ask }: Connected,
  workflowId: string,
): Promise<RecoveryDetails | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  const described = await ask(() => handle.describe()).catch(undefinedWhenAbsent);
  if (described === undefined || !isRecoveryKind(described.type)) return undefined;
  if (described.taskQueue !== config.TEMPORAL_TASK_QUEUE) return undefined;
  const { type, runId, status, startTime, closeTime } = described;
  return {
    ...runOf(config, workflowId, runId),
    type,
    state: status.name,
    startedAt: startTime,
    closedAt: closeTime ?? null,
    progress: await progressOf(handle, ask),
    ...(status.name === 'RUNNING'
      ? { result: null, failure: null }
      : await endOf(client.workflow.getHandle(workflowId, runId), ask)),
  };
}

async function steer(connected: Connected, workflowId: string, steering: Steering): Promise<SteerOutcome> {
  const { client, ask } = connected;
  const details = await read(connected, workflowId);
  if (details === undefined) return { kind: 'absent' };
  if (details.state !== 'RUNNING') return { kind: 'ended', state: details.state };
  const handle = client.workflow.getHandle(workflowId);
  try {
    if (steering === 'cancel') {
      await ask(() => handle.cancel());
      return { kind: 'done', progress: details.progress };
    }
    if (steering === 'resume')
      await unpauseRun(client, connected.config.TEMPORAL_NAMESPACE, { workflowId }, ask);
    // An update waits for a worker's answer. Without a worker it rejects as if Temporal were away.
    const progress = await ask(() => handle.executeUpdate<RecoveryProgress, []>(steering));
    return { kind: 'done', progress };
  } catch (error) {
    // The recovery may have ended between the read and the request.
    const now = await read(connected, workflowId);
    if (now === undefined || now.state === 'RUNNING') throw error;
    return { kind: 'ended', state: now.state };
  }
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
    return await ask(() => handle.query<RecoveryProgress>('progress'), workerWaitMaxMs);
  } catch {
    // There may be no worker, or the run has not begun, or its version is old. The rest of the answer still
    // holds.
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

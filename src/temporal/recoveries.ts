// Starts and steers recoveries through Temporal's client. Every call has a deadline, because Temporal may be
// away and no worker may run.
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { RecoveryProgress } from '../workflows/recovery/progress.ts';
import {
  type RecoveryArguments,
  type RecoveryKind,
  recoveryKinds,
} from '../workflows/recovery/recoveryKinds.ts';
import { createSchedules, type Schedules } from './schedules.ts';
import { createAsk, type TemporalWatch } from './temporalUnavailable.ts';
import { unpauseRun } from './unpauseRun.ts';
import { createTemporalHealth, type TemporalHealth } from './temporalHealth.ts';
import { startCommand } from './commandLines.ts';
import { hasBegun } from './idHolders.ts';
import { listRecoveries, type RecoveryPage, type RecoveryPageQuery } from './listRecoveries.ts';
import {
  type Connected,
  readRecovery,
  type RecoveriesConfig,
  type RecoveryDetails,
  type RecoveryRun,
  runOf,
} from './readRecoveries.ts';

export type { RecoveryDetails, RecoveryProgress };

type StartOutcome =
  | { readonly kind: 'started'; readonly run: RecoveryRun; readonly command: string }
  | { readonly kind: 'running'; readonly details: RecoveryDetails }
  | HeldOutcome;

/** Another run holds the id of the recovery. */
interface HeldOutcome {
  readonly kind: 'held';
  readonly workflowId: string;
  readonly problem: string;
}

export type Steering = 'pause' | 'resume' | 'cancel';
export type SteerOutcome =
  | { readonly kind: 'done'; readonly progress: RecoveryProgress | null }
  | { readonly kind: 'ended'; readonly state: string }
  | { readonly kind: 'absent' }
  | HeldOutcome;

/** Every function rejects with TemporalUnavailableError if Temporal does not answer. */
export interface Recoveries extends Schedules {
  readonly start: <Kind extends RecoveryKind>(
    kind: Kind,
    argument: RecoveryArguments[Kind],
  ) => Promise<StartOutcome>;
  /** Running ones first, then the latest. Undefined for a token that Temporal does not know. */
  readonly list: (query: RecoveryPageQuery) => Promise<RecoveryPage | undefined>;
  /** Undefined for anything that is not a recovery. */
  readonly read: (workflowId: string) => Promise<RecoveryDetails | undefined>;
  readonly steer: (workflowId: string, steering: Steering) => Promise<SteerOutcome>;
  readonly temporalHealth: () => Promise<TemporalHealth>;
}

export function createRecoveries(
  client: Client,
  config: RecoveriesConfig,
  watch?: TemporalWatch,
): Recoveries {
  const ask = createAsk(client, watch);
  const connected = { client, config, ask };
  return {
    ...createSchedules(client, config, ask),
    temporalHealth: createTemporalHealth(client, config, ask),
    start: (kind, argument) => start(connected, kind, argument),
    list: (query) => listRecoveries(connected, query),
    read: (workflowId) => readRecovery(connected, workflowId),
    steer: (workflowId, steering) => steer(connected, workflowId, steering),
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
    const details = await readRecovery({ client, config, ask }, workflowId);
    if (details === undefined) throw error;
    if (details.problem !== null) return { kind: 'held', workflowId, problem: details.problem };
    return { kind: 'running', details };
  }
}

async function steer(connected: Connected, workflowId: string, steering: Steering): Promise<SteerOutcome> {
  const { client, ask } = connected;
  const details = await readRecovery(connected, workflowId);
  if (details === undefined) return { kind: 'absent' };
  if (details.state !== 'RUNNING') return { kind: 'ended', state: details.state };
  if (details.problem !== null && steering !== 'cancel')
    return { kind: 'held', workflowId, problem: details.problem };
  const handle = client.workflow.getHandle(workflowId);
  try {
    if (steering === 'cancel') {
      await ask(() => end(connected, details));
      return { kind: 'done', progress: details.progress };
    }
    if (steering === 'resume')
      await unpauseRun(client, connected.config.TEMPORAL_NAMESPACE, { workflowId }, ask);
    // An update waits for a worker's answer. Without a worker it rejects as if Temporal were away.
    const progress = await ask(() => handle.executeUpdate<RecoveryProgress, []>(steering));
    return { kind: 'done', progress };
  } catch (error) {
    // The recovery may have ended between the read and the request.
    const now = await readRecovery(connected, workflowId);
    if (now === undefined || now.state === 'RUNNING') throw error;
    return { kind: 'ended', state: now.state };
  }
}

/** A run that no worker has begun never hears of a cancel. There is nothing that it would have to remove. */
async function end({ client, config }: Connected, { workflowId, runId, problem }: RecoveryDetails) {
  const isBegun =
    problem === null || (await hasBegun(client, config.TEMPORAL_NAMESPACE, { workflowId, runId }));
  if (isBegun) await client.workflow.getHandle(workflowId).cancel();
  else
    await client.workflow
      .getHandle(workflowId, runId)
      .terminate('it held the id of a recovery, and no worker had begun it');
}

// Reads what the health model needs to know about Temporal: who asks for work, whether work waits, each
// schedule with its current run, and the recoveries. Ages are computed with Temporal's clock, because the
// clock of this process may be wrong.
import { type Client, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { drainScheduleOf, projections } from '../projections/registry.ts';
import { scheduleNamesOf } from './ensureSchedules.ts';
import { readRecoveryHealth, type RecoveryHealth } from './recoveryHealth.ts';
import { readRunHealth, type RunHealth, timeOf } from './runHealth.ts';
import { readVerificationHealth } from './verificationHealth.ts';
import type { Ask } from './temporalUnavailable.ts';

interface PollerHealth {
  readonly identity: string;
  /** Age of its last poll. A worker that runs polls again after a minute at the latest. */
  readonly pollAgeS: number;
}

interface ScheduleHealth {
  readonly scheduleId: string;
  /** Without SCHEDULE_ID_PREFIX. */
  readonly name: string;
  /** False if it drains a projection that nothing waits for. */
  readonly required: boolean;
  /** Null if there is no such schedule. */
  readonly state: ScheduleState | null;
}

export interface ScheduleState {
  readonly paused: boolean;
  readonly note: string | null;
  readonly intervalS: number;
  /** Time since its last run started, or since it was made if none ever did. */
  readonly idleS: number;
  /** Time since it was made. */
  readonly ageS: number;
  readonly run: RunHealth | null;
}

export interface TemporalHealth {
  readonly serverVersion: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Without those that have not polled for a while. */
  readonly pollers: readonly PollerHealth[];
  /** Time since the oldest task was put into the queue; 0 if none waits. */
  readonly taskWaitsS: number;
  readonly schedules: readonly ScheduleHealth[];
  /** Search attributes that the workflows set and the namespace lacks. Null if nobody may ask. */
  readonly searchAttributesMissing: readonly string[] | null;
  readonly recoveries: readonly RecoveryHealth[];
  readonly verification: {
    /** Time since one completed. Null if Temporal keeps no completed run. */
    readonly completedAgoS: number | null;
    /** For how long Temporal keeps a closed run. */
    readonly keptS: number;
  };
}

export type HealthConfig = Pick<
  Config,
  | 'TEMPORAL_NAMESPACE'
  | 'TEMPORAL_TASK_QUEUE'
  | 'SCHEDULE_ID_PREFIX'
  | 'VERIFY_INTERVAL_HOURS'
  | 'ARCHIVE_URL'
  | 'ARCHIVE_AFTER_DAYS'
>;

const optionalSchedules = projections
  .filter(({ required }) => !required)
  .map(({ name }) => drainScheduleOf(name));

/** The server ends a poll after a minute, and the worker polls again. */
const pollAgeMaxS = 90;
/** Workflows set them on themselves. Without them every one of their tasks fails. */
const searchAttributeNames = ['Projection', 'RecoveryStatus'] as const;
type DescribeQueue = Client['workflowService']['describeTaskQueue'];
type QueueType = NonNullable<Parameters<DescribeQueue>[0]['taskQueueType']>;
/** TASK_QUEUE_TYPE_WORKFLOW and TASK_QUEUE_TYPE_ACTIVITY. The SDK does not export the names. */
const queueTypes = [1, 2] as unknown as readonly QueueType[];

/** Rejects with TemporalUnavailableError if Temporal does not answer. */
export function createTemporalHealth(
  client: Client,
  config: HealthConfig,
  ask: Ask,
): () => Promise<TemporalHealth> {
  const { TEMPORAL_NAMESPACE: namespace, TEMPORAL_TASK_QUEUE: taskQueue } = config;
  const recoveries = readRecoveryHealth(client, config, ask);
  return async () => {
    const [{ serverVersion }, schedules, queues, missing, recovered, verified] = await Promise.all([
      ask(() => client.workflowService.getSystemInfo({})),
      Promise.all(scheduleNamesOf(config).map((name) => readSchedule(client, config, name, ask))),
      Promise.all(
        queueTypes.map((taskQueueType) =>
          ask(() =>
            client.workflowService.describeTaskQueue({
              namespace,
              taskQueue: { name: taskQueue },
              taskQueueType,
              reportStats: true,
            }),
          ),
        ),
      ),
      searchAttributesMissing(client, namespace, ask),
      recoveries(),
      readVerificationHealth(client, config, ask),
    ]);
    const nowMs = clampedNow(schedules);
    const pollers = queues.flatMap((queue) =>
      queue.pollers.map(({ identity, lastAccessTime }) => ({
        identity: identity ?? '',
        pollAgeS: Math.max(0, nowMs - timeOf(lastAccessTime)) / 1_000,
      })),
    );
    return {
      serverVersion,
      namespace,
      taskQueue,
      pollers: newestOfEach(pollers).filter(({ pollAgeS }) => pollAgeS <= pollAgeMaxS),
      taskWaitsS: Math.max(
        0,
        ...queues.map(({ stats }) => Number(stats?.approximateBacklogAge?.seconds ?? 0)),
      ),
      schedules: schedules.map(({ name, described }) => ({
        name,
        required: !optionalSchedules.includes(name),
        scheduleId: `${config.SCHEDULE_ID_PREFIX}${name}`,
        state: described === undefined ? null : stateOf(described, nowMs),
      })),
      searchAttributesMissing: missing,
      recoveries: recovered,
      verification: {
        completedAgoS:
          verified.completedAtMs === null ? null : Math.max(0, nowMs - verified.completedAtMs) / 1_000,
        keptS: verified.keptS,
      },
    };
  };
}

interface Described {
  readonly paused: boolean;
  readonly note: string | null;
  readonly intervalS: number;
  readonly createdMs: number;
  readonly lastStartMs: number;
  readonly nextMs: number | undefined;
  readonly run: RunHealth | null;
}

async function readSchedule(
  client: Client,
  config: HealthConfig,
  name: string,
  ask: Ask,
): Promise<{ readonly name: string; readonly described: Described | undefined }> {
  const handle = client.schedule.getHandle(`${config.SCHEDULE_ID_PREFIX}${name}`);
  const described = await ask(() => handle.describe()).catch(undefinedWhenAbsent);
  if (described === undefined) return { name, described };
  const { state, info, spec } = described;
  const [running] = info.runningActions;
  const starts = info.recentActions.map(({ takenAt }) => takenAt.getTime());
  return {
    name,
    described: {
      paused: state.paused,
      note: state.note === undefined || state.note === '' ? null : state.note,
      intervalS: (spec.intervals?.[0]?.every ?? 0) / 1_000,
      createdMs: info.createdAt.getTime(),
      lastStartMs: Math.max(info.createdAt.getTime(), info.lastUpdatedAt?.getTime() ?? 0, ...starts),
      nextMs: info.nextActionTimes[0]?.getTime(),
      run: running === undefined ? null : await readRunHealth(client, config, running.workflow, ask),
    },
  };
}

function stateOf(
  { paused, note, intervalS, createdMs, lastStartMs, run }: Described,
  nowMs: number,
): ScheduleState {
  return {
    paused,
    note,
    intervalS,
    run,
    idleS: Math.max(0, nowMs - lastStartMs) / 1_000,
    ageS: Math.max(0, nowMs - createdMs) / 1_000,
  };
}

/**
 * Temporal's time as well as it can be told: a schedule's next run is never due before now, nor later than
 * one interval from now.
 */
function clampedNow(schedules: readonly { readonly described: Described | undefined }[]): number {
  let nowMs = Date.now();
  for (const { described } of schedules) {
    if (described?.nextMs === undefined) continue;
    const { nextMs, intervalS } = described;
    nowMs = Math.min(Math.max(nowMs, nextMs - intervalS * 1_000), nextMs);
  }
  return nowMs;
}

/** A worker polls both queues. */
function newestOfEach(pollers: readonly PollerHealth[]): readonly PollerHealth[] {
  const newest = new Map<string, PollerHealth>();
  for (const poller of pollers) {
    const known = newest.get(poller.identity);
    if (known === undefined || poller.pollAgeS < known.pollAgeS) newest.set(poller.identity, poller);
  }
  return [...newest.values()];
}

/** Temporal Cloud and a restricted role don't tell. The runs then show it. */
async function searchAttributesMissing(
  client: Client,
  namespace: string,
  ask: Ask,
): Promise<readonly string[] | null> {
  const answer = await ask(() => client.connection.operatorService.listSearchAttributes({ namespace })).catch(
    () => null,
  );
  if (answer === null) return null;
  return searchAttributeNames.filter((name) => !Object.hasOwn(answer.customAttributes, name));
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (error instanceof ScheduleNotFoundError || error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

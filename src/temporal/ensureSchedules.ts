// Creates the schedules that keep the projections and the sweep of holds going, or brings them up to date.
// Every worker calls this when it starts, and several may do so at once. Invariant: a pause, a note or a
// search attribute of an operator outlives a deployment.
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { archives } from '../archive/archiveTimes.ts';
import type { Config } from '../config/config.ts';
import { drainScheduleOf, projections, retiredProjections } from '../projections/registry.ts';

type ScheduleConfig = Pick<
  Config,
  | 'SCHEDULE_ID_PREFIX'
  | 'TEMPORAL_TASK_QUEUE'
  | 'DRAIN_INTERVAL_S'
  | 'PROJECTORS_AUTO_START'
  | 'VERIFY_INTERVAL_HOURS'
  | 'ARCHIVE_URL'
  | 'ARCHIVE_AFTER_DAYS'
>;

/** A later start tells its own pause from an operator's by this note. It must never change. */
export const autoStartPauseNote =
  'Paused because the worker was started with PROJECTORS_AUTO_START=false. Starting it with true resumes.';
export const resumedNote = 'Resumed because the worker was started with PROJECTORS_AUTO_START=true.';

/** The scheduler starts no run that it missed longer ago. One drain catches up on everything. */
const catchupWindow = '60 seconds';

interface ScheduledWork {
  readonly name: string;
  readonly workflowType: string;
  readonly args: readonly string[];
  readonly summary: string;
  readonly intervalS: (config: ScheduleConfig) => number;
  /** False waits for the interval, because the work is heavy. */
  readonly runsAtOnce: boolean;
  readonly overlap: ScheduleOverlapPolicy;
}

// A buffered run starts as soon as the run before it ends. A skipped one would leave a gap of a second.
// Upkeep may skip runs: if one takes longer than its interval, there is nothing to catch up on.
const { BUFFER_ONE, SKIP } = ScheduleOverlapPolicy;
const scheduled: readonly ScheduledWork[] = [
  ...projections.map(({ name, title, workflowType }): ScheduledWork => ({
    name: drainScheduleOf(name),
    workflowType: workflowType ?? 'drainProjection',
    args: workflowType === undefined ? [name] : [],
    summary: `Events into the ${title.toLowerCase()}`,
    intervalS: (config) => config.DRAIN_INTERVAL_S,
    runsAtOnce: true,
    overlap: BUFFER_ONE,
  })),
  {
    name: 'expire-holds',
    workflowType: 'expireHolds',
    args: [],
    summary: 'End holds and freezes that are due',
    intervalS: (config) => config.DRAIN_INTERVAL_S,
    runsAtOnce: true,
    overlap: BUFFER_ONE,
  },
  {
    name: 'keep-segments',
    workflowType: 'keepSegments',
    args: [],
    summary: 'Make segments of the log ahead of its end',
    intervalS: () => 60,
    runsAtOnce: true,
    overlap: SKIP,
  },
  {
    name: 'retry-stale-events',
    workflowType: 'retryStaleEvents',
    args: [],
    summary: 'Project overdue events again',
    intervalS: () => 60,
    runsAtOnce: true,
    overlap: SKIP,
  },
  {
    name: 'prune-outbox',
    workflowType: 'pruneOutbox',
    args: [],
    summary: 'Remove outbox rows and idempotency records past their retention',
    intervalS: () => 3_600,
    runsAtOnce: true,
    overlap: SKIP,
  },
  {
    name: 'archive-log',
    workflowType: 'archiveLog',
    args: [],
    summary: 'Archive old segments of the log',
    intervalS: () => 86_400,
    runsAtOnce: false,
    overlap: SKIP,
  },
  {
    name: 'verify-projections',
    workflowType: 'verifyProjections',
    args: [],
    summary: 'Compare wallets, read model, ledger and outbox with the event store',
    intervalS: (config) => config.VERIFY_INTERVAL_HOURS * 3_600,
    runsAtOnce: false,
    overlap: SKIP,
  },
];

/** Without SCHEDULE_ID_PREFIX. */
export function scheduleNamesOf(config: OptionalWork): readonly string[] {
  return scheduledBy(config).map(({ name }) => name);
}

type OptionalWork = Pick<ScheduleConfig, 'VERIFY_INTERVAL_HOURS' | 'ARCHIVE_URL' | 'ARCHIVE_AFTER_DAYS'>;

function scheduledBy(config: OptionalWork) {
  return scheduled.filter(({ name }) => {
    if (name === 'verify-projections') return config.VERIFY_INTERVAL_HOURS > 0;
    return name !== 'archive-log' || archives(config);
  });
}

interface ScheduleState {
  readonly paused: boolean;
  readonly note?: string;
}

/** Computes a schedule's state after a worker's start from its state before. */
export function stateAtStart<State extends ScheduleState>(state: State, autoStart: boolean): State {
  if (!autoStart && !state.paused) return { ...state, paused: true, note: autoStartPauseNote };
  if (autoStart && state.paused && state.note === autoStartPauseNote) {
    return { ...state, paused: false, note: resumedNote };
  }
  return state;
}

/**
 * Creates the schedules, or brings them up to date. A verification or an archive that was turned off loses
 * its schedule. So does a projection that was removed.
 */
export async function ensureSchedules(client: Client, config: ScheduleConfig): Promise<void> {
  for (const work of scheduledBy(config)) await ensureSchedule(client, scheduleOf(config, work), config);
  const wanted = scheduleNamesOf(config);
  const known = [...scheduled.map(({ name }) => name), ...retiredProjections.map(drainScheduleOf)];
  for (const name of known.filter((one) => !wanted.includes(one)))
    await deleteSchedule(client, `${config.SCHEDULE_ID_PREFIX}${name}`);
}

/**
 * Creates the schedules that are missing, and changes no other. A Temporal that lost its database has none.
 * Returns the ids of those that it made.
 */
export async function remakeSchedules(client: Client, config: ScheduleConfig): Promise<readonly string[]> {
  const made: string[] = [];
  for (const work of scheduledBy(config)) {
    const schedule = scheduleOf(config, work);
    if (await isThere(client, schedule.scheduleId)) continue;
    await ensureSchedule(client, schedule, config);
    made.push(schedule.scheduleId);
  }
  return made;
}

async function isThere(client: Client, scheduleId: string): Promise<boolean> {
  try {
    await client.schedule.getHandle(scheduleId).describe();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

async function deleteSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

type Schedule = Pick<ScheduleUpdateOptions, 'spec' | 'action' | 'policies'> & { readonly scheduleId: string };

function scheduleOf(config: ScheduleConfig, work: ScheduledWork) {
  const { name, workflowType, args, summary, overlap, intervalS, runsAtOnce } = work;
  const scheduleId = `${config.SCHEDULE_ID_PREFIX}${name}`;
  return {
    scheduleId,
    spec: { intervals: [{ every: intervalS(config) * 1_000 }] },
    action: {
      type: 'startWorkflow',
      workflowType,
      workflowId: scheduleId,
      taskQueue: config.TEMPORAL_TASK_QUEUE,
      args: [...args],
      staticSummary: summary,
    },
    policies: { overlap, catchupWindow },
    runsAtOnce,
  } satisfies Schedule & Pick<ScheduleOptions, 'scheduleId'> & Pick<ScheduledWork, 'runsAtOnce'>;
}

async function ensureSchedule(
  client: Client,
  schedule: ReturnType<typeof scheduleOf>,
  config: ScheduleConfig,
): Promise<void> {
  const { runsAtOnce, ...options } = schedule;
  const { scheduleId, spec, action, policies } = options;
  const autoStart = config.PROJECTORS_AUTO_START;
  const handle = client.schedule.getHandle(scheduleId);
  let started: boolean;
  try {
    const state = autoStart ? { paused: false } : { paused: true, note: autoStartPauseNote };
    await client.schedule.create({ ...options, state });
    started = autoStart;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    started = false;
    await handle.update((previous) => {
      const state = stateAtStart(previous.state, autoStart);
      started = previous.state.paused && !state.paused;
      return { spec, action, policies, state, typedSearchAttributes: previous.typedSearchAttributes };
    });
  }
  // With the client's default policy the triggered run and the next one would drain side by side.
  if (started && runsAtOnce) await handle.trigger(policies.overlap);
  if (!autoStart) await cancelOpenRuns(client, scheduleId);
}

/** A run that an earlier worker left open would go on draining as soon as this worker polls. */
async function cancelOpenRuns(client: Client, scheduleId: string): Promise<void> {
  const { info, state } = await client.schedule.getHandle(scheduleId).describe();
  if (state.note !== autoStartPauseNote) return;
  for (const { workflow } of info.runningActions) {
    try {
      await client.workflow.getHandle(workflow.workflowId).cancel();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

// Reads, pauses and resumes schedules, and describes the Temporal server and its workers. A pause is answered
// when the schedule is paused and its current run was cancelled. That run ends with its next heartbeat, about
// a second later.
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Client,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { unpauseRun } from './unpauseRun.ts';
import { type Ask, TemporalUnavailableError } from './temporalUnavailable.ts';

export interface ScheduleFacts {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly note: string | null;
  /** Last error of the current run, which Temporal retries by itself. Null if it has not failed. */
  readonly lastFailure: string | null;
}

interface TemporalFacts {
  readonly serverVersion: string;
  /** Worker processes that asked for work in the last minutes. */
  readonly workers: number;
}

/** Every function rejects with TemporalUnavailableError if Temporal does not answer. */
export interface Schedules {
  /** Undefined if there is no such schedule. `name` is without SCHEDULE_ID_PREFIX. */
  readonly schedule: (name: string) => Promise<ScheduleFacts | undefined>;
  /** Undefined if there is no such schedule. The note stays with the schedule, for the next operator. */
  readonly setSchedulePaused: (
    name: string,
    paused: boolean,
    note: string,
  ) => Promise<ScheduleFacts | undefined>;
  readonly temporalFacts: () => Promise<TemporalFacts>;
}

/** Pause between two reads of a schedule. The scheduler obeys a request a moment after it was accepted. */
const readPauseMs = 50;
/**
 * If two requests reach the scheduler within one of its tasks, the second replaces the first, which is then
 * repeated.
 */
const repeatAfterMs = 2_000;
const effectiveWithinMs = 6_000;

type SchedulesConfig = Pick<Config, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE' | 'SCHEDULE_ID_PREFIX'>;

/** `ask` gives each call its deadline. */
export function createSchedules(client: Client, config: SchedulesConfig, ask: Ask): Schedules {
  const scheduleIdOf = (name: string) => `${config.SCHEDULE_ID_PREFIX}${name}`;
  const schedule = async (name: string): Promise<ScheduleFacts | undefined> => {
    const scheduleId = scheduleIdOf(name);
    const described = await ask(() => client.schedule.getHandle(scheduleId).describe()).catch(
      undefinedWhenAbsent,
    );
    if (described === undefined) return undefined;
    const { state, info } = described;
    const [running] = info.runningActions;
    const lastFailure =
      running === undefined ? null : await lastFailureOf(client, running.workflow.workflowId, ask);
    return { scheduleId, paused: state.paused, note: state.note ?? null, lastFailure };
  };
  /**
   * Requests a pause or a resume, and repeats the request until the schedule shows it. Temporal may lose a
   * request that it accepted. Returns the schedule as it then is. Throws TemporalUnavailableError if the time
   * is used up before. The test is named 'a pause and a resume of a projection are requested until the
   * scheduler shows them'.
   */
  const requestUntilEffective = async (
    name: string,
    paused: boolean,
    note: string,
  ): Promise<ScheduleFacts | undefined> => {
    const handle = client.schedule.getHandle(scheduleIdOf(name));
    const startedAt = performance.now();
    let requestedAt = -Infinity;
    while (performance.now() - startedAt < effectiveWithinMs) {
      if (performance.now() - requestedAt > repeatAfterMs) {
        await ask(() => (paused ? handle.pause(note) : handle.unpause(note)));
        requestedAt = performance.now();
      }
      const facts = await schedule(name);
      if (facts === undefined || (facts.paused === paused && facts.note === note)) return facts;
      await pause(readPauseMs);
    }
    throw new TemporalUnavailableError(
      `Temporal took the request to ${paused ? 'pause' : 'resume'} "${name}", and nothing came of it in ${effectiveWithinMs / 1_000} s.`,
    );
  };

  return {
    schedule,
    setSchedulePaused: async (name, paused, note) => {
      if ((await schedule(name)) === undefined) return undefined;
      const facts = await requestUntilEffective(name, paused, note);
      if (facts === undefined) return undefined;
      // The current run is cancelled after the pause. Before it, the schedule would start the next run.
      if (paused) await cancelRuns(client, scheduleIdOf(name), ask);
      else await resumeRuns(client, config.TEMPORAL_NAMESPACE, facts.scheduleId, ask);
      // Starts a run at once instead of at the next interval. If a run is still ending, the new run waits for
      // its end.
      if (!paused)
        await ask(() =>
          client.schedule.getHandle(facts.scheduleId).trigger(ScheduleOverlapPolicy.BUFFER_ONE),
        );
      return schedule(name);
    },
    temporalFacts: () =>
      ask(async () => {
        const [system, queue] = await Promise.all([
          client.workflowService.getSystemInfo({}),
          client.workflowService.describeTaskQueue({
            namespace: config.TEMPORAL_NAMESPACE,
            taskQueue: { name: config.TEMPORAL_TASK_QUEUE },
          }),
        ]);
        const identities = new Set(queue.pollers.map(({ identity }) => identity));
        return { serverVersion: system.serverVersion, workers: identities.size };
      }),
  };
}

/** Without this the current run would go on for its whole budget. */
async function cancelRuns(client: Client, scheduleId: string, ask: Ask): Promise<void> {
  const { info } = await ask(() => client.schedule.getHandle(scheduleId).describe());
  for (const { workflow } of info.runningActions) {
    try {
      await ask(() => client.workflow.getHandle(workflow.workflowId).cancel());
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

/** The current run may be paused inside Temporal besides. */
async function resumeRuns(client: Client, namespace: string, scheduleId: string, ask: Ask): Promise<void> {
  const { info } = await ask(() => client.schedule.getHandle(scheduleId).describe());
  for (const { workflow } of info.runningActions) await unpauseRun(client, namespace, workflow, ask);
}

/** Last error of the run's pending activity, as the Web UI shows it. */
async function lastFailureOf(client: Client, workflowId: string, ask: Ask): Promise<string | null> {
  try {
    const { raw } = await ask(() => client.workflow.getHandle(workflowId).describe());
    const failures = raw.pendingActivities?.map(({ lastFailure }) => lastFailure?.message) ?? [];
    return failures.find((message) => message !== undefined && message !== null && message !== '') ?? null;
  } catch (error) {
    // The run has ended meanwhile.
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (error instanceof ScheduleNotFoundError) return undefined;
  throw error;
}

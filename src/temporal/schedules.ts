// Looks at schedules, pauses and resumes them, and tells what Temporal and its workers are, through Temporal's client.
// A pause is answered once the schedule is paused and the run that it began was asked to end; that run hears of it with
// its next heartbeat, about a second later.
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Client,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Config } from '../config/config.ts';
import { TemporalUnavailableError } from './temporalUnavailable.ts';

export interface ScheduleFacts {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly note: string | null;
  /** What the run in hand failed with last; it is tried again by itself. Null where it has not failed. */
  readonly lastFailure: string | null;
}

export interface TemporalFacts {
  readonly serverVersion: string;
  /** Worker processes that asked for work within the last minutes. */
  readonly workers: number;
}

/** Everything rejects with TemporalUnavailableError where Temporal does not answer. */
export interface Schedules {
  /** Undefined where there is no such schedule. `name` is without SCHEDULE_ID_PREFIX. */
  readonly schedule: (name: string) => Promise<ScheduleFacts | undefined>;
  /** Undefined where there is no such schedule. The note stays with the schedule, for whoever looks next. */
  readonly setSchedulePaused: (
    name: string,
    paused: boolean,
    note: string,
  ) => Promise<ScheduleFacts | undefined>;
  readonly temporalFacts: () => Promise<TemporalFacts>;
}

/** Between two looks at a schedule that was just paused or resumed: its scheduler hears of it a moment later. */
const lookPauseMs = 50;
/** Of two words that reach the scheduler within one of its tasks, the second takes the place of the first. */
const sayAgainAfterMs = 2_000;
const heardWithinMs = 6_000;

type RecoveriesConfig = Pick<Config, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE' | 'SCHEDULE_ID_PREFIX'>;
type Ask = <T>(work: () => Promise<T>) => Promise<T>;

/** `ask` gives each question its deadline. */
export function createSchedules(client: Client, config: RecoveriesConfig, ask: Ask): Schedules {
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
  /** As it is once the word has taken effect. Throws TemporalUnavailableError where it does not. */
  const tell = async (name: string, paused: boolean, note: string): Promise<ScheduleFacts | undefined> => {
    const handle = client.schedule.getHandle(scheduleIdOf(name));
    const startedAt = performance.now();
    let saidAt = -Infinity;
    while (performance.now() - startedAt < heardWithinMs) {
      if (performance.now() - saidAt > sayAgainAfterMs) {
        await ask(() => (paused ? handle.pause(note) : handle.unpause(note)));
        saidAt = performance.now();
      }
      const facts = await schedule(name);
      if (facts === undefined || (facts.paused === paused && facts.note === note)) return facts;
      await pause(lookPauseMs);
    }
    throw new TemporalUnavailableError(
      `Temporal took the word to ${paused ? 'pause' : 'resume'} "${name}", and nothing came of it in ${heardWithinMs / 1_000} s.`,
    );
  };

  return {
    schedule,
    setSchedulePaused: async (name, paused, note) => {
      if ((await schedule(name)) === undefined) return undefined;
      const facts = await tell(name, paused, note);
      if (facts === undefined) return undefined;
      // Behind the pause: a run that ended before it would be followed by the next.
      if (paused) await cancelRuns(client, scheduleIdOf(name), ask);
      // At once instead of at the next tick; never beside a run that still ends.
      else
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

/** A run that is there would go on for its whole budget. */
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

/** Of the run's pending activity, as the Web UI shows it. */
async function lastFailureOf(client: Client, workflowId: string, ask: Ask): Promise<string | null> {
  try {
    const { raw } = await ask(() => client.workflow.getHandle(workflowId).describe());
    const failures = raw.pendingActivities?.map(({ lastFailure }) => lastFailure?.message) ?? [];
    return failures.find((message) => message !== undefined && message !== null && message !== '') ?? null;
  } catch (error) {
    // The run ended meanwhile.
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (error instanceof ScheduleNotFoundError) return undefined;
  throw error;
}

// The ways in which the scheduled work can stand still: its schedule is missing, paused or hangs, or its
// current run is paused inside Temporal, fails, or cannot execute its code.
import type { RunHealth } from '../../temporal/runHealth.ts';
import type { ScheduleState } from '../../temporal/temporalHealth.ts';
import type { Condition, Found } from '../condition.ts';
import type { Facts } from '../facts.ts';
import { when } from './answered.ts';

/** A schedule without a run for so many of its intervals hangs. A run may also start late. */
const intervalsMax = 3;
const idleMinS = 45;
/** A verification that completed so many intervals ago is overdue. One run may fail. */
const verifiedWithinIntervals = 2;
const hourS = 3_600;
/** Failures up to here may be a store that was away for a moment. */
const attemptsMax = 3;

function projectionOf(schedule: string): string | undefined {
  return schedule.startsWith('drain-') ? schedule.slice('drain-'.length) : undefined;
}

interface Named {
  readonly name: string;
  readonly scheduleId: string;
  readonly namespace: string;
}

function ofSchedules(
  check: (state: Named & ScheduleState, facts: Facts) => Omit<Found, 'subject'> | undefined,
): Condition['check'] {
  return when('temporal', ({ schedules, namespace }, facts) =>
    schedules.flatMap(({ name, scheduleId, state }) => {
      const found = state === null ? undefined : check({ name, scheduleId, namespace, ...state }, facts);
      return found === undefined ? [] : [{ subject: name, ...found }];
    }),
  );
}

function ofRuns(
  check: (run: Named & RunHealth, facts: Facts) => Omit<Found, 'subject'> | undefined,
): Condition['check'] {
  return ofSchedules(({ run, ...named }, facts) =>
    run === null ? undefined : check({ ...named, ...run }, facts),
  );
}

export const scheduleConditions: readonly Condition[] = [
  {
    name: 'schedule-missing',
    part: 'projections',
    severity: 'critical',
    title: 'A schedule is missing',
    check: when('temporal', ({ schedules, pollers }) =>
      schedules
        .filter(({ state }) => state === null)
        .map(({ name }) => ({
          subject: name,
          problem: `Temporal has no schedule "${name}".`,
          ...(pollers.length === 0
            ? { advice: 'A worker makes it again when it starts.', command: 'node worker/main.ts' }
            : { advice: 'A worker makes it again within a minute.' }),
        })),
    ),
  },
  {
    name: 'schedule-paused',
    part: 'projections',
    severity: 'critical',
    title: 'A projection is paused',
    check: ofSchedules(({ name, paused, note }) => {
      const projection = projectionOf(name);
      if (!paused || projection === undefined) return undefined;
      return {
        problem: `${projection} is paused: ${note ?? 'no reason was left'}.`,
        advice: 'Resume it when the reason is gone.',
        command: `wallet projections resume ${projection}`,
      };
    }),
  },
  {
    name: 'upkeep-paused',
    part: 'projections',
    severity: 'warning',
    title: 'The upkeep of the projections is paused',
    check: ofSchedules(({ name, scheduleId, namespace, paused, note }) =>
      paused && projectionOf(name) === undefined
        ? {
            problem: `${name} is paused: ${note ?? 'no reason was left'}.`,
            advice: 'Resume it when the reason is gone.',
            command: `temporal schedule toggle --unpause --namespace ${namespace} --schedule-id ${scheduleId} --reason done`,
          }
        : undefined,
    ),
  },
  {
    name: 'schedule-hangs',
    part: 'projections',
    severity: 'critical',
    title: 'A schedule starts no runs',
    check: ofSchedules(({ name, scheduleId, namespace, paused, run, idleS, intervalS }) =>
      paused || run !== null || idleS <= Math.max(idleMinS, intervalsMax * intervalS)
        ? undefined
        : {
            problem: `The schedule "${name}" has started nothing for ${Math.round(idleS)} s, and it should every ${intervalS} s.`,
            advice: 'Temporal can not start its workflow. Delete it: a worker makes it anew within a minute.',
            command: `temporal schedule delete --namespace ${namespace} --schedule-id ${scheduleId}`,
          },
    ),
  },
  {
    name: 'verification-overdue',
    part: 'events',
    severity: 'warning',
    title: 'The scheduled verification is overdue',
    check: ofSchedules(({ name, intervalS, ageS }, { temporal }) => {
      const maxS = verifiedWithinIntervals * intervalS;
      if (name !== 'verify-projections' || !temporal.answered || ageS <= maxS) return undefined;
      const { completedAgoS, keptS } = temporal.value.verification;
      // If Temporal keeps closed runs for a shorter time, one may have completed that it forgot.
      if (completedAgoS === null ? keptS < maxS : completedAgoS <= maxS) return undefined;
      const since = Math.round((completedAgoS ?? maxS) / hourS);
      return {
        problem: `No verification has completed for ${since} h${completedAgoS === null ? ' at least' : ''}, and one should every ${intervalS / hourS} h.`,
        advice: 'See why its runs end without a result or do not start, and verify now.',
        command: 'wallet verify',
      };
    }),
  },
  {
    name: 'run-paused',
    part: 'projections',
    severity: 'critical',
    title: 'A run is paused inside Temporal',
    check: ofRuns(({ name, namespace, workflowId, isPaused, pausedBy }) => {
      if (!isPaused) return undefined;
      const projection = projectionOf(name);
      const by = pausedBy === null ? '' : ` by ${pausedBy}`;
      return {
        problem: `The current run of ${name} is paused inside Temporal${by}.`,
        advice:
          projection === undefined
            ? 'End it: the schedule starts another.'
            : 'Resume it, which ends that pause.',
        command:
          projection === undefined
            ? `temporal workflow terminate --namespace ${namespace} --workflow-id ${workflowId}`
            : `wallet projections resume ${projection}`,
      };
    }),
  },
  {
    name: 'run-stuck',
    part: 'projections',
    severity: 'critical',
    title: 'A run can not execute its code',
    check: ofRuns(({ name, taskAttempt, taskFailure }) =>
      taskAttempt <= attemptsMax
        ? undefined
        : {
            problem: `The current run of ${name} failed ${taskAttempt - 1} times to go on: ${taskFailure ?? 'no reason is known'}.`,
            advice: 'Repair that, or start a worker of the right version. It goes on by itself.',
            command: 'wallet projections',
          },
    ),
  },
  {
    name: 'run-fails',
    part: 'projections',
    severity: 'critical',
    title: 'A projection or its upkeep fails',
    check: ofRuns(({ name, isPaused, attempt, lastFailure }, { postgres }) => {
      if (isPaused || lastFailure === null || attempt <= attemptsMax) return undefined;
      const projection = projectionOf(name);
      // The run keeps its last failure after it has caught up.
      const own = postgres.answered
        ? postgres.value.projections.find((one) => one.projection === projection)
        : undefined;
      if (own?.behind === 0n) return undefined;
      return {
        problem: `${projection ?? name} has failed ${attempt - 1} times: ${lastFailure}`,
        advice: 'Repair that. It goes on by itself.',
        command: 'wallet projections',
      };
    }),
  },
];

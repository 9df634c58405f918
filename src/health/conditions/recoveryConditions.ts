// The ways in which a recovery can be unwell: it failed, it keeps failing, it is paused, it hangs, or it
// found differences from the event store.
import type { RecoveryHealth } from '../../temporal/recoveryHealth.ts';
import { differencesLeft } from '../../temporal/verificationOutcome.ts';
import type { Condition, Found } from '../condition.ts';
import { when } from './answered.ts';

/** Failures up to here may be a store that was away for a moment. */
const attemptsMax = 3;
const failedStates = ['FAILED', 'TIMED_OUT', 'TERMINATED'];

function ofRecoveries(
  check: (recovery: RecoveryHealth) => Omit<Found, 'subject'> | undefined,
): Condition['check'] {
  return when('temporal', ({ recoveries }) =>
    recoveries.flatMap((recovery) => {
      const found = check(recovery);
      return found === undefined ? [] : [{ subject: recovery.workflowId, ...found }];
    }),
  );
}

export const recoveryConditions: readonly Condition[] = [
  {
    name: 'recovery-failed',
    part: 'recoveries',
    severity: 'critical',
    title: 'A recovery failed',
    tellsPast: true,
    check: ofRecoveries(({ workflowId, runId, state, failure, closedAt }) =>
      failedStates.includes(state)
        ? {
            problem: `${workflowId} ended as ${state.toLowerCase()}: ${failure ?? 'no reason is known'}.`,
            advice: `Repair the cause and start it again: a run that succeeds ends this finding. ${orDismiss('recovery-failed')}`,
            command: 'wallet recovery list',
            occurrence: runId,
            ...(closedAt !== null && { since: closedAt }),
          }
        : undefined,
    ),
  },
  {
    name: 'recovery-fails',
    part: 'recoveries',
    severity: 'critical',
    title: 'A recovery keeps failing',
    check: ofRecoveries(({ workflowId, run }) => {
      if (run === null || run.isPaused) return undefined;
      const { attempt, lastFailure, taskAttempt, taskFailure } = run;
      const isStuck = taskAttempt > attemptsMax;
      if (!isStuck && (attempt <= attemptsMax || lastFailure === null)) return undefined;
      const failure = isStuck ? taskFailure : lastFailure;
      return {
        problem: `${workflowId} has failed ${(isStuck ? taskAttempt : attempt) - 1} times: ${failure ?? 'no reason is known'}`,
        advice: 'Repair that and it goes on by itself, or cancel it.',
        command: `wallet recovery cancel ${workflowId}`,
      };
    }),
  },
  {
    name: 'recovery-paused',
    part: 'recoveries',
    severity: 'warning',
    title: 'A recovery is paused',
    check: ofRecoveries(({ workflowId, isPaused, run }) =>
      isPaused || run?.isPaused === true
        ? {
            problem: `${workflowId} is paused${isPaused ? '' : ' inside Temporal'}.`,
            advice: 'Resume or cancel it.',
            command: `wallet recovery resume ${workflowId}`,
          }
        : undefined,
    ),
  },
  {
    name: 'differences-found',
    part: 'events',
    severity: 'critical',
    title: 'A verification found differences from the event store',
    tellsPast: true,
    check: ofRecoveries(({ workflowId, runId, result, closedAt }) => {
      const left = differencesLeft(result);
      if (left === 0) return undefined;
      return {
        problem: `${workflowId} found ${left} ${left === 1 ? 'difference' : 'differences'} from the event store.`,
        advice: `Verify with repair, then see whether any is left. ${orDismiss('differences-found')}`,
        command: 'wallet verify --repair',
        occurrence: runId,
        ...(closedAt !== null && { since: closedAt }),
      };
    }),
  },
];

/** For a failure whose cause is known to be gone, and that nobody wants to run again. */
function orDismiss(condition: string): string {
  return `If it is settled, dismiss it: wallet doctor --dismiss ${condition} --reason "why".`;
}

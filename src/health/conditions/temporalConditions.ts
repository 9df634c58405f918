// The ways in which Temporal, its schedules and the workers can be unwell. Operations go on, and the
// projections wait.
import { installationOf } from '../../temporal/workerIdentity.ts';
import type { Condition } from '../condition.ts';
import { when, whenAway } from './answered.ts';
import { scheduleConditions } from './scheduleConditions.ts';

/** A task that waits longer has no worker that takes it. */
const taskWaitsMaxS = 20;
const startWorker = { advice: 'Start a worker.', command: 'node worker/main.ts' };

export const temporalConditions: readonly Condition[] = [
  {
    name: 'temporal-away',
    part: 'temporal',
    severity: 'critical',
    title: 'Temporal does not answer',
    check: whenAway(
      'temporal',
      'Bring Temporal back, or see TEMPORAL_ADDRESS. The outbox fills meanwhile, and nothing is lost.',
    ),
  },
  {
    name: 'worker-away',
    part: 'worker',
    severity: 'critical',
    title: 'No worker asks for work',
    check: when('temporal', ({ pollers, taskWaitsS, taskQueue }) => {
      if (pollers.length === 0)
        return { problem: `Nobody asks the task queue "${taskQueue}" for work.`, ...startWorker };
      if (taskWaitsS <= taskWaitsMaxS) return undefined;
      const newestS = Math.round(Math.min(...pollers.map(({ pollAgeS }) => pollAgeS)));
      return {
        problem: `Work has waited in the task queue "${taskQueue}" for ${taskWaitsS} s, and the last worker asked ${newestS} s ago.`,
        ...startWorker,
      };
    }),
  },
  {
    name: 'worker-silent',
    part: 'worker',
    severity: 'critical',
    title: 'A worker takes work and does not answer',
    check: when('temporal', ({ schedules, recoveries }) => {
      const runs = [...schedules.map(({ state }) => state?.run), ...recoveries.map(({ run }) => run)];
      const silent = new Set(runs.flatMap((run) => run?.silentWorker ?? []));
      return [...silent].map((identity) => ({
        subject: identity,
        problem: `The worker "${identity}" takes work and does not answer.`,
        advice: 'Start another worker, then kill that process. It is frozen, or its machine is overloaded.',
        command: startWorker.command,
      }));
    }),
  },
  {
    name: 'worker-foreign',
    part: 'worker',
    severity: 'critical',
    title: 'A worker of another installation asks for our work',
    check: when('temporal', ({ pollers, taskQueue }, { postgres }) => {
      const ours = postgres.answered ? postgres.value.installationId : null;
      if (ours === null) return undefined;
      return pollers
        .filter(({ identity }) => {
          const installation = installationOf(identity) ?? 'unknown';
          return installation !== 'unknown' && installation !== ours;
        })
        .map(({ identity }) => ({
          subject: identity,
          problem: `The worker "${identity}" works on another database and asks the task queue "${taskQueue}".`,
          advice:
            'Stop it, give its installation another INSTALLATION or TEMPORAL_TASK_QUEUE, and verify both.',
          command: 'wallet verify',
        }));
    }),
  },
  {
    name: 'worker-unknown',
    part: 'worker',
    severity: 'warning',
    title: 'A program that is no worker of this version asks for our work',
    check: when('temporal', ({ pollers, taskQueue }) =>
      pollers
        .filter(({ identity }) => installationOf(identity) === undefined)
        .map(({ identity }) => ({
          subject: identity,
          problem: `"${identity}" asks the task queue "${taskQueue}" and does not say for which installation.`,
          advice: 'If it is a worker of an older version, replace it. Otherwise stop it.',
        })),
    ),
  },
  {
    name: 'search-attribute-missing',
    part: 'temporal',
    severity: 'critical',
    title: 'The namespace lacks a search attribute',
    check: when('temporal', ({ searchAttributesMissing }) =>
      (searchAttributesMissing ?? []).map((name) => ({
        subject: name,
        problem: `The Temporal namespace has no search attribute "${name}", and recoveries hang without it.`,
        advice: 'Create it. Runs that hang go on by themselves.',
        command: `temporal operator search-attribute create --name ${name} --type Keyword`,
      })),
    ),
  },
  ...scheduleConditions,
];

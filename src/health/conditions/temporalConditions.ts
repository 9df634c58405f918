// The ways in which Temporal and the workers can be unwell. Operations go on, and the projections wait.
import type { Condition } from '../condition.ts';
import { when, whenAway } from './answered.ts';

export const temporalConditions: readonly Condition[] = [
  {
    name: 'temporal-away',
    part: 'temporal',
    severity: 'critical',
    title: 'Temporal does not answer',
    check: whenAway(
      'temporal',
      'Bring Temporal back, or see TEMPORAL_ADDRESS. The outbox fills meanwhile; nothing is lost.',
    ),
  },
  {
    name: 'worker-away',
    part: 'worker',
    severity: 'critical',
    title: 'No worker asks for work',
    check: when('temporal', ({ workers, taskQueue }) =>
      workers > 0
        ? undefined
        : {
            problem: `Nobody asks the task queue "${taskQueue}" for work.`,
            advice: 'Start a worker: node worker/main.ts.',
            command: 'node worker/main.ts',
          },
    ),
  },
  {
    name: 'schedule-missing',
    part: 'projections',
    severity: 'critical',
    title: 'A schedule is missing',
    check: when('temporal', ({ schedules }) =>
      schedules
        .filter(({ state }) => state === null)
        .map(({ name }) => ({
          subject: name,
          problem: `Temporal has no schedule "${name}".`,
          advice: 'Start a worker. It makes the schedules within a minute.',
          command: 'node worker/main.ts',
        })),
    ),
  },
];

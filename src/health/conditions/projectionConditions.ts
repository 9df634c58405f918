// The ways in which a projection can be unwell: late, paused, failing, or with parked events.
import type { Condition } from '../condition.ts';
import { when } from './answered.ts';

/** Later than this, somebody should act. */
const lagMaxS = 30;

export const projectionConditions: readonly Condition[] = [
  {
    name: 'projection-late',
    part: 'projections',
    severity: 'critical',
    title: 'A projection is late',
    check: when('postgres', ({ projections }) =>
      projections
        .filter(({ lagS }) => lagS > lagMaxS)
        .map(({ projection, lagS, behind }) => ({
          subject: projection,
          problem: `${projection} is ${Math.round(lagS)} s late: ${behind} events wait.`,
          advice: 'See the other findings. If there are none, it catches up by itself.',
          command: 'wallet projections',
        })),
    ),
  },
  {
    name: 'projection-paused',
    part: 'projections',
    severity: 'critical',
    title: 'A projection is paused',
    check: when('temporal', ({ schedules }) =>
      schedules.flatMap(({ name, state }) => {
        const projection = projectionOf(name);
        if (projection === undefined || state?.paused !== true) return [];
        return [
          {
            subject: projection,
            problem: `${projection} is paused: ${state.note ?? 'no reason was left'}.`,
            advice: 'Resume it when the reason is gone.',
            command: `wallet projections resume ${projection}`,
          },
        ];
      }),
    ),
  },
  {
    name: 'projection-fails',
    part: 'projections',
    severity: 'critical',
    title: 'The drain of a projection fails',
    check: when('temporal', ({ schedules }, { postgres }) =>
      schedules.flatMap(({ name, state }) => {
        const projection = projectionOf(name);
        const failure = state?.lastFailure ?? undefined;
        if (projection === undefined || failure === undefined) return [];
        // The run keeps its last failure after it has caught up.
        const own =
          postgres.answered && postgres.value.projections.find((one) => one.projection === projection);
        if (own && own.behind === 0n) return [];
        return [
          {
            subject: projection,
            problem: `${projection} fails: ${failure}`,
            advice: 'Repair that; it goes on by itself.',
            command: 'wallet projections',
          },
        ];
      }),
    ),
  },
  {
    name: 'events-parked',
    part: 'projections',
    severity: 'warning',
    title: 'Events are parked',
    check: when('postgres', ({ projections }) =>
      projections
        .filter(({ parked }) => parked > 0)
        .map(({ projection, parked }) => ({
          subject: projection,
          problem: `${projection} has parked ${parked} ${parked === 1 ? 'event' : 'events'}.`,
          advice: 'Read the reason, repair the cause, and retry or skip them.',
          command: 'wallet parked',
        })),
    ),
  },
];

/** The projection that the schedule drains. */
function projectionOf(schedule: string): string | undefined {
  return schedule.startsWith('drain-') ? schedule.slice('drain-'.length) : undefined;
}

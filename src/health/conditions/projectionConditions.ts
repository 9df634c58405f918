// The ways in which a projection can be unwell: late, or with parked events.
import type { Condition } from '../condition.ts';
import type { LogGap } from '../facts.ts';
import { when } from './answered.ts';

/** Later than this, somebody should act. */
const lagMaxS = 30;
/** The sweep looks every second, and a busy one needs a few. */
const holdOverdueMaxS = 60;

export const projectionConditions: readonly Condition[] = [
  {
    name: 'log-gap',
    part: 'events',
    severity: 'critical',
    title: 'The log lacks an event that a projection needs',
    check: when('postgres', ({ headPosition, projections }) =>
      projections.flatMap(({ projection, gap }) =>
        gap === null
          ? []
          : [
              {
                subject: projection,
                problem: `${projection} stops before position ${gap.position}, because ${gapInWords(gap, headPosition)}.`,
                advice:
                  'Restore the missing events from a backup, as docs/operations.md says under "A gap in the log". The projection then goes on by itself.',
                command: 'wallet verify',
              },
            ],
      ),
    ),
  },
  {
    name: 'checkpoint-missing',
    part: 'projections',
    severity: 'critical',
    title: 'A projection has lost its checkpoint',
    check: when('postgres', ({ checkpointsMissing }) =>
      checkpointsMissing.map((projection) => ({
        subject: projection,
        problem: `projector_checkpoints has no row "${projection}", so the projection stands still and no event counts as processed.`,
        advice:
          'Restart a worker: it makes the row again, and the projection goes through the whole log once more. Every event counts once all the same.',
        command: 'node worker/main.ts',
      })),
    ),
  },
  {
    name: 'holds-overdue',
    part: 'projections',
    severity: 'warning',
    title: 'Expired holds are not released',
    check: when('postgres', ({ holdOverdueS }) =>
      holdOverdueS <= holdOverdueMaxS
        ? []
        : [
            {
              problem: `A hold expired ${Math.round(holdOverdueS)} s ago, and the sweep has not released it.`,
              advice:
                'See whether the schedule expire-holds runs, and why its run fails. Commands release it meanwhile, and only reads show it.',
              command: 'wallet doctor',
            },
          ],
    ),
  },
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

function gapInWords({ next }: LogGap, head: bigint): string {
  if (next === null) return `the log ends there and its head is ${head}`;
  return `the next event is at ${next.position} (version ${next.version} of wallet ${next.walletId})`;
}

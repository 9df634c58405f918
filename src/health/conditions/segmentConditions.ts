// The ways in which the segments of the log can be unwell: too few are ahead of its head, or too many for the
// server's locks.
import type { Condition } from '../condition.ts';
import { when } from './answered.ts';

const emptyMin = 2;
/** The schedule makes a segment within a minute. This part of the next one takes longer to fill. */
const filledMax = 1 / 64;
/** Tables with a part in each segment. A statement may read all of them. */
const partsOfSegment = 3;

export const segmentConditions: readonly Condition[] = [
  {
    name: 'segments-few',
    part: 'events',
    severity: 'warning',
    title: 'The log has few empty segments ahead',
    check: when('postgres', ({ segments: { segments, empty, filled } }) =>
      segments === 0 || empty >= emptyMin || filled <= filledMax
        ? undefined
        : {
            problem: `The log has ${empty} empty ${empty === 1 ? 'segment' : 'segments'} ahead of its end instead of ${emptyMin}. At its end the API makes the next one itself, and operations wait for it.`,
            advice: 'See whether the schedule keep-segments runs, and why its run fails.',
          },
    ),
  },
  {
    name: 'segments-many',
    part: 'postgres',
    severity: 'warning',
    title: 'PostgreSQL has room for fewer locks than the log has segments',
    check: when('postgres', ({ segments: { segments, locksPerTransaction } }) =>
      segments * partsOfSegment <= locksPerTransaction
        ? undefined
        : {
            problem: `The log has ${segments} segments, and a reader locks each of them. max_locks_per_transaction is ${locksPerTransaction}.`,
            advice: `Set max_locks_per_transaction to ${locksFor(segments)} and restart PostgreSQL. Statements fail once its locks are used up.`,
          },
    ),
  },
];

/** A power of two with room for as many segments again. */
function locksFor(segments: number): number {
  return Math.max(256, 2 ** Math.ceil(Math.log2(2 * partsOfSegment * segments)));
}

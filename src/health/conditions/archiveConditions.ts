// The way in which the archive of the log can be unwell: a segment does not get further.
import type { Condition } from '../condition.ts';
import { when } from './answered.ts';

/** The schedule runs once a day, so this allows for one missed run. */
const waitMaxS = 2 * 86_400;

export const archiveConditions: readonly Condition[] = [
  {
    name: 'archive-stuck',
    part: 'events',
    severity: 'warning',
    title: 'A segment of the log does not get into the archive',
    check: when('postgres', ({ archive: { segment, step, waitsFor, waitsS, problem } }) => {
      if (segment === null || (problem === null && waitsS <= waitMaxS)) return undefined;
      const days = Math.floor(waitsS / 86_400);
      const after = step === null ? 'is not sealed' : `stands still after the step ${step}`;
      const why = problem ?? waitsFor ?? `its next step could have been taken ${days} days ago`;
      return {
        problem: `Segment ${segment} of the log ${after}: ${why}. The log keeps its segments until it goes on.`,
        advice: 'Look at the last runs of archive-log. docs/operations.md says what each step needs.',
        command: 'wallet archive status',
      };
    }),
  },
];

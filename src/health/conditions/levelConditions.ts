// The ways in which an upgrade can stay half done. A level stays closed, the ledger is still stored as legs,
// or a process is older than the rows.
import { levelMax, levels } from '../../eventStore/levels.ts';
import type { Condition } from '../condition.ts';
import { when } from './answered.ts';

/** An upgrade should have replaced the old processes by then. */
const keptClosedMaxS = 3_600;
/** `OPEN_LEVELS=false` keeps the way back. An operator should decide within a day. */
const undecidedMaxS = 86_400;

export const levelConditions: readonly Condition[] = [
  {
    name: 'level-kept-closed',
    part: 'events',
    severity: 'warning',
    title: 'An upgrade is not complete: a level stays closed',
    check: when('postgres', ({ levels: { open, migratedAgoS, keptClosedBy } }) => {
      const isKept = keptClosedBy.length > 0;
      if (open >= levelMax || migratedAgoS <= (isKept ? keptClosedMaxS : undecidedMaxS)) return undefined;
      const hours = Math.floor(migratedAgoS / 3_600);
      const since = `Level ${open + 1} is still closed ${hours} h after the last migration`;
      return isKept
        ? {
            problem: `${since}, because of ${keptClosedBy.join('; ')}.`,
            advice:
              'Replace that process by one of this release. If it is a session of another program, end it, or give it another name. The level opens ten minutes later.',
          }
        : {
            problem: `${since}, although every process can read it.`,
            advice:
              'If you trust this release, remove OPEN_LEVELS=false from the workers. If no worker has it, see whether retry-stale-events runs.',
          };
    }),
  },
  {
    name: 'ledger-conversion-due',
    part: 'projections',
    severity: 'warning',
    title: 'The ledger can be converted to postings',
    check: when('postgres', ({ levels: { open }, ledgerForm }, { temporal }) => {
      const runs =
        temporal.answered &&
        temporal.value.recoveries.some(({ type, state }) => type === 'rebuildLedger' && state === 'RUNNING');
      return ledgerForm === 'postings' || open < levels.postings || runs
        ? undefined
        : {
            problem: 'The ledger is still stored as legs, which take twice the room of postings.',
            advice:
              'Rebuild it once, which makes postings. Operations and reads go on meanwhile. docs/operations.md says what changes under "From legs to postings".',
            command: 'wallet rebuild --ledger',
          };
    }),
  },
  {
    name: 'level-unknown',
    part: 'process',
    severity: 'critical',
    title: 'The process is older than the rows in the database',
    check: when('postgres', ({ levels: { open } }) =>
      open <= levelMax
        ? undefined
        : {
            problem: `The database holds rows of level ${open}, and this process reads up to ${levelMax}. Its /readyz answers 503.`,
            advice: 'Replace this process by one of the newer release.',
          },
    ),
  },
];

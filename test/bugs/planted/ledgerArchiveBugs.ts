// Faults on the way of the ledger's parts into the archive and back.
import type { PlantedBug } from '../plantedBug.ts';

const migration = 'src/eventStore/migrations/0035_ledger_archive.sql';
const restorePart = 'src/projections/ledger/segments/restorePart.ts';
const ledgerParts = 'test/integration/archive/ledgerParts.test.ts';
const restoredParts = 'test/integration/archive/restoredParts.test.ts';

export const ledgerArchiveBugs: readonly PlantedBug[] = [
  {
    rule: 'R400',
    invariant: 'The ledger begins after the parts that have left, with the sums of what they had.',
    name: 'the ledger does not move its beginning when a part leaves',
    harm: 'Each verification finds sums that no posting explains, and its repair takes the money of archived years away.',
    file: migration,
    find: '     set begins_after = through\n',
    replace: '     set begins_after = begins_after\n',
    test: {
      file: ledgerParts,
      name: 'a part of the ledger leaves with its events, and everything after the cut is what it was',
    },
  },
  {
    rule: 'R401',
    invariant: 'A part of the ledger leaves only once all segments of its range have left the log.',
    name: 'a part of several segments leaves with any of them',
    harm: 'An operator restores a month to read it, and its entries leave with the next month.',
    file: migration,
    find: "              and state = 'attached'\n              and segment <> number\n",
    replace: "              and state = 'gone'\n              and segment <> number\n",
    test: {
      file: ledgerParts,
      name: 'an older ledger that was converted keeps its first part until the last segment of it leaves',
    },
  },
  {
    rule: 'R402',
    invariant:
      'A posting counts once in the sums of the ledger, however often its part leaves and comes back.',
    name: 'a ledger that begins earlier keeps the sums of before',
    harm: 'The money of a restored month is in the sums and in the postings. The trial balance after a repair is wrong.',
    file: 'src/projections/ledger/sums/lowerBeginning.ts',
    find: '                select ${keysOfPosting}, -amount_minor\n',
    replace: '                select ${keysOfPosting}, 0\n',
    test: {
      file: restoredParts,
      name: 'a restored part is counted once, restored in the order 3,2,1 and released in the order 3,1,2',
    },
  },
  {
    rule: 'R403',
    invariant: 'A restore gives the ledger every posting of the segment again, once.',
    name: 'an attempt after a crash goes on with the table of the one before',
    harm: 'After a worker was stopped, a segment can not be restored any more.',
    file: restorePart,
    find: '    `drop table if exists ${ledgerTable}`,\n',
    replace: '',
    test: {
      file: restoredParts,
      name: 'a restored part is whole after a crash afterLedgerRestorePage and another attempt',
    },
  },
  {
    rule: 'R404',
    invariant: 'Entries whose part of the ledger is away answer 410, also while their events are in the log.',
    name: 'a reader looks at the events alone',
    harm: 'A customer is shown an empty account for a year that is being restored, and support confirms it.',
    file: 'src/projections/ledger/segments/missingSegments.ts',
    find: '              or to_position - 1 <= (select begins_after from ledger_form)\n',
    replace: '              or false\n',
    test: {
      file: restoredParts,
      name: 'a restored part that the release before did not bring back is archived, and neither missing nor empty',
    },
  },
  {
    rule: 'R428',
    invariant: 'A part of the ledger leaves only if its postings have the sums of its events.',
    name: 'a part leaves whatever its sums are',
    harm: 'A wrong posting leaves unseen, and every later trial balance has the error without a posting for it.',
    file: migration,
    find: '         having sum(amount_minor) <> 0\n',
    replace: '         having sum(amount_minor) < -1e30\n',
    test: {
      file: ledgerParts,
      name: 'a part of the ledger with other sums than its events stays until the ledger is repaired',
    },
  },
  {
    rule: 'R429',
    invariant:
      'A verification compares every posting that is in the ledger, those of restored segments, too.',
    name: 'a verification begins after the archive, whatever was restored',
    harm: 'Support reads a restored year to a customer from postings that nobody has compared.',
    file: 'src/projections/verify/compareLog.ts',
    find: 'asked.after < archived ? await',
    replace: 'asked.after < 0n ? await',
    test: {
      file: restoredParts,
      name: 'a restored part in the midst of the archive is compared posting by posting, and repaired',
    },
  },
  {
    rule: 'R430',
    invariant: 'A rebuilt ledger has the postings of all events that are in the log.',
    name: 'a rebuild leaves restored segments out',
    harm: 'The entries of a restored year are gone until somebody restores it again.',
    file: 'src/activities/ledgerRebuild.ts',
    find: 'if (outcome.swapped) await restoreParts',
    replace: 'if (!outcome.swapped) await restoreParts',
    test: { file: restoredParts, name: 'a restored part is in the ledger after a rebuild of it' },
  },
];

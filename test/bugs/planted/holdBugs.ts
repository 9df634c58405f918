// Bugs in what follows from holds outside of their commands: the sweep, verification, ledger and rebuilds.
import type { PlantedBug } from '../plantedBug.ts';

const ledgerTest = 'test/integration/projections/ledger/ledgerHolds.test.ts';
const stateTest = 'test/integration/projections/verify/walletState.test.ts';
const sweepTest = 'test/integration/activities/endDue.test.ts';

export const holdBugs: readonly PlantedBug[] = [
  {
    rule: 'R171',
    invariant: 'A sweep repeats its commands in each attempt, and no command of another sweep.',
    name: 'a sweep has the keys of the sweep before',
    harm: 'The database’s clock stepped back once. The sweep repeats an outcome of that moment for ever, and a customer’s money stays held.',
    file: 'src/activities/endDue.ts',
    find: '`${runId} ${activityId}: ${due} of ${walletId}`',
    replace: '`${due} of ${walletId}`',
    test: {
      file: sweepTest,
      name: 'a sweep repeats its keys in each attempt, and has new ones in the next run',
    },
  },
  {
    rule: 'R172',
    invariant: 'A wallet whose sweep fails holds up no other wallet.',
    name: 'a sweep ends at its first failure',
    harm: 'One broken stream keeps the expired holds of all other customers from ending.',
    file: 'src/activities/endDue.ts',
    find: 'failures.push(error instanceof Error ? error : new Error(String(error)));',
    replace: 'throw error;',
    test: { file: sweepTest, name: 'a sweep ends what is due on all other wallets if one fails' },
  },
  {
    rule: 'R173',
    invariant: 'Verification compares every row that an append made of a wallet’s events.',
    name: 'a row that is lost is not missed',
    harm: 'A restore lost holds. Their money can be spent twice, and verification says that all is well.',
    file: 'src/projections/verify/compareState.ts',
    find: 'new Set([...actual.keys(), ...expected.keys()])',
    replace: 'new Set([...actual.keys()])',
    test: { file: stateTest, name: 'a hold that is lost is found by name, and repaired' },
  },
  {
    rule: 'R174',
    invariant: 'A repair of a wallet makes its holds, details and reversals from the events.',
    name: 'a repair leaves the sums of refunds alone',
    harm: 'A refund is forgotten, and is paid again after the repair that said all is well.',
    file: 'src/projections/verify/repairState.ts',
    find: 'JSON.stringify([...expected.reversals.values()])',
    replace: "'[]'",
    test: { file: stateTest, name: 'a refund that is forgotten is found by name, and repaired' },
  },
  {
    rule: 'R175',
    invariant: 'A ledger of legs holds settled money alone.',
    name: 'a hold is booked as if its money had moved',
    harm: 'The statement of an installation from before the postings shows every hold as a payment.',
    file: 'src/projections/ledger/forms/legTable.ts',
    find: 'postings.filter(isSettled).flatMap(legsOf)',
    replace: 'postings.flatMap(legsOf)',
    test: {
      file: ledgerTest,
      name: 'a ledger of legs holds settled money alone, and becomes whole by a rebuild',
    },
  },
  {
    rule: 'R176',
    invariant: 'The trial balance counts settled money alone.',
    name: 'the trial balance counts what is held',
    harm: 'The books show money in and out that never moved, and an accountant can’t reconcile them.',
    file: 'src/projections/ledger/sums/ledgerSums.ts',
    find: 'where position > $2::bigint\n          and not pending',
    replace: 'where position > $2::bigint',
    test: {
      file: ledgerTest,
      name: 'a ledger of postings tells settled money as the wallets have it, whatever is held',
    },
  },
  {
    rule: 'R197',
    invariant: 'A read of the event store shows nothing that is due as held.',
    name: 'a due hold is held until something writes its end',
    harm: 'The support person tells a customer that the money is blocked, and it is not.',
    file: 'src/eventStore/read/walletNow.ts',
    find: 'if (due_minor === null && freeze_due !== true)',
    replace: 'if (freeze_due !== true)',
    test: {
      file: 'test/api/dueReads.test.ts',
      name: 'a strong read shows money as available once its hold is due',
    },
  },
  {
    rule: 'R198',
    invariant: 'A packed event that this release does not know for certain is read event by event.',
    name: 'a packed event may have any status',
    harm: 'A rebuild beside a newer release makes a document with a status that nobody knows, and no event is parked.',
    file: 'src/eventStore/packedEvents.ts',
    find: "if (status !== 'frozen' && status !== 'closed') return false;",
    replace: '',
    test: {
      file: 'test/integration/eventStore/packedEvents.test.ts',
      name: 'a status of a newer release is read event by event',
    },
  },
];

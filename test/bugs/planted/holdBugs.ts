// Bugs in what follows from holds outside of their commands: the sweep, verification, ledger and rebuilds.
import type { PlantedBug } from '../plantedBug.ts';

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
];

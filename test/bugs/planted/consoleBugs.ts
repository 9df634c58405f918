// Bugs in what a person does with money in the console, and in what a person is told about it.
import type { PlantedBug } from '../plantedBug.ts';

export const consoleBugs: readonly PlantedBug[] = [
  {
    rule: 'R204',
    invariant: 'The answer to a reversal begins with the wallet of its path.',
    name: 'the answer to a reversal begins with the wallet that pays',
    harm: 'A shop shows a customer the balance of somebody else.',
    file: 'src/domain/decide/reverse.ts',
    find: 'const named = payer !== undefined && payer.id !== walletId ? 1 : 0;',
    replace: 'const named = payer?.id === walletId ? 0 : 0;',
    test: {
      file: 'test/unit/histories/histories.test.ts',
      name: 'every history is answered as the model says, command by command, in batches of any cut',
    },
  },
];

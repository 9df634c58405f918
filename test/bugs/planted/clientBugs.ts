// Bugs between the service and programs that others write against it.
import type { PlantedBug } from '../plantedBug.ts';

const clientPackage = 'test/e2e/clientPackage.test.ts';

export const clientBugs: readonly PlantedBug[] = [
  {
    rule: 'R55',
    invariant: 'Under /v1 every amount is text, in every answer.',
    name: 'the sums of the ledger stay JSON numbers',
    harm: 'A generated client reads a sum as a float. The books of a large installation are off by cents.',
    file: 'src/api/http/textAmounts.ts',
    find: "['amount', 'balance', 'balanceAfter', 'credits', 'debits', 'held', 'available']",
    replace: "['amount', 'balance', 'balanceAfter', 'credits', 'held', 'available']",
    test: {
      file: 'test/api/textAmounts.test.ts',
      name: 'the OpenAPI document describes every amount as text, and every other number as a wide integer',
    },
  },
  {
    rule: 'R60',
    invariant: 'Every operation of the typed client compiles under plain `strict`.',
    name: 'an operation without path parameters takes nothing',
    harm: 'A program that uses the client does not compile. Its author calls the service by hand, with floats.',
    file: 'src/client/operations.ts',
    find: '[NonNullable<Found>] extends [never]',
    replace: '[Found] extends [never]',
    test: {
      file: clientPackage,
      name: 'compiles with TypeScript 7 and nodenext: the README, every operation, and nothing that the service would refuse',
    },
  },
];

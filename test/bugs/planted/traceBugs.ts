// Bugs that break the trail from an answer to its movement, its events and its entries.
import type { PlantedBug } from '../plantedBug.ts';

export const traceBugs: readonly PlantedBug[] = [
  {
    rule: 'R63',
    invariant: 'A movement has one id, in its answer, its events, its ledger entries and its balances.',
    name: "a receiver's history names a movement of its own",
    harm: 'Sender and receiver quote different ids for one transfer. Support looks for two transfers, and refunds one twice.',
    file: 'src/eventStore/read/readMovements.ts',
    find: 'isSecond && isSentTo(other, event) ? other : (',
    replace: 'isSecond && isSentTo(other, event) ? event : (',
    test: {
      file: 'test/api/movements.test.ts',
      name: 'the movement id of transferFunds is the same in its answer, its outcome, both histories, both ledgers and balances',
    },
  },
  {
    rule: 'R190',
    invariant: 'A list of movements shows each movement once, though it has two halves.',
    name: 'a returned transfer is listed twice',
    harm: 'A support person counts two refunds of one transfer, and takes the second one back.',
    file: 'src/eventStore/read/findMovements.ts',
    find: 'and type <> all($19::text[])',
    replace: 'and type <> ($19::text[])[1]',
    test: {
      file: 'test/api/movements.test.ts',
      name: 'finding a movement shows a transfer once, and so its return',
    },
  },
];

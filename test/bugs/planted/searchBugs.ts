// Bugs in what the read model shows and finds besides the balance, and in sums.
import type { PlantedBug } from '../plantedBug.ts';

export const searchBugs: readonly PlantedBug[] = [
  {
    rule: 'R149',
    invariant: 'A document shows the metadata and labels of its version, whoever wrote it.',
    name: 'a rebuild forgets metadata and labels',
    harm: 'After a rebuild no shop finds its wallets any more, and nobody is told.',
    file: 'src/projections/readModel/rebuild/fillIndex.ts',
    find: 'documentLines(wallet, details.get(walletId))',
    replace: 'documentLines(wallet)',
    test: {
      file: 'test/integration/projections/readModel/walletState.test.ts',
      name: 'is the same in a drain of all events, in a drain event by event, in a rebuild and after a repair',
    },
  },
  {
    rule: 'R150',
    invariant: 'The cursor of a list belongs to its conditions and its order.',
    name: 'a cursor goes on under other metadata',
    harm: 'A program changes a condition and keeps the cursor. It skips half of the wallets that it should pay out.',
    file: 'src/api/wallets/walletListRoutes.ts',
    find: 'metadata &&',
    replace: 'undefined &&',
    test: {
      file: 'test/api/walletLists.test.ts',
      name: 'a list of wallets has a cursor that belongs to its filter, sort and order',
    },
  },
  {
    rule: 'R151',
    invariant: 'The sums of an owner are exact, however large they are.',
    name: 'sums are added as floats',
    harm: 'A platform with large balances reads a sum that lacks some cents, and its books never balance.',
    file: 'src/eventStore/read/readOwnerSums.ts',
    find: 'sum(balance_minor) as balance,',
    replace: 'sum(balance_minor::double precision)::numeric as balance,',
    test: {
      file: 'test/integration/projections/readModel/walletState.test.ts',
      name: 'sums an owner exactly, in each currency, beyond what a float holds',
    },
  },
  {
    rule: 'R152',
    invariant: 'A list sorted by balance shows each wallet once, also beyond 2^53 minor units.',
    name: 'the balance in a cursor is a float',
    harm: 'The page after a large balance begins at its neighbour. A wallet is shown twice, or never.',
    file: 'src/projections/readModel/walletSearch.ts',
    find: 'return document[fieldOf[sort]];',
    replace: 'return sort === "balance" ? String(Number(document.balanceMinor)) : document[fieldOf[sort]];',
    test: {
      file: 'test/api/walletLists.test.ts',
      name: 'a list of wallets sorted by balance shows each wallet once, however large the balances are',
    },
  },
];

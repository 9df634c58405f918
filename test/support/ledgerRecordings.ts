// The histories of rebuildLedger: one that catches up once more before its swap, and one that is paused and cancelled.
import type { Recording } from './recording.ts';

const nothing = () => Promise.resolve();

let filled = 0;
let swaps = 0;
const stretchReached = Promise.withResolvers<undefined>();
const stretchHeld = Promise.withResolvers<undefined>();

export const ledgerRecordings: readonly Recording[] = [
  {
    name: 'rebuildLedger',
    type: 'rebuildLedger',
    args: [{}],
    activities: {
      prepareLedgerRebuild: () => Promise.resolve({ head: 1_000_000 }),
      fillLedgerRebuild: () => {
        filled += 1;
        return Promise.resolve({ position: filled * 500_000, done: filled >= 2 });
      },
      indexLedgerRebuild: nothing,
      verifyLedgerRebuild: () => Promise.resolve(2_000_000),
      swapLedgerRebuild: () => {
        swaps += 1;
        return Promise.resolve({ swapped: swaps === 2, refused: 0 });
      },
      dropReplacedLedger: nothing,
    },
  },
  {
    name: 'rebuildLedger-cancelled',
    type: 'rebuildLedger',
    activities: {
      prepareLedgerRebuild: () => Promise.resolve({ head: 1_000_000 }),
      fillLedgerRebuild: async () => {
        stretchReached.resolve(undefined);
        await stretchHeld.promise;
        return { position: 500_000, done: false };
      },
      discardLedgerRebuild: nothing,
    },
    steer: async (handle) => {
      await stretchReached.promise;
      await handle.executeUpdate('pause');
      stretchHeld.resolve(undefined);
      await handle.cancel();
    },
  },
];

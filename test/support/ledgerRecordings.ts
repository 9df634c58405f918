// Recordings of rebuildLedger. One run fills once more before its swap, one is paused and cancelled, and one
// continues an earlier run whose history was long.
import { carried, type Recording } from './recording.ts';

const nothing = () => Promise.resolve();

let filled = 0;
let swaps = 0;
const chunkReached = Promise.withResolvers<undefined>();
const chunkHeld = Promise.withResolvers<undefined>();

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
    name: 'rebuildLedger-continued',
    type: 'rebuildLedger',
    args: [{}, { position: 500_000, progress: carried('booking every event', 500_000, 1_000_000) }],
    activities: {
      fillLedgerRebuild: () => Promise.resolve({ position: 1_000_000, done: true }),
      indexLedgerRebuild: nothing,
      verifyLedgerRebuild: () => Promise.resolve(2_000_000),
      swapLedgerRebuild: () => Promise.resolve({ swapped: true, refused: 0 }),
      dropReplacedLedger: nothing,
    },
  },
  {
    name: 'rebuildLedger-cancelled',
    type: 'rebuildLedger',
    activities: {
      prepareLedgerRebuild: () => Promise.resolve({ head: 1_000_000 }),
      fillLedgerRebuild: async () => {
        chunkReached.resolve(undefined);
        await chunkHeld.promise;
        return { position: 500_000, done: false };
      },
      discardLedgerRebuild: nothing,
    },
    steer: async (handle) => {
      await chunkReached.promise;
      await handle.executeUpdate('pause');
      chunkHeld.resolve(undefined);
      await handle.cancel();
    },
  },
];

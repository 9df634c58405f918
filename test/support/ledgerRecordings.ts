// Recordings of rebuildLedger. One run fills once more before its swap, one is paused and cancelled, and one
// continues an earlier run whose history was long.
import { cancelInActivity, carried, held, type Recording } from './recording.ts';

const nothing = () => Promise.resolve();

let filled = 0;
let swaps = 0;
const chunk = held();
const preparing = held();
const preparingAwaited = held();

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
        await chunk.before();
        return { position: 500_000, done: false };
      },
      discardLedgerRebuild: nothing,
    },
    steer: async (handle) => {
      await chunk.reached.promise;
      await handle.executeUpdate('pause');
      chunk.letGo.resolve(undefined);
      await handle.cancel();
    },
  },
  // This one is older than the patch "a cancel waits for its step".
  {
    name: 'rebuildLedger-cancelledPreparing',
    type: 'rebuildLedger',
    activities: {
      prepareLedgerRebuild: async () => {
        await preparing.before();
        return { head: 1_000_000 };
      },
      discardLedgerRebuild: nothing,
    },
    steer: (handle) => cancelInActivity(handle, preparing),
  },
  {
    name: 'rebuildLedger-cancelledPreparingAwaited',
    type: 'rebuildLedger',
    activities: {
      prepareLedgerRebuild: async () => {
        await preparingAwaited.before();
        return { head: 1_000_000 };
      },
      discardLedgerRebuild: nothing,
    },
    steer: (handle) => cancelInActivity(handle, preparingAwaited),
  },
];

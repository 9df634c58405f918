// Recordings of the read-model rebuild with its slices, of one wallet's rebuild, and of the verification.
import type { Activities, Comparison, SliceCounts } from '../../src/activities/activities.ts';
import { cancelInActivity, carried, held, type Recording } from './recording.ts';

const index = { from: 'wallets-000001', to: 'wallets-000002', position: 4_000 };
const counts = { wallets: 100, events: 1_000, refused: 0, broken: 0 };
const checksum = { count: 100, sum: '00000000000000ff' };
const equal = { wallets: 100, events: 1_000, expected: checksum, held: checksum, differences: [] };
const nothing = { differencesCount: 0 };

/** Two chunks for each of two slices. `before` is called before each chunk that fills. */
function rebuilding(before: () => Promise<void>): Partial<Activities> {
  return {
    prepareReadModelRebuild: () => Promise.resolve(index),
    cutWallets: () => Promise.resolve(['', 'wallet-2', '\u{10FFFF}']),
    fillReadModelIndex: async ({ after, until }): Promise<SliceCounts & { done: boolean }> => {
      await before();
      const isFirst = after === '' || after === 'wallet-2';
      return { ...counts, after: isFirst ? `${after}-half` : until, done: !isFirst };
    },
    finishReadModelIndex: () => Promise.resolve(),
    compareReadModelIndex: ({ until }): Promise<Comparison> =>
      Promise.resolve({ ...equal, ...nothing, after: until, done: true }),
    switchReadModel: () => Promise.resolve(),
    removeOtherReadModelIndexes: () => Promise.resolve(),
  };
}

const pausing = held();
const cancelling = held();
const preparing = held();
const switching = held();
const preparingAwaited = held();
const switchingAwaited = held();
const argument = { slices: 2, graceS: 1 };
const unheld = () => Promise.resolve();

export const rebuildRecordings: readonly Recording[] = [
  {
    name: 'rebuildAllReadModels',
    type: 'rebuildAllReadModels',
    args: [argument],
    activities: rebuilding(unheld),
  },
  {
    name: 'fillReadModelSlice',
    type: 'rebuildAllReadModels',
    child: 'fill-1',
    args: [argument],
    activities: rebuilding(unheld),
  },
  {
    name: 'compareReadModelSlice',
    type: 'rebuildAllReadModels',
    child: 'compare-2',
    args: [argument],
    activities: rebuilding(unheld),
  },
  {
    name: 'rebuildAllReadModels-paused',
    type: 'rebuildAllReadModels',
    args: [argument],
    activities: rebuilding(pausing.before),
    steer: async (handle) => {
      await pausing.reached.promise;
      await handle.executeUpdate('pause');
      pausing.letGo.resolve(undefined);
      await handle.signal('resume');
    },
  },
  {
    name: 'rebuildAllReadModels-cancelled',
    type: 'rebuildAllReadModels',
    args: [argument],
    activities: rebuilding(cancelling.before),
    steer: async (handle) => {
      await cancelling.reached.promise;
      await handle.cancel();
      cancelling.letGo.resolve(undefined);
    },
  },
  // These two are older than the patch "a cancel waits for its step".
  {
    name: 'rebuildAllReadModels-cancelledPreparing',
    type: 'rebuildAllReadModels',
    args: [argument],
    activities: {
      ...rebuilding(unheld),
      prepareReadModelRebuild: async () => {
        await preparing.before();
        return index;
      },
    },
    steer: (handle) => cancelInActivity(handle, preparing),
  },
  {
    name: 'rebuildAllReadModels-cancelledSwitching',
    type: 'rebuildAllReadModels',
    args: [argument],
    activities: { ...rebuilding(unheld), switchReadModel: switching.before },
    steer: (handle) => cancelInActivity(handle, switching),
  },
  {
    name: 'rebuildAllReadModels-cancelledPreparingAwaited',
    type: 'rebuildAllReadModels',
    args: [argument],
    activities: {
      ...rebuilding(unheld),
      prepareReadModelRebuild: async () => {
        await preparingAwaited.before();
        return index;
      },
    },
    steer: (handle) => cancelInActivity(handle, preparingAwaited),
  },
  {
    name: 'rebuildAllReadModels-cancelledSwitchingAwaited',
    type: 'rebuildAllReadModels',
    args: [argument],
    activities: { ...rebuilding(unheld), switchReadModel: switchingAwaited.before },
    steer: (handle) => cancelInActivity(handle, switchingAwaited),
  },
  {
    name: 'fillReadModelSlice-continued',
    type: 'fillReadModelSlice',
    args: [
      { index: index.to, after: '', until: 'wallet-2', walletsPerPage: 100, reportEvery: 20 },
      {
        figures: { ...counts, after: 'wallet-1' },
        untold: { events: 7, differences: 0 },
        progress: carried('backfill', 1_000, null),
      },
    ],
    activities: rebuilding(unheld),
  },
  {
    name: 'rebuildWalletReadModel',
    type: 'rebuildWalletReadModel',
    args: [{ walletId: 'wallet-1' }],
    activities: {
      mendWallet: () => Promise.resolve({ version: 5, events: 5, row: ['balanceMinor'], document: [] }),
    },
  },
  {
    name: 'verifyProjections-continued',
    type: 'verifyProjections',
    args: [
      {},
      {
        place: { part: 'log', isSecond: false, afterWallet: '', afterPosition: 1_000, upTo: 2_000 },
        result: { wallets: 100, events: 1_000, differences: [], differencesCount: 0, remaining: null },
        progress: carried('ledger and outbox', 1_000, 2_000),
      },
    ],
    activities: {
      verifyLog: ({ upTo }) =>
        Promise.resolve({ after: upTo, events: 1_000, done: true, differences: [], differencesCount: 0 }),
    },
  },
  {
    name: 'verifyProjections-repair',
    type: 'verifyProjections',
    args: [{ repair: true }],
    activities: {
      readLogHead: () => Promise.resolve(2_000),
      verifyWallets: ({ after, repair }): Promise<Comparison> =>
        Promise.resolve({
          ...equal,
          after: `${after}wallet-`,
          done: after !== '',
          differences: repair ? [{ where: 'document', walletId: 'wallet-1', fields: ['balance'] }] : [],
          differencesCount: repair ? 1 : 0,
        }),
      verifyLog: ({ upTo }) =>
        Promise.resolve({ after: upTo, events: 2_000, done: true, differences: [], differencesCount: 0 }),
    },
  },
];

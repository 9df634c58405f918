// Recordings of retryStaleEvents and pruneOutbox, with several chunks each and a pause between two of them.
import type { Recording } from './recording.ts';

/** The activity resolves `reached`, and the operator resolves `paused` when the pause was accepted. */
function held() {
  const reached = Promise.withResolvers<undefined>();
  const paused = Promise.withResolvers<undefined>();
  return { reached, paused };
}

const pruning = held();
let prunes = 0;
let checks = 0;

export const upkeepRecordings: readonly Recording[] = [
  {
    name: 'retryStaleEvents',
    type: 'retryStaleEvents',
    args: [{ full: true, olderThanS: 30 }],
    activities: {
      restoreOutboxRows: () => {
        checks += 1;
        return Promise.resolve({ count: 10_000, restored: 1, after: checks * 10_000, done: checks === 2 });
      },
      makeParkedDue: () => Promise.resolve(2),
      projectStaleEvents: ({ projection }) =>
        projection === 'ledger'
          ? Promise.resolve({ count: 3, after: 77, done: true })
          : Promise.resolve({ count: 0, after: 0, done: true }),
    },
  },
  {
    name: 'pruneOutbox-paused',
    type: 'pruneOutbox',
    activities: {
      pruneOutboxRows: async () => {
        prunes += 1;
        if (prunes === 1) {
          pruning.reached.resolve(undefined);
          await pruning.paused.promise;
        }
        return { count: 1_000, after: prunes * 1_000, done: prunes === 2 };
      },
      pruneIdempotencyKeys: () => Promise.resolve({ count: 12, after: 0, done: true }),
    },
    steer: async (handle) => {
      await pruning.reached.promise;
      await handle.executeUpdate('pause');
      pruning.paused.resolve(undefined);
      await handle.signal('resume');
    },
  },
];

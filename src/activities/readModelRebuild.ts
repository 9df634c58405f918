// The activities of a read-model rebuild. Each one takes a bounded part of the wallets and tells in its
// heartbeats how far it has come. It returns early if its worker stops, and the workflow calls it again from
// there.
import type { Client } from '@elastic/elasticsearch';
import { Context } from '@temporalio/activity';
import { requireWholeLog } from '../eventStore/retainedLog.ts';
import { lastWallet } from '../eventStore/read/readStreams.ts';
import { readStreamCuts } from '../eventStore/read/readStreamCuts.ts';
import { isIndexMissing, isNotFound, type ReadModelDeps } from '../projections/readModel/elasticsearch.ts';
import { addCounts, fillIndex, type SliceCounts } from '../projections/readModel/rebuild/fillIndex.ts';
import {
  finishIndex,
  prepareRebuildIndex,
  type RebuildIndex,
  removeUnread,
  switchAlias,
} from '../projections/readModel/rebuild/rebuildIndex.ts';
import { targetAlias } from '../projections/readModel/targets.ts';
import { RebuildSupersededError } from '../projections/projection.ts';
import { compareIndex, type Comparison } from '../projections/verify/compareIndex.ts';
import { beyondCancel, type ResumableDeps, runResumable } from './heartbeats.ts';
import { safePosition, type WalletChunk } from './verify.ts';

export type { RebuildIndex, SliceCounts };

/** Workflows of the release before do not say where to start. */
interface Start {
  readonly fromStart?: boolean;
}

export interface ReadModelActivityDeps extends ReadModelDeps, ResumableDeps {}

export function createReadModelRebuildActivities(deps: ReadModelActivityDeps) {
  const { pool, elasticsearch } = deps;
  return {
    /** If it is cancelled, it goes on and removes the index itself: nobody else knows the name. */
    prepareReadModelRebuild: ({ fromStart = false }: Start = {}): Promise<RebuildIndex> =>
      runResumable(deps, async () => {
        if (fromStart) await requireWholeLog(pool);
        const { cancellationSignal } = Context.current();
        return beyondCancel(async () => {
          const index = await prepareRebuildIndex(deps);
          if (cancellationSignal.aborted && !deps.stopping.aborted) await removeUnread(deps, index);
          return index;
        });
      }),

    /** The ids at the edges of the slices: one more than there are slices. */
    cutWallets: ({ slices }: { slices: number }): Promise<readonly string[]> =>
      runResumable(deps, async () => ['', ...(await readStreamCuts(pool, slices)), lastWallet]),

    fillReadModelIndex: ({
      index,
      ...range
    }: WalletChunk & Start & { index: string }): Promise<SliceCounts & { done: boolean }> =>
      runResumable<SliceCounts, SliceCounts & { done: boolean }>(deps, async ({ resume, stop, progress }) => {
        const before = resume ?? { after: range.after, wallets: 0, events: 0, refused: 0, broken: 0 };
        const argument = { ...range, alias: targetAlias(index), after: before.after };
        const filled = await fillIndex(deps, argument, stop, (counts) => {
          progress(addCounts(before, counts));
        });
        return { ...addCounts(before, filled), done: filled.done };
      }),

    finishReadModelIndex: ({ index }: { index: string }): Promise<void> =>
      runResumable(deps, () => whileIndexExists(elasticsearch, index, () => finishIndex(deps, index))),

    compareReadModelIndex: ({
      index,
      position,
      ...range
    }: WalletChunk & Start & { index: string; position: number }): Promise<Comparison> =>
      runResumable<string, Comparison>(deps, async ({ stop, progress }) => {
        const upTo = await safePosition(pool, position);
        return whileIndexExists(elasticsearch, index, () =>
          compareIndex(deps, { ...range, index, upTo, rows: false }, stop, progress),
        );
      }),

    switchReadModel: ({ from, to }: RebuildIndex): Promise<void> =>
      runResumable(deps, () => whileIndexExists(elasticsearch, to, () => switchAlias(deps, from, to))),

    /**
     * Removes the unread one of a rebuild's two indexes. The name is older than this rule and says too much,
     * but running rebuilds and stored histories call it by this name.
     */
    removeOtherReadModelIndexes: (index: Pick<RebuildIndex, 'from' | 'to'>): Promise<void> =>
      runResumable(deps, () => removeUnread(deps, index)),
  };
}

/** Fails for good if the index of this rebuild was removed, because waiting would not help. */
async function whileIndexExists<T>(elasticsearch: Client, index: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isNotFound(error) || !(await isIndexMissing(elasticsearch, index))) throw error;
    throw new RebuildSupersededError(`index "${index}" of this rebuild is gone: someone removed it`, {
      cause: error,
    });
  }
}

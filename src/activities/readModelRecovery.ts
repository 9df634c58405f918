// The activities behind the rebuild of the read model, of one wallet, and the verification. Each takes a bounded part,
// tells in its heartbeats how far it came, and returns early when its worker stops; the workflow goes on from there.
import type { Client } from '@elastic/elasticsearch';
import { ApplicationFailure } from '@temporalio/activity';
import { lastWallet } from '../eventStore/read/readStreams.ts';
import { readStreamCuts } from '../eventStore/read/readStreamCuts.ts';
import { readCheckpoint } from '../projections/checkpoints.ts';
import { compareLog } from '../projections/verify/compareLog.ts';
import { RebuildSupersededError } from '../projections/projection.ts';
import { compareIndex, type Comparison } from '../projections/verify/compareIndex.ts';
import { type ReadModelDeps, isIndexMissing, isNotFound } from '../projections/readModel/elasticsearch.ts';
import { fillIndex, type SliceFigures } from '../projections/readModel/rebuild/fillIndex.ts';
import { type MendedWallet, mendWallet } from '../projections/verify/repairWallet.ts';
import { prepareWalletsIndex, walletsAlias } from '../projections/readModel/readModelIndex.ts';
import {
  finishIndex,
  prepareRebuild,
  type RebuildIndex,
  removeUnread,
  switchAlias,
} from '../projections/readModel/rebuild/rebuildIndex.ts';
import { readHead, targetAlias } from '../projections/readModel/targets.ts';
import { type ResumableDeps, runResumable } from './resumable.ts';
import { type Difference, differencesKeptMax } from '../projections/verify/differences.ts';

export type { Comparison, Difference, MendedWallet, RebuildIndex, SliceFigures };

export interface ReadModelRecoveryDeps extends ReadModelDeps, ResumableDeps {}

/** Wallets with ids in (after, until], at most `walletsMax` of them. */
export interface WalletStretch {
  readonly after: string;
  readonly until: string;
  readonly walletsMax: number;
}

export interface LogStretch {
  readonly after: number;
  readonly events: number;
  readonly done: boolean;
  readonly differences: readonly Difference[];
  readonly differencesCount: number;
}

const eventsPerLogPage = 2_000;

export function createReadModelRecoveryActivities(deps: ReadModelRecoveryDeps) {
  const { pool, elasticsearch, indexPrefix } = deps;
  return {
    /** Row and document of one wallet anew. Refused where there is no such wallet at all. */
    mendWallet: ({ walletId }: { walletId: string }): Promise<MendedWallet> =>
      runResumable(deps, async () => {
        const mended = await mendWallet(deps, walletId);
        if (mended.events > 0 || mended.row.length > 0 || mended.document.length > 0) return mended;
        throw ApplicationFailure.nonRetryable(`wallet "${walletId}" has no events`, 'UnknownWallet');
      }),

    prepareReadModelRebuild: (): Promise<RebuildIndex> => runResumable(deps, () => prepareRebuild(deps)),

    /** The ids between which each slice lies: one more than there are slices. */
    cutWallets: ({ slices }: { slices: number }): Promise<readonly string[]> =>
      runResumable(deps, async () => ['', ...(await readStreamCuts(pool, slices)), lastWallet]),

    fillReadModelIndex: ({
      index,
      ...range
    }: WalletStretch & { index: string }): Promise<SliceFigures & { done: boolean }> =>
      runResumable<SliceFigures, SliceFigures & { done: boolean }>(
        deps,
        async ({ resume, stop, progress }) => {
          const before = resume ?? { after: range.after, wallets: 0, events: 0, refused: 0, broken: 0 };
          const argument = { ...range, alias: targetAlias(index), after: before.after };
          const filled = await fillIndex(deps, argument, stop, (figures) => {
            progress(added(before, figures));
          });
          return { ...added(before, filled), done: filled.done };
        },
      ),

    finishReadModelIndex: ({ index }: { index: string }): Promise<void> =>
      runResumable(deps, () => whileThere(elasticsearch, index, () => finishIndex(deps, index))),

    compareReadModelIndex: ({
      index,
      position,
      ...range
    }: WalletStretch & { index: string; position: number }): Promise<Comparison> =>
      runResumable<string, Comparison>(deps, async ({ stop, progress }) => {
        const upTo = await safePosition(position);
        return whileThere(elasticsearch, index, () =>
          compareIndex(deps, { ...range, index, upTo, rows: false }, stop, progress),
        );
      }),

    switchReadModel: ({ from, to }: RebuildIndex): Promise<void> =>
      runResumable(deps, () => whileThere(elasticsearch, to, () => switchAlias(deps, from, to))),

    /** Of a rebuild's two indexes the one that is not read. Under the name that running rebuilds know. */
    removeOtherReadModelIndexes: (index: Pick<RebuildIndex, 'from' | 'to'>): Promise<void> =>
      runResumable(deps, () => removeUnread(deps, index)),

    /** Position of the log's last event; verifications go so far, however much comes meanwhile. */
    readLogHead: (): Promise<number> => runResumable(deps, async () => Number(await readHead(pool))),

    verifyWallets: ({ repair, ...range }: WalletStretch & { repair: boolean }): Promise<Comparison> =>
      runResumable<string, Comparison>(deps, async ({ stop, progress }) => {
        await prepareWalletsIndex(deps);
        const upTo = await safePosition(0);
        const argument = { ...range, index: walletsAlias(indexPrefix), upTo, rows: true };
        const mend = repair ? (walletId: string) => mendWallet(deps, walletId) : undefined;
        return compareIndex(deps, argument, stop, progress, mend);
      }),

    verifyLog: ({
      after,
      upTo,
      eventsMax,
      repair,
    }: {
      after: number;
      upTo: number;
      eventsMax: number;
      repair: boolean;
    }): Promise<LogStretch> =>
      runResumable<number, LogStretch>(deps, async ({ stop, progress }) => {
        const sum = { after, events: 0, differences: [] as Difference[], differencesCount: 0 };
        for (;;) {
          const limit = Math.min(eventsPerLogPage, eventsMax - sum.events);
          const page = await compareLog(pool, {
            after: BigInt(sum.after),
            upTo: BigInt(upTo),
            limit,
            repair,
          });
          sum.after = Number(page.after);
          sum.events += page.events;
          sum.differencesCount += page.differences.length;
          sum.differences.push(...page.differences.slice(0, differencesKeptMax - sum.differences.length));
          progress(sum.after);
          const done = page.events === 0 || sum.after >= upTo;
          if (done || sum.events >= eventsMax || stop.aborted) return { ...sum, done };
        }
      }),
  };

  /** What the read model has passed by now, or what was committed before a backfill: all of it has to be there. */
  async function safePosition(position: number): Promise<number> {
    return Math.max(position, Number(await readCheckpoint(pool, 'read-model')));
  }
}

/** Of an index that only a rebuild uses: where Elasticsearch does not know it any more, waiting does not help. */
async function whileThere<T>(elasticsearch: Client, index: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isNotFound(error) || !(await isIndexMissing(elasticsearch, index))) throw error;
    throw new RebuildSupersededError(`index "${index}" of this rebuild is gone: someone removed it`, {
      cause: error,
    });
  }
}

function added(before: SliceFigures, more: SliceFigures): SliceFigures {
  return {
    after: more.after,
    wallets: before.wallets + more.wallets,
    events: before.events + more.events,
    refused: before.refused + more.refused,
    broken: before.broken + more.broken,
  };
}

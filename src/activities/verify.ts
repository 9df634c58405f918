// The activities that compare wallets, documents, ledger and outbox with the event store and repair them on
// request. Each one takes a bounded part and returns early if its worker stops. The workflow calls it again
// from there.
import { ApplicationFailure } from '@temporalio/activity';
import type { Pool } from 'pg';
import { readCheckpoint } from '../projections/checkpoints.ts';
import { prepareWalletsIndex, walletsAlias } from '../projections/readModel/readModelIndex.ts';
import type { ReadModelDeps } from '../projections/readModel/elasticsearch.ts';
import { readHead } from '../eventStore/logHead.ts';
import { compareIndex, type Comparison } from '../projections/verify/compareIndex.ts';
import { compareLog } from '../projections/verify/compareLog.ts';
import { type Difference, differencesKeptMax } from '../projections/verify/differences.ts';
import { type RepairedWallet, repairWallet } from '../projections/verify/repairWallet.ts';
import { type ResumableDeps, runResumable } from './heartbeats.ts';

export type { Comparison, Difference, RepairedWallet };

/** Wallets with ids in (after, until], at most `walletsMax` of them. */
export interface WalletChunk {
  readonly after: string;
  readonly until: string;
  readonly walletsMax: number;
}

interface LogChunk {
  readonly after: number;
  readonly upTo: number;
  readonly eventsMax: number;
}

interface LogComparison {
  readonly after: number;
  readonly events: number;
  readonly done: boolean;
  readonly differences: readonly Difference[];
  readonly differencesCount: number;
}

const eventsPerLogPage = 2_000;

export function createVerifyActivities(deps: ReadModelDeps & ResumableDeps) {
  const { pool, indexPrefix } = deps;
  return {
    /** Repairs one wallet's row and document. Stored histories know it by this name. */
    mendWallet: ({ walletId }: { walletId: string }): Promise<RepairedWallet> =>
      runResumable(deps, async () => {
        const repaired = await repairWallet(deps, walletId);
        if (repaired.events > 0 || repaired.row.length > 0 || repaired.document.length > 0) return repaired;
        throw ApplicationFailure.nonRetryable(`wallet "${walletId}" has no events`, 'UnknownWallet');
      }),

    /** Position of the log's last event. A verification ends there, although new events keep coming. */
    readLogHead: (): Promise<number> => runResumable(deps, async () => Number(await readHead(pool))),

    verifyWallets: ({ repair, ...range }: WalletChunk & { repair: boolean }): Promise<Comparison> =>
      runResumable<string, Comparison>(deps, async ({ stop, progress }) => {
        await prepareWalletsIndex(deps);
        const upTo = await safePosition(pool, 0);
        const argument = { ...range, index: walletsAlias(indexPrefix), upTo, rows: true };
        const repairOne = repair ? (walletId: string) => repairWallet(deps, walletId) : undefined;
        return compareIndex(deps, argument, stop, progress, repairOne);
      }),

    verifyLog: (argument: LogChunk & { readonly repair: boolean }): Promise<LogComparison> =>
      runResumable<number, LogComparison>(deps, ({ stop, progress }) =>
        compareLogPages(pool, argument, stop, progress),
      ),
  };
}

async function compareLogPages(
  pool: Pool,
  { after, upTo, eventsMax, repair }: LogChunk & { readonly repair: boolean },
  stop: AbortSignal,
  progress: (position: number) => void,
): Promise<LogComparison> {
  const sum = { after, events: 0, differences: [] as Difference[], differencesCount: 0 };
  for (;;) {
    const limit = Math.min(eventsPerLogPage, eventsMax - sum.events);
    const page = await compareLog(pool, { after: BigInt(sum.after), upTo: BigInt(upTo), limit, repair });
    sum.after = Number(page.after);
    sum.events += page.events;
    sum.differencesCount += page.differences.length;
    sum.differences.push(...page.differences.slice(0, differencesKeptMax - sum.differences.length));
    progress(sum.after);
    const done = page.events === 0 || sum.after >= upTo;
    if (done || sum.events >= eventsMax || stop.aborted) return { ...sum, done };
  }
}

/**
 * Every event up to here has its document. The read model has passed it, or a backfill began after it.
 */
export async function safePosition(pool: Pool, position: number): Promise<number> {
  return Math.max(position, Number(await readCheckpoint(pool, 'read-model')));
}

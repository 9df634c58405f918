// The activities that compare wallets, documents, ledger and outbox with the event store and repair them on
// request. Each one takes a bounded part and returns early if its worker stops. The workflow calls it again
// from there.
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import type { Pool } from 'pg';
import { readCheckpoint } from '../projections/checkpoints.ts';
import { prepareWalletsIndex, walletsAlias } from '../projections/readModel/readModelIndex.ts';
import type { ReadModelDeps } from '../projections/readModel/elasticsearch.ts';
import { readArchivedThrough } from '../eventStore/openingRows.ts';
import { readHead } from '../eventStore/logHead.ts';
import { compareIndex, type Comparison } from '../projections/verify/compareIndex.ts';
import { compareLog } from '../projections/verify/compareLog.ts';
import {
  checkHead,
  checkPositions,
  checkRecords,
  firstCommandId,
  readUncompared,
  type UncomparedEvents,
} from '../projections/verify/checkLog.ts';
import { type Difference, differencesKeptMax } from '../projections/verify/differences.ts';
import { type RepairedWallet, repairWallet } from '../projections/verify/repairWallet.ts';
import { compareSums, type SumDifference } from '../projections/ledger/sums/ledgerSums.ts';
import { type ResumableDeps, runResumable, withHeartbeats } from './heartbeats.ts';

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

interface RecordComparison {
  readonly after: string;
  readonly records: number;
  readonly done: boolean;
  readonly differences: readonly Difference[];
  readonly differencesCount: number;
}

const eventsPerLogPage = 2_000;
const positionsPerPage = 50_000;
const recordsPerPage = 2_000;
/** How often a verification asks whether the projections have come far enough. */
const askPauseMs = 100;

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

    /** Waits a moment for every projection to reach `upTo`, and tells how far they have come. */
    awaitProjections: ({ upTo }: { upTo: number }): Promise<UncomparedEvents> =>
      runResumable(deps, async ({ stop }) => {
        for (;;) {
          const found = await readUncompared(pool, BigInt(upTo));
          if (found.comparable >= upTo || stop.aborted) return found;
          await pause(askPauseMs);
        }
      }),

    readUncompared: ({ upTo }: { upTo: number }): Promise<UncomparedEvents> =>
      runResumable(deps, () => readUncompared(pool, BigInt(upTo))),

    /** Checks the head, and the positions of (after, upTo]. Archived ones may have left the log. */
    verifyEvents: ({ after, upTo }: { after: number; upTo: number }): Promise<LogComparison> =>
      runResumable<number, LogComparison>(deps, async ({ stop, progress }) => {
        const found = createSum(after === 0 ? await checkHead(pool) : []);
        let reached = Math.max(after, Number(await readArchivedThrough(pool)));
        let events = 0;
        while (reached < upTo && !stop.aborted) {
          const range = { after: BigInt(reached), upTo: BigInt(upTo), limit: positionsPerPage };
          const page = await checkPositions(pool, range);
          found.add(page.differences);
          events += page.events;
          reached = Number(page.after);
          progress(reached);
        }
        return { after: reached, events, done: reached >= upTo, ...found.sum };
      }),

    /** Checks that accepted commands have their events, after the command id `after`. */
    verifyRecords: ({ after }: { after: string }): Promise<RecordComparison> =>
      runResumable<string, RecordComparison>(deps, async ({ stop, progress }) => {
        const found = createSum([]);
        let reached = after === '' ? firstCommandId : after;
        let records = 0;
        for (;;) {
          const page = await checkRecords(pool, reached, recordsPerPage);
          found.add(page.differences);
          records += page.records;
          reached = page.after;
          progress(reached);
          if (page.done || stop.aborted) return { after: reached, records, done: page.done, ...found.sum };
        }
      }),

    verifyWallets: ({ repair, ...range }: WalletChunk & { repair: boolean }): Promise<Comparison> =>
      runResumable<string, Comparison>(deps, async ({ stop, progress }) => {
        await prepareWalletsIndex(deps);
        const upTo = await safePosition(pool, 0);
        const argument = { ...range, index: walletsAlias(indexPrefix), upTo, rows: true };
        const repairOne = repair ? (walletId: string) => repairWallet(deps, walletId) : undefined;
        return compareIndex(deps, argument, stop, progress, repairOne);
      }),

    /** One statement compares all sums, however long the ledger is. */
    verifyLedgerSums: ({ repair }: { repair: boolean }): Promise<FoundSums> =>
      withHeartbeats({ details: () => undefined }, async () => {
        const found = createSum([]);
        found.add((await compareSums(pool, { correct: repair })).map(differenceOfSum));
        return found.sum;
      }),

    verifyLog: (argument: LogChunk & { readonly repair: boolean }): Promise<LogComparison> =>
      runResumable<number, LogComparison>(deps, ({ stop, progress }) =>
        compareLogPages(pool, argument, stop, progress),
      ),
  };
}

interface FoundSums {
  readonly differences: readonly Difference[];
  readonly differencesCount: number;
}

function differenceOfSum({ tenantPrefix, currency, debitClass, creditClass }: SumDifference): Difference {
  return {
    where: 'ledger',
    fields: [`sum of ${tenantPrefix}${currency} from ${debitClass} to ${creditClass}`],
  };
}

/** Counts every difference and keeps the first ones. */
function createSum(first: readonly Difference[]) {
  const sum = { differences: [...first], differencesCount: first.length };
  return {
    sum,
    add: (more: readonly Difference[]) => {
      sum.differencesCount += more.length;
      sum.differences.push(...more.slice(0, differencesKeptMax - sum.differences.length));
    },
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

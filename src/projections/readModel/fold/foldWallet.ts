// Folds one wallet's stream event by event, which is exact. Runs if an event does not fit the packed form of
// a range. A comparison folds with it up to the version that a row or document claims.
import type { Pool, PoolClient } from 'pg';
import { readStreams } from '../../../eventStore/read/readStreams.ts';
import { createStreamFold, type FoldedStream } from './foldStreams.ts';

const eventsPerRead = 10_000;

/** The last version, or the last position of the log, that is folded. */
export interface FoldLimit {
  readonly version?: number;
  readonly upTo?: bigint | undefined;
  /** True reads from the first event, which needs the whole log. */
  readonly fromStart?: boolean | undefined;
}

export interface FoldedToLimit extends FoldedStream {
  /** True if events up to the limit are archived and not in the log. Then nothing else is known. */
  readonly isArchived?: true;
}

/** Folds the wallet's stream up to a limit, the limit included. Undefined if there is no event. */
export async function foldWallet(
  database: Pool | PoolClient,
  walletId: string,
  { version = Number.MAX_SAFE_INTEGER, upTo, fromStart }: FoldLimit,
): Promise<FoldedToLimit | undefined> {
  const { take, end } = createStreamFold();
  let cursor = { walletId, version: 0 };
  while (cursor.version < version) {
    const limit = Math.min(eventsPerRead, version - cursor.version);
    const steps = await readStreams(database, { after: '', until: walletId, upTo, fromStart }, cursor, limit);
    if (steps.some((step) => 'opening' in step && step.version > version))
      return foldArchived(database, walletId, { version, upTo });
    take(steps.filter((step) => step.version <= version));
    const last = steps.at(-1);
    if (last === undefined || steps.length < limit) break;
    cursor = last;
  }
  return end()[0];
}

/** Folds up to a version below that of the opening state, from events that are still in the log. */
async function foldArchived(
  database: Pool | PoolClient,
  walletId: string,
  { version, upTo }: { readonly version: number; readonly upTo: bigint | undefined },
): Promise<FoldedToLimit> {
  const folded = await foldWallet(database, walletId, { version, upTo, fromStart: true });
  if (folded?.events === version) return folded;
  return {
    ...{ walletId, wallet: undefined, events: 0, broken: [], unreadEnd: 0, hasState: false },
    isArchived: true,
  };
}

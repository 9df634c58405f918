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
}

/** Folds the wallet's stream up to a limit, the limit included. Undefined if there is no event. */
export async function foldWallet(
  database: Pool | PoolClient,
  walletId: string,
  { version = Number.MAX_SAFE_INTEGER, upTo }: FoldLimit,
): Promise<FoldedStream | undefined> {
  const { take, end } = createStreamFold();
  let cursor = { walletId, version: 0 };
  while (cursor.version < version) {
    const limit = Math.min(eventsPerRead, version - cursor.version);
    const steps = await readStreams(database, { after: '', until: walletId, upTo }, cursor, limit);
    take(steps.filter((step) => step.version <= version));
    const last = steps.at(-1);
    if (last === undefined || steps.length < limit) break;
    cursor = last;
  }
  return end()[0];
}

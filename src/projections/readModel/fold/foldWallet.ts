// One wallet's stream, event by event: the exact answer where a range was read in packed form and something did not
// fit, and where a row or a document is compared at the version that it shows.
import type { Pool, PoolClient } from 'pg';
import { readStreams } from '../../../eventStore/read/readStreams.ts';
import { createStreamFold, type FoldedStream } from './foldStreams.ts';

const eventsPerRead = 10_000;

/** Where to stop: behind a version, or behind a position of the log. */
export interface FoldLimit {
  readonly version?: number;
  readonly upTo?: bigint | undefined;
}

/** The wallet's stream up to a limit, the limit included; undefined where it has no event. */
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

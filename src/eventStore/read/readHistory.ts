// Reads a page of a wallet's history, as far as it is in the log. Archived events leave the log from the
// oldest on, and may come back in part.
//
// Invariant: a page never passes over a version. It ends before a missing one, and the next page says why.
import type { ReadDatabase } from '../tenantReads.ts';
import { explainMissing, readArchivedVersion } from '../retainedLog.ts';
import type { RecordedEvent } from '../eventCodec.ts';
import { readStream, readStreamBackwards } from './readEvents.ts';

export interface HistoryPage {
  readonly events: readonly RecordedEvent[];
  /** Whether the history goes on after them. */
  readonly goesOn: boolean;
}

interface AskedPage {
  readonly order: 'asc' | 'desc';
  /** The last version of the page before. */
  readonly after: number | undefined;
  readonly limit: number;
}

/** Throws ArchivedError if the page would begin with an archived version that is not in the log. */
export async function readHistory(
  database: ReadDatabase,
  walletId: string,
  { order, after, limit }: AskedPage,
): Promise<HistoryPage> {
  const isUp = order === 'asc';
  const found = isUp
    ? await readStream(database, walletId, after ?? 0, limit + 1)
    : await readStreamBackwards(database, walletId, after ?? Number.MAX_SAFE_INTEGER, limit + 1);
  const step = isUp ? 1 : -1;
  const first = isUp || after !== undefined ? (after ?? 0) + step : found[0]?.version;
  if (first === undefined) {
    await explainMissing(database, walletId, await readArchivedVersion(database, walletId));
    return { events: found, goesOn: false };
  }
  const gapAt = found.findIndex(({ version }, index) => version !== first + step * index);
  const whole = gapAt === -1 ? found.length : gapAt;
  const goesOn = { events: found.slice(0, limit), goesOn: found.length > limit };
  if (whole > limit) return goesOn;
  const missing = first + step * whole;
  if (whole === 0) await explainMissing(database, walletId, missing);
  const isArchived = missing >= 1 && missing <= (await readArchivedVersion(database, walletId));
  return isArchived ? { events: found.slice(0, whole), goesOn: true } : goesOn;
}

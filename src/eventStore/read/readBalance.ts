// Reads a wallet's balance at a time from the event store. Every event carries the balance after it, so
// neither a replay nor a projection is needed.
import type { RecordedEvent } from '../eventCodec.ts';
import { findVersions } from './findVersions.ts';
import { readEventsOf } from './readEvents.ts';
import type { ReadDatabase } from '../tenantReads.ts';

/** The last event of the wallet's stream that happened at `at` or before, or undefined. */
export async function readLastEventAt(
  pool: ReadDatabase,
  walletId: string,
  at: Date,
): Promise<RecordedEvent | undefined> {
  const [last] = (await findVersions(pool, walletId, [{ time: at, inclusive: true }])) ?? [];
  if (last === undefined || last.version === 0) return undefined;
  const [event] = await readEventsOf(pool, [{ walletId, version: last.version }]);
  return event;
}

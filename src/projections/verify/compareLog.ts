// Compares ledger and outbox with the log, in order of position. So both sides of a transfer are checked
// together. A verification calls it page by page. It names a difference by position and field, and repairs it
// with the mapping that the drain uses.
import type { Pool } from 'pg';
import { readArchivedThrough } from '../../eventStore/openingRows.ts';
import { readEventsAfter } from '../../eventStore/read/readEvents.ts';
import { readCheckpoint } from '../checkpoints.ts';
import { readLostRows, restoreRows } from '../outbox/lostRows.ts';
import { decodeEvents } from '../projectEvents.ts';
import type { RestoredPart } from '../ledger/segments/restorePart.ts';
import { readFirstPart } from '../ledger/segments/restoredParts.ts';
import { compareLedger } from './compareLedger.ts';
import type { Difference } from './differences.ts';
import { unpairedTransfers } from './pairTransfers.ts';

export interface LogPage {
  /** Position of the last event that was compared. */
  readonly after: bigint;
  readonly events: number;
  readonly differences: readonly Difference[];
}

interface AskedPage {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly limit: number;
  readonly repair: boolean;
}

/**
 * Compares at most `limit` events after `after`, up to `upTo`. Repairs the differences if `repair` is true.
 * Archived events may have left the log and the ledger. Of those that are there, the ledger is compared.
 */
export async function compareLog(pool: Pool, asked: AskedPage): Promise<LogPage> {
  const archived = await readArchivedThrough(pool);
  const part = asked.after < archived ? await readFirstPart(pool, asked.after, archived) : undefined;
  const restored = part && (await compareRestored(pool, part, asked));
  return restored ?? compareAbove(pool, archived, asked);
}

/** Undefined if the part has left meanwhile. Its outbox rows were dropped before it was archived. */
async function compareRestored(
  pool: Pool,
  { from, to }: RestoredPart,
  { after: asked, limit, repair }: AskedPage,
): Promise<LogPage | undefined> {
  const after = asked < from ? from - 1n : asked;
  const recorded = await readEventsAfter(pool, after, Math.min(limit, Number(to - 1n - after)));
  const last = recorded.at(-1)?.position;
  if (last === undefined || last >= to) return undefined;
  const { events, undecodable } = decodeEvents(recorded);
  const unread = undecodable.map(({ position }) => position);
  const page = { events, unread, after, through: last, isRestored: true, repair };
  return { after: last, events: recorded.length, differences: await compareLedger(pool, page) };
}

async function compareAbove(
  pool: Pool,
  archived: bigint,
  { after: asked, upTo, limit, repair }: AskedPage,
): Promise<LogPage> {
  const after = asked > archived ? asked : archived;
  // Read the checkpoint first: every event up to it already has its ledger entries.
  const booked = await readCheckpoint(pool, 'ledger');
  // The event before the page is read with it, because a transfer's halves may lie in two pages.
  const withPrevious = await readEventsAfter(pool, after - 1n, limit + 1);
  const paged = withPrevious.filter(({ position }) => position <= upTo).slice(0, limit + 1);
  const recorded = paged.filter(({ position }) => position > after).slice(0, limit);
  const last = recorded.at(-1)?.position;
  if (last === undefined) return { after, events: 0, differences: [] };
  const through = last < booked ? last : booked;
  const { events, undecodable } = decodeEvents(recorded.filter(({ position }) => position <= through));
  const unread = undecodable.map(({ position }) => position);
  return {
    after: last,
    events: recorded.length,
    differences: [
      ...(await compareLedger(pool, { events, unread, after, through, isRestored: false, repair })),
      ...(await compareOutbox(pool, after, last, repair)),
      ...unpairedTransfers(
        paged.filter(({ position }) => position <= last),
        { after, isAfterArchived: after === archived, isEnd: last === upTo },
      ),
    ],
  };
}

async function compareOutbox(
  pool: Pool,
  after: bigint,
  through: bigint,
  repair: boolean,
): Promise<readonly Difference[]> {
  const lost = await readLostRows(pool, after, through);
  if (repair) {
    await restoreRows(
      pool,
      lost.map(({ position }) => position),
    );
  }
  return lost.map(({ walletId, position }) => ({
    where: 'outbox',
    walletId,
    position: Number(position),
    fields: ['missing'],
  }));
}

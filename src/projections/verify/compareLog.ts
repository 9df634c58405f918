// Compares ledger and outbox with the log, in order of position. So both sides of a transfer are checked
// together. A verification calls it page by page. It names a difference by position and field, and repairs it
// with the mapping that the drain uses.
import type { Pool, PoolClient } from 'pg';
import type { StoredEvent } from '../../domain/events.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { readArchivedThrough } from '../../eventStore/openingRows.ts';
import { readEventsAfter } from '../../eventStore/read/readEvents.ts';
import { readCheckpoint } from '../checkpoints.ts';
import { readLostRows, restoreRows } from '../outbox/lostRows.ts';
import { decodeEvents } from '../projectEvents.ts';
import type { ComparedRow } from '../ledger/forms/ledgerForm.ts';
import { currentLedger } from '../ledger/forms/ledgerTables.ts';
import { type Posting, postingsOf, UnbookableEventError } from '../ledger/postings.ts';
import type { Difference } from './differences.ts';
import { unpairedTransfers } from './pairTransfers.ts';

export interface LogPage {
  /** Position of the last event that was compared. */
  readonly after: bigint;
  readonly events: number;
  readonly differences: readonly Difference[];
}

/**
 * Compares at most `limit` events after `after`, up to `upTo`. Repairs the differences if `repair` is true.
 * Begins after the archived events, which may have left the log and the ledger.
 */
export async function compareLog(
  pool: Pool,
  { after: asked, upTo, limit, repair }: { after: bigint; upTo: bigint; limit: number; repair: boolean },
): Promise<LogPage> {
  const archived = await readArchivedThrough(pool);
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
      ...(await compareLedger(pool, { events, unread, after, through, repair })),
      ...(await compareOutbox(pool, after, last, repair)),
      ...unpairedTransfers(
        paged.filter(({ position }) => position <= last),
        { after, isAfterArchived: after === archived, isEnd: last === upTo },
      ),
    ],
  };
}

interface LedgerPage {
  readonly events: readonly StoredEvent[];
  /**
   * Events that this release can't read. A newer release may have booked them, so their postings are left
   * alone.
   */
  readonly unread: readonly bigint[];
  readonly after: bigint;
  readonly through: bigint;
  readonly repair: boolean;
}

async function compareLedger(
  pool: Pool,
  { events, unread, after, through, repair }: LedgerPage,
): Promise<readonly Difference[]> {
  const unaccepted = new Set([...(await readUnacceptedPositions(pool, after, through)), ...unread]);
  const expected = new Map<bigint, readonly Posting[]>();
  const walletIds = new Map<bigint, string>();
  for (const event of events) {
    walletIds.set(event.position, event.walletId);
    expected.set(event.position, postingsOrNone(event));
  }
  const ledger = await currentLedger(pool);
  const booked = Map.groupBy(await ledger.readRange(pool, after, through), ({ position }) => position);
  const wrong: bigint[] = [];
  const differences: Difference[] = [];
  for (const position of [...new Set([...expected.keys(), ...booked.keys()])].sort((a, b) =>
    a < b ? -1 : 1,
  )) {
    if (unaccepted.has(position)) continue;
    const right = (expected.get(position) ?? []).flatMap(ledger.toCompared);
    const fields = differingFields(booked.get(position) ?? [], right);
    if (fields.length === 0) continue;
    wrong.push(position);
    const walletId = walletIds.get(position);
    differences.push({
      where: 'ledger',
      ...(walletId === undefined ? {} : { walletId }),
      position: Number(position),
      fields,
    });
  }
  if (repair && wrong.length > 0) {
    const postings = wrong.flatMap((position) => expected.get(position) ?? []);
    await inDatabaseTransaction(pool, (client) => correctLedger(client, wrong, postings));
  }
  return differences;
}

/**
 * Makes the postings of these positions exactly `postings`, in the caller's database transaction. Deletes
 * first, so that the one insert of the ledger serves here too.
 */
async function correctLedger(
  client: PoolClient,
  positions: readonly bigint[],
  postings: readonly Posting[],
): Promise<void> {
  const ledger = await currentLedger(client);
  await ledger.deleteAt(client, positions);
  await ledger.insert(client, postings);
}

/** None for an event that can't be booked: it is parked, or an operator gave it up. */
function postingsOrNone(event: StoredEvent): readonly Posting[] {
  try {
    return postingsOf(event);
  } catch (error) {
    if (!(error instanceof UnbookableEventError)) throw error;
    return [];
  }
}

/** What differs between the rows that an event has and those that it should have. */
function differingFields(booked: readonly ComparedRow[], right: readonly ComparedRow[]): readonly string[] {
  const actual = new Map(booked.map(({ name, fields }) => [name, fields]));
  const expected = new Map(right.map(({ name, fields }) => [name, fields]));
  return [...new Set([...expected.keys(), ...actual.keys()])].flatMap((name) => {
    const [has, should] = [actual.get(name), expected.get(name)];
    if (has === undefined) return [`${name} missing`];
    if (should === undefined) return [`${name} extra`];
    return Object.keys(should)
      .filter((field) => has[field] !== should[field])
      .map((field) => `${name} ${field}`);
  });
}

/** Positions of events that the ledger is known to lack: they are parked, or an operator skipped them. */
async function readUnacceptedPositions(
  pool: Pool,
  after: bigint,
  through: bigint,
): Promise<ReadonlySet<bigint>> {
  const { rows } = await pool.query<{ position: string }>({
    name: 'read-unaccepted-positions',
    text: `
      select position
        from projection_failures
       where projection = 'ledger'
         and position > $1::bigint
         and position <= $2::bigint
         and (resolved_at is null or skipped_at is not null)`,
    values: [after, through],
  });
  return new Set(rows.map(({ position }) => BigInt(position)));
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

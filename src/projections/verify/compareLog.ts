// Compares ledger and outbox with the log, in order of position. So both sides of a transfer are checked
// together. A verification calls it page by page. It names a difference by position and field, and repairs it
// with the mapping that the drain uses.
import type { Pool } from 'pg';
import type { StoredEvent } from '../../domain/events.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { readEventsAfter } from '../../eventStore/read/readEvents.ts';
import { readCheckpoint } from '../checkpoints.ts';
import { readLostRows, restoreRows } from '../outbox/lostRows.ts';
import { decodeEvents } from '../projectEvents.ts';
import { correctLedgerEntries, readLedgerRange } from './repairLedger.ts';
import { type LedgerEntry, ledgerEntries, UnbookableEventError } from '../ledger/ledgerEntries.ts';
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
 */
export async function compareLog(
  pool: Pool,
  { after, upTo, limit, repair }: { after: bigint; upTo: bigint; limit: number; repair: boolean },
): Promise<LogPage> {
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
        after,
        last === upTo,
      ),
    ],
  };
}

interface LedgerPage {
  readonly events: readonly StoredEvent[];
  /**
   * Events that this release can't read. A newer release may have booked them, so their legs are left alone.
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
  const expected = new Map<bigint, readonly LedgerEntry[]>();
  const walletIds = new Map<bigint, string>();
  for (const event of events) {
    walletIds.set(event.position, event.walletId);
    expected.set(event.position, legsOf(event));
  }
  const booked = Map.groupBy(await readLedgerRange(pool, after, through), ({ position }) => position);
  const wrong: bigint[] = [];
  const differences: Difference[] = [];
  for (const position of [...new Set([...expected.keys(), ...booked.keys()])].sort((a, b) =>
    a < b ? -1 : 1,
  )) {
    if (unaccepted.has(position)) continue;
    const fields = differingLegs(booked.get(position) ?? [], expected.get(position) ?? []);
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
    const entries = wrong.flatMap((position) => expected.get(position) ?? []);
    await inDatabaseTransaction(pool, (client) => correctLedgerEntries(client, wrong, entries));
  }
  return differences;
}

/** No legs for an event that can't be booked: it is parked, or an operator gave it up. */
function legsOf(event: StoredEvent): readonly LedgerEntry[] {
  try {
    return ledgerEntries(event);
  } catch (error) {
    if (!(error instanceof UnbookableEventError)) throw error;
    return [];
  }
}

const fieldsCompared = [
  'account',
  'direction',
  'amountMinor',
  'currency',
  'balanceAfterMinor',
  'occurredAt',
] as const;

function differingLegs(booked: readonly LedgerEntry[], expected: readonly LedgerEntry[]): readonly string[] {
  return ([1, 2] as const).flatMap((leg) => {
    const actual = booked.find((entry) => entry.leg === leg);
    const right = expected.find((entry) => entry.leg === leg);
    if (actual === undefined) return right === undefined ? [] : [`leg ${leg} missing`];
    if (right === undefined) return [`leg ${leg} extra`];
    return fieldsCompared
      .filter((field) => textOf(actual[field]) !== textOf(right[field]))
      .map((field) => `leg ${leg} ${field}`);
  });
}

function textOf(value: LedgerEntry[(typeof fieldsCompared)[number]]): string {
  return String(value instanceof Date ? value.getTime() : value);
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

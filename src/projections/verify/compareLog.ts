// The ledger and the outbox against the log, in order of position: what the wallets' order would tear apart. A
// difference is named by position and field, and mended by the mapping that the drain uses.
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

export interface LogPage {
  /** Position of the last event that was looked at. */
  readonly after: bigint;
  readonly events: number;
  readonly differences: readonly Difference[];
}

/** Compares at most `limit` events behind `after`, up to `upTo`, and mends what differs where `repair` is true. */
export async function compareLog(
  pool: Pool,
  { after, upTo, limit, repair }: { after: bigint; upTo: bigint; limit: number; repair: boolean },
): Promise<LogPage> {
  // Before anything is read: what the ledger has passed by now has its entries by then.
  const booked = await readCheckpoint(pool, 'ledger');
  const recorded = (await readEventsAfter(pool, after, limit)).filter(({ position }) => position <= upTo);
  const last = recorded.at(-1)?.position;
  if (last === undefined) return { after, events: 0, differences: [] };
  const through = last < booked ? last : booked;
  const { events, refusals } = decodeEvents(recorded.filter(({ position }) => position <= through));
  const unread = refusals.map(({ position }) => position);
  return {
    after: last,
    events: recorded.length,
    differences: [
      ...(await compareLedger(pool, { events, unread, after, through, repair })),
      ...(await compareOutbox(pool, after, last, repair)),
    ],
  };
}

interface LedgerPage {
  readonly events: readonly StoredEvent[];
  /** Events that this release can't read: a newer one may have booked them, so their legs are left alone. */
  readonly unread: readonly bigint[];
  readonly after: bigint;
  readonly through: bigint;
  readonly repair: boolean;
}

async function compareLedger(
  pool: Pool,
  { events, unread, after, through, repair }: LedgerPage,
): Promise<readonly Difference[]> {
  const unaccepted = new Set([...(await readUnaccepted(pool, after, through)), ...unread]);
  const expected = new Map<bigint, readonly LedgerEntry[]>();
  const walletIds = new Map<bigint, string>();
  for (const event of events) {
    walletIds.set(event.position, event.walletId);
    expected.set(event.position, legsOf(event));
  }
  const held = Map.groupBy(await readLedgerRange(pool, after, through), ({ position }) => position);
  const wrong: bigint[] = [];
  const differences: Difference[] = [];
  for (const position of [...new Set([...expected.keys(), ...held.keys()])].sort((a, b) =>
    a < b ? -1 : 1,
  )) {
    if (unaccepted.has(position)) continue;
    const fields = differingLegs(held.get(position) ?? [], expected.get(position) ?? []);
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

/** None for an event that can't be booked: it is parked, or somebody gave it up. */
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

function differingLegs(held: readonly LedgerEntry[], expected: readonly LedgerEntry[]): readonly string[] {
  return ([1, 2] as const).flatMap((leg) => {
    const actual = held.find((entry) => entry.leg === leg);
    const right = expected.find((entry) => entry.leg === leg);
    if (actual === undefined) return right === undefined ? [] : [`leg ${leg} missing`];
    if (right === undefined) return [`leg ${leg} extra`];
    return fieldsCompared
      .filter((field) => String(comparable(actual[field])) !== String(comparable(right[field])))
      .map((field) => `leg ${leg} ${field}`);
  });
}

function comparable(value: LedgerEntry[(typeof fieldsCompared)[number]]): string | number | bigint | null {
  return value instanceof Date ? value.getTime() : value;
}

/** Positions whose events the ledger did not take, and that is known: parked, or skipped by an operator. */
async function readUnaccepted(pool: Pool, after: bigint, through: bigint): Promise<ReadonlySet<bigint>> {
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

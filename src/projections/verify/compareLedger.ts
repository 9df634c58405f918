// Compares the postings of a range of positions with those that its events give, by the mapping of the drain.
// Names a difference by position and field, and repairs it.
import type { Pool, PoolClient } from 'pg';
import type { StoredEvent } from '../../domain/events.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import type { ComparedRow } from '../ledger/forms/ledgerForm.ts';
import { currentLedger } from '../ledger/forms/ledgerTables.ts';
import { type Posting, postingsOf, UnbookableEventError } from '../ledger/postings.ts';
import { correctParts } from '../ledger/segments/restoredParts.ts';
import type { Difference } from './differences.ts';

interface LedgerPage {
  readonly events: readonly StoredEvent[];
  /**
   * Events that this release can't read. A newer release may have booked them, so their postings are left
   * alone.
   */
  readonly unread: readonly bigint[];
  readonly after: bigint;
  readonly through: bigint;
  /** True if the ledger may begin after the page. */
  readonly isRestored: boolean;
  readonly repair: boolean;
}

export async function compareLedger(
  pool: Pool,
  { events, unread, after, through, isRestored, repair }: LedgerPage,
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
    await inDatabaseTransaction(pool, (client) => correctLedger(client, wrong, postings, isRestored));
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
  isRestored: boolean,
): Promise<void> {
  const ledger = await currentLedger(client);
  const corrected = isRestored ? await correctParts(client, positions, postings) : new Set<bigint>();
  const others = positions.filter((position) => !corrected.has(position));
  await ledger.deleteAt(client, others);
  await ledger.insert(
    client,
    postings.filter(({ position }) => !corrected.has(position)),
  );
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

// Reads the ledger for the API: one wallet's entries page by page, and the trial balance over all entries.
// The ledger is as far as its checkpoint. The event store may be ahead of it by some milliseconds.
import type { PoolClient } from 'pg';
import { movementIdOf } from '../../domain/movementId.ts';
import { defaultTenant, type Tenant } from '../../domain/tenant.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { positionMax } from '../../eventStore/logHead.ts';
import { findVersions } from '../../eventStore/read/findVersions.ts';
import { ArchivedError, readArchivedVersion, readRetainedSince } from '../../eventStore/retainedLog.ts';
import { readEventsAt, readEventsOf } from '../../eventStore/read/readEvents.ts';
import { decodeEvents } from '../projectEvents.ts';
import type { AccountClassSum, AccountEntry, WalletEntriesQuery } from './forms/ledgerForm.ts';
import { currentLedger } from './forms/ledgerTables.ts';
import type { ReadDatabase } from '../../eventStore/tenantReads.ts';
import {
  type MissingPositions,
  readLedgerBeginning,
  readMissingPositions,
} from './segments/missingSegments.ts';

export interface WalletEntry extends AccountEntry {
  /** Names the movement that the entry books. */
  readonly movementId: string;
  /** From the event; empty if the event carries none. */
  readonly description: string;
}

export interface WalletEntriesAsked extends Omit<WalletEntriesQuery, 'above' | 'below'> {
  /** Only entries after this position, in the direction of `order`; undefined starts at the beginning. */
  readonly after: bigint | undefined;
}

export interface WalletEntriesPage {
  readonly entries: readonly WalletEntry[];
  /** True if older entries follow that are archived. */
  readonly goesOn: boolean;
}

/**
 * One page of a wallet's entries, with the movement id and the description from their events. Throws
 * ArchivedError if the page would begin with an archived one. What is archived is read after the entries, so
 * none is missed.
 */
export async function readWalletEntries(
  pool: ReadDatabase,
  asked: WalletEntriesAsked,
): Promise<WalletEntriesPage> {
  const ledger = await currentLedger(pool);
  const { versionBefore, ...bounds } = await boundsOf(pool, asked);
  const found = await ledger.readWalletEntries(pool, { ...asked, ...bounds });
  const beginsAfter = await readLedgerBeginning(pool);
  const isCut = bounds.above < beginsAfter && (await readArchivedVersion(pool, asked.walletId)) > 0;
  const missing = isCut ? await readMissing(pool, asked, bounds, versionBefore) : undefined;
  if (missing === undefined) return { entries: await withMovements(pool, found), goesOn: false };
  const isRetained =
    asked.order === 'asc'
      ? ({ position }: AccountEntry) => position < missing.from
      : ({ position }: AccountEntry) => position > missing.through;
  const retained = found.filter(isRetained);
  if (retained.length === 0) {
    const sentence = `Older entries of wallet "${asked.walletId}" are archived.`;
    throw new ArchivedError(sentence, await readRetainedSince(pool, beginsAfter + 1n));
  }
  return { entries: await withMovements(pool, retained), goesOn: retained.length < asked.limit };
}

/**
 * The missing part of the requested entries. The event before a period may be archived alone. So the period's
 * first event tells where its entries begin. A received transfer is booked one position before that event.
 */
async function readMissing(
  pool: ReadDatabase,
  { walletId }: WalletEntriesAsked,
  { above, below }: Pick<WalletEntriesQuery, 'above' | 'below'>,
  versionBefore: number | undefined,
): Promise<MissingPositions | undefined> {
  const [first] =
    versionBefore === undefined ? [] : await readEventsOf(pool, [{ walletId, version: versionBefore + 1 }]);
  const beforeFirst = (first?.position ?? 0n) - 2n;
  return readMissingPositions(pool, { above: beforeFirst > above ? beforeFirst : above, below });
}

async function withMovements(pool: ReadDatabase, entries: readonly AccountEntry[]): Promise<WalletEntry[]> {
  const movements = await readBookedMovements(
    pool,
    entries.map(({ position }) => position),
  );
  return entries.map((entry) => ({
    ...entry,
    movementId: movements.get(entry.position)?.id ?? '',
    description: movements.get(entry.position)?.description ?? '',
  }));
}

/**
 * The positions between which the entries of a period lie. An entry has the position of the wallet's own
 * event. A received transfer is booked one position before it, at the event of the sender. So no entry of an
 * earlier version lies above the position of that version's event, and no entry of a later one below.
 */
async function boundsOf(
  pool: ReadDatabase,
  { walletId, order, after, from, to }: WalletEntriesAsked,
): Promise<Pick<WalletEntriesQuery, 'above' | 'below'> & { readonly versionBefore: number | undefined }> {
  const times = [from, to].flatMap((time) => (time === undefined ? [] : [{ time, inclusive: false }]));
  const found = times.length === 0 ? undefined : await findVersions(pool, walletId, times);
  const first = from === undefined ? undefined : found?.[0];
  const last = to === undefined ? undefined : found?.at(-1);
  const above = first?.position ?? 0n;
  // Events may follow the newest one before the entries are read.
  const below = last === undefined || last.isNewest ? positionMax : last.position + 1n;
  const versionBefore = first?.version;
  if (after === undefined) return { above, below, versionBefore };
  return order === 'asc'
    ? { above: after > above ? after : above, below, versionBefore }
    : { above, below: after < below ? after : below, versionBefore };
}

interface BookedMovement {
  readonly id: string;
  /** Read through the codec, which knows where older versions of an event keep it. */
  readonly description: string;
}

/** The movement booked at each position. A transfer is booked at the position of its first event. */
async function readBookedMovements(
  pool: ReadDatabase,
  positions: readonly bigint[],
): Promise<ReadonlyMap<bigint, BookedMovement>> {
  if (positions.length === 0) return new Map();
  const recorded = await readEventsAt(pool, positions);
  const { events } = decodeEvents(recorded);
  const descriptions = new Map(
    events.map(({ position, event }) => [position, 'description' in event ? event.description : '']),
  );
  return new Map(
    recorded.map(({ position, walletId, version }) => [
      position,
      { id: movementIdOf(walletId, version), description: descriptions.get(position) ?? '' },
    ]),
  );
}

export interface TrialBalance {
  /** The ledger's checkpoint: the sums cover exactly the events up to here. */
  readonly position: bigint;
  readonly sums: readonly AccountClassSum[];
}

/** A tenant's sums and the checkpoint from one snapshot, so that they belong together. */
export function readTrialBalance(pool: ReadDatabase, tenant: Tenant = defaultTenant): Promise<TrialBalance> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    // Lock before the snapshot: a rebuilt ledger that is swapped in after the snapshot would not match its
    // checkpoint. A lock of a view locks its table, too.
    await client.query('lock table ledger_form, ledger_entries in access share mode');
    const ledger = await currentLedger(client);
    return { position: await readLedgerPosition(client), sums: await ledger.readSums(client, tenant) };
  });
}

async function readLedgerPosition(client: PoolClient): Promise<bigint> {
  const { rows } = await client.query<{ position: string }>(
    `select position from projector_checkpoints where projection = 'ledger'`,
  );
  return BigInt(rows[0]?.position ?? 0);
}

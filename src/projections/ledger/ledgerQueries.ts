// Reads the ledger for the API: one wallet's entries page by page, and the trial balance over all entries.
// The ledger is as far as its checkpoint. The event store may be ahead of it by some milliseconds.
import type { PoolClient } from 'pg';
import { movementIdOf } from '../../domain/movementId.ts';
import { defaultTenant, type Tenant } from '../../domain/tenant.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { readEventsAt } from '../../eventStore/read/readEvents.ts';
import { decodeEvents } from '../projectEvents.ts';
import type { AccountClassSum, AccountEntry, WalletEntriesQuery } from './forms/ledgerForm.ts';
import { currentLedger } from './forms/ledgerTables.ts';
import type { ReadDatabase } from '../../eventStore/tenantReads.ts';

export interface WalletEntry extends AccountEntry {
  /** Names the movement that the entry books. */
  readonly movementId: string;
  /** From the event; empty if the event carries none. */
  readonly description: string;
}

/** One page of a wallet's entries, with the movement id and the description from their events. */
export async function readWalletEntries(
  pool: ReadDatabase,
  query: WalletEntriesQuery,
): Promise<WalletEntry[]> {
  const ledger = await currentLedger(pool);
  const entries = await ledger.readWalletEntries(pool, query);
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

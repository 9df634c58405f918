// Reads what the ledger has of one event: its entries, or the reason why there is none yet.
import type { BookedEntry } from './forms/ledgerForm.ts';
import { currentLedger } from './forms/ledgerTables.ts';
import { ArchivedError, readRetainedSince } from '../../eventStore/retainedLog.ts';
import type { ReadDatabase } from '../../eventStore/tenantReads.ts';
import { isPostingArchived, readLedgerBeginning } from './segments/missingSegments.ts';

/** How far the ledger is with one event that moves money. */
export interface Booking {
  readonly state: 'booked' | 'waiting' | 'parked' | 'skipped' | 'missing';
  /** The error that parked the event, or the reason for which it was skipped. */
  readonly reason: string | null;
  readonly entries: readonly BookedEntry[];
}

/**
 * The entries of the event at `position`, or the reason why there is none. Throws ArchivedError if they are
 * archived.
 */
export async function readBooking(pool: ReadDatabase, position: bigint): Promise<Booking> {
  // The checkpoint is read first: entries up to it are there when they are read.
  const progress = await readBookingProgress(pool, position);
  const ledger = await currentLedger(pool);
  const entries = await ledger.readAt(pool, position);
  if (entries.length > 0) return { state: 'booked', reason: null, entries };
  if (progress.state === 'missing' && (await isPostingArchived(pool, position)))
    throw new ArchivedError(
      `The entries of the event at position ${position} are archived.`,
      await readRetainedSince(pool, (await readLedgerBeginning(pool)) + 1n),
    );
  return { ...progress, entries };
}

interface ProgressRow {
  readonly position: string;
  readonly last_error: string | null;
  readonly resolution: string | null;
}

async function readBookingProgress(
  pool: ReadDatabase,
  position: bigint,
): Promise<Pick<Booking, 'state' | 'reason'>> {
  const { rows } = await pool.query<ProgressRow>({
    name: 'read-booking-progress',
    text: `
      select checkpoint.position, failure.last_error, failure.resolution
        from projector_checkpoints as checkpoint
        left join projection_failures as failure
          on failure.projection = checkpoint.projection
         and failure.position = $1::bigint
       where checkpoint.projection = 'ledger'`,
    values: [position],
  });
  const [row] = rows;
  if (row === undefined || BigInt(row.position) < position) return { state: 'waiting', reason: null };
  if (row.resolution !== null) return { state: 'skipped', reason: row.resolution };
  return { state: row.last_error === null ? 'missing' : 'parked', reason: row.last_error };
}

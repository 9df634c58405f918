// Gives the ledger in the form that is in force.
import type { Pool, PoolClient } from 'pg';
import { type LedgerForm, type LedgerTable, readLedgerForm } from './ledgerForm.ts';
import { legTable } from './legTable.ts';
import { postingTable } from './postingTable.ts';

export const ledgerTables: Readonly<Record<LedgerForm, LedgerTable>> = {
  legs: legTable,
  postings: postingTable,
};

/**
 * Ask inside the database transaction that writes: the form can't change until its end. A read outside of one
 * may find the ledger changed from legs to postings. It is still right, because `ledger_entries` is then a
 * view that shows the legs.
 */
export async function currentLedger(client: Pick<Pool | PoolClient, 'query'>): Promise<LedgerTable> {
  return ledgerTables[await readLedgerForm(client)];
}

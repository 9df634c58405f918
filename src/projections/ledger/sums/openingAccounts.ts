// Reads the sums of the archived postings, which a ledger begins with (src/archive/openAccounts.ts).
import type { Pool, PoolClient } from 'pg';

/** The sum of the postings from accounts of one class to those of another. */
export interface OpeningAccount {
  /** `acme/`, or nothing for the default tenant. */
  readonly tenantPrefix: string;
  readonly currency: string;
  readonly debitClass: string;
  readonly creditClass: string;
  readonly amountMinor: bigint;
}

/** The sums of the postings up to a position. None at 0. */
export async function readOpeningAccounts(
  database: Pick<Pool | PoolClient, 'query'>,
  position: bigint,
): Promise<readonly OpeningAccount[]> {
  const { rows } = await database.query<Record<string, string>>({
    name: 'read-opening-accounts',
    text: `
      select tenant_prefix, currency, debit_class, credit_class, amount_minor::text
        from opening_accounts
       where position = $1::bigint`,
    values: [position],
  });
  return rows.map((row) => ({
    tenantPrefix: row.tenant_prefix ?? '',
    currency: row.currency ?? '',
    debitClass: row.debit_class ?? '',
    creditClass: row.credit_class ?? '',
    amountMinor: BigInt(row.amount_minor ?? 0),
  }));
}

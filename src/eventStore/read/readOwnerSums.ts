// Sums what an owner has, in each currency. The sums are exact: PostgreSQL adds whole minor units without a
// limit of digits, and a search engine would add floats.
import type { ReadDatabase } from '../tenantReads.ts';

export interface OwnerSum {
  readonly currency: string;
  readonly wallets: number;
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
  readonly availableMinor: bigint;
}

interface OwnerSumRow {
  readonly currency: string;
  readonly wallets: string;
  readonly balance: string;
  readonly held: string;
  readonly available: string;
}

/** The sums of one moment, in order of currency. It goes through the wallets of the owner, and no others. */
export async function readOwnerSums(pool: ReadDatabase, ownerId: string): Promise<OwnerSum[]> {
  const { rows } = await pool.query<OwnerSumRow>({
    name: 'read-owner-sums',
    text: `
      select currency,
             count(*) as wallets,
             sum(balance_minor) as balance,
             sum(coalesce(held_minor, 0)) as held,
             sum(balance_minor - coalesce(held_minor, 0) - coalesce(minimum_minor, 0)) as available
        from wallets
       where owner_id = $1::text
       group by currency
       order by currency`,
    values: [ownerId],
  });
  return rows.map(({ currency, wallets, balance, held, available }) => ({
    currency,
    wallets: Number(wallets),
    balanceMinor: BigInt(balance),
    heldMinor: BigInt(held),
    availableMinor: BigInt(available),
  }));
}

// Sums what an owner has, in each currency. The sums are exact: PostgreSQL adds whole minor units without a
// limit of digits, and a search engine would add floats.
import type { ReadDatabase } from '../tenantReads.ts';
import { dueMinor } from './walletNow.ts';

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

/**
 * The sums of one moment, in order of currency. Holds that are due are not held any more. It goes through
 * the wallets of the owner, and no others.
 */
export async function readOwnerSums(pool: ReadDatabase, ownerId: string): Promise<OwnerSum[]> {
  const { rows } = await pool.query<OwnerSumRow>({
    name: 'read-owner-sums',
    text: `
      select currency,
             count(*) as wallets,
             sum(balance_minor) as balance,
             sum(held_minor) as held,
             sum(balance_minor - held_minor - minimum_minor) as available
        from (select currency, balance_minor,
                     coalesce(held_minor - coalesce(${dueMinor}, 0), 0) as held_minor,
                     coalesce(minimum_minor, 0) as minimum_minor
                from wallets
               where owner_id = $1::text) as wallets
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

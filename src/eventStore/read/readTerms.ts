// Reads the terms of wallets from their rows, for readers of events. Each event names the version that gave
// its terms, and most wallets still have those. So nobody has to search the segments of the log for that
// event.
import type { Pool, PoolClient } from 'pg';
import { eventKey, type EventRef } from '../../domain/reversal.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { toWallet, walletColumns as columns, type WalletRow, WalletRowError } from '../walletRows.ts';

/**
 * The wallets whose terms these events gave, by `eventKey`. Absent if a later event gave other terms, or if
 * the row can't be read.
 */
export async function readCurrentTerms(
  database: Pick<Pool | PoolClient, 'query'>,
  refs: readonly EventRef[],
): Promise<ReadonlyMap<string, Wallet>> {
  if (refs.length === 0) return new Map();
  const { rows } = await database.query<WalletRow>({
    name: 'read-current-terms',
    // The order keeps the plan on the primary key, also one that was made while the table was empty.
    text: `
      select ${columns}
        from wallets
       where id = any($1::text[])
       order by id`,
    values: [[...new Set(refs.map(({ walletId }) => walletId))]],
  });
  const wallets = new Map(rows.flatMap((row) => readableOf(row)).map((wallet) => [wallet.id, wallet]));
  return new Map(
    refs.flatMap((ref): [string, Wallet][] => {
      const wallet = wallets.get(ref.walletId);
      return wallet?.termsVersion === ref.version ? [[eventKey(ref), wallet]] : [];
    }),
  );
}

/** A damaged row counts as none. Its events have the terms, and a verification names the row. */
function readableOf(row: WalletRow): readonly Wallet[] {
  try {
    return [toWallet(row)];
  } catch (error) {
    if (!(error instanceof WalletRowError)) throw error;
    return [];
  }
}

// Reads the velocity rules of a wallet with what is used under each, strongly consistent.
import type { Currency } from '../../domain/currency.ts';
import { type RuleUse, useAt, usesOf } from '../../domain/velocityUse.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import { readUsage, usageOfWallet } from '../usageRows.ts';
import { toWallet, walletColumns as columns, type WalletRow } from '../walletRows.ts';

export interface Velocity {
  readonly currency: Currency;
  /** In the windows of now, in order of the rules' names. */
  readonly uses: readonly RuleUse[];
}

/** Undefined if there is no such wallet. Throws as `usesOf` does if the uses of its rules are missing. */
export async function readVelocity(pool: ReadDatabase, walletId: string): Promise<Velocity | undefined> {
  const { rows } = await pool.query<WalletRow & { readonly usage: unknown; readonly now: Date }>({
    name: 'read-velocity',
    text: `
      select ${columns}, ${usageOfWallet} as usage, statement_timestamp() as now
        from wallets
       where id = any(array[$1::text])
       order by id`,
    values: [walletId],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const wallet = toWallet(row);
  const { currency, updatedAt } = wallet;
  const stored = new Map(row.usage === null ? [] : [[walletId, readUsage(walletId, row.usage)]]);
  // As a command would count: the time of a wallet never runs backwards.
  const at = new Date(Math.max(row.now.getTime(), updatedAt.getTime()));
  return { currency, uses: usesOf(wallet, stored).map((use) => useAt(use, at)) };
}

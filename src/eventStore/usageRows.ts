// The rows of `wallet_usage`: the velocity rules of a wallet with what was used under each. A row is written
// with the wallet's own row, in the same statement, so the version of the wallet guards both.
import type { RuleUse } from '../domain/velocityUse.ts';
import { readUses, type StoredUse, writeUse } from './velocityCodec.ts';

export interface UsageJson {
  readonly wallet_id: string;
  readonly rules: readonly StoredUse[];
}

/** A row of `wallet_usage` is not as this service writes it. */
class UsageRowError extends Error {
  override readonly name = 'UsageRowError';
}

export function writeUsage(walletId: string, uses: readonly RuleUse[]): UsageJson {
  return { wallet_id: walletId, rules: uses.map(writeUse) };
}

/** `rules` are those of the row of this wallet. */
export function readUsage(walletId: string, rules: unknown): readonly RuleUse[] {
  return readUses(rules, (reason) => new UsageRowError(`the usage of wallet "${walletId}": ${reason}`));
}

export const usageColumns = 'wallet_id, rules';

/**
 * The usage of a wallet in `wallets` that has rules; null for any other wallet, whose terms name none. The
 * condition and the order make every plan look the row up by its key.
 */
export const usageOfWallet = `case when terms ? 'rules' then (
                select rules
                  from wallet_usage
                 where wallet_id = any(array[wallets.id])
                 order by wallet_id
                 limit 1) end`;

/** Writes the usage of $42. */
export const upsertUsage = `
        insert into wallet_usage (${usageColumns})
        select ${usageColumns}
          from head,
               jsonb_populate_recordset(null::wallet_usage, $42::jsonb)
            on conflict on constraint wallet_usage_pkey
            do update set rules = excluded.rules`;

// Reads a row of `wallets` as the next command would find it: without holds that expired and without a freeze
// that ended, by the database's time. A sweep or a command writes that end a moment later. An ordinary wallet
// pays two comparisons with null.
import { walletAfterDue } from '../../domain/decide/due.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { toWallet, walletColumns, type WalletRow } from '../walletRows.ts';

/**
 * The held amount of the open holds that are due, for a row of `wallets`; null if none is due. The order
 * makes the plan use the index of open holds, however many ended ones the wallet has.
 */
export const dueMinor = `case when hold_due_from <= statement_timestamp()
                   then (select sum(remaining_minor)
                           from (select remaining_minor
                                   from holds
                                  where wallet_id = wallets.id
                                    and ended_as is null
                                    and expires_at <= statement_timestamp()
                                  order by wallet_id, expires_at
                                  limit 1000) as due)
              end`;

export const walletColumnsNow = `${walletColumns},
              ${dueMinor} as due_minor,
              case when status = 'frozen'
                   then (terms ->> 'until')::timestamptz <= statement_timestamp()
              end as freeze_due`;

export interface WalletNowRow extends WalletRow {
  readonly due_minor: string | null;
  readonly freeze_due: boolean | null;
}

export interface WalletNow {
  readonly wallet: Wallet;
  /** True if the end of a hold or of the freeze is not written yet. The version is that before it. */
  readonly hasDue: boolean;
}

export function toWalletNow(row: WalletNowRow): WalletNow {
  const wallet = toWallet(row);
  const { due_minor, freeze_due } = row;
  if (due_minor === null && freeze_due !== true) return { wallet, hasDue: false };
  return { wallet: walletAfterDue(wallet, BigInt(due_minor ?? 0), freeze_due === true), hasDue: true };
}

// Reads the velocity rules of a wallet with what is used under each, strongly consistent. Due holds count as
// released, by the database's time. A sweep or a command writes their release a moment later.
import type { Currency } from '../../domain/currency.ts';
import { releaseDue, type RuleUse, useAt, usesOf } from '../../domain/velocityUse.ts';
import { type HoldJson, holdJson, readHold } from '../holdRows.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import { readUsage, usageOfWallet } from '../usageRows.ts';
import { toWallet, walletColumns as columns, type WalletRow } from '../walletRows.ts';

export interface Velocity {
  readonly currency: Currency;
  /** In the windows of now, in order of the rules' names. */
  readonly uses: readonly RuleUse[];
}

interface VelocityRow extends WalletRow {
  readonly usage: unknown;
  readonly due: readonly HoldJson[] | null;
  readonly now: Date;
}

/** Undefined if there is no such wallet. Throws as `usesOf` does if the uses of its rules are missing. */
export async function readVelocity(pool: ReadDatabase, walletId: string): Promise<Velocity | undefined> {
  const { rows } = await pool.query<VelocityRow>({
    name: 'read-velocity',
    text: `
      select ${columns}, ${usageOfWallet} as usage, statement_timestamp() as now,
             case when hold_due_from <= statement_timestamp() and terms ? 'rules'
                  then (select jsonb_agg(${holdJson})
                          from (select *
                                  from holds
                                 where wallet_id = wallets.id
                                   and ended_as is null
                                   and expires_at <= statement_timestamp()
                                 order by wallet_id, expires_at
                                 limit 1000) as holds)
             end as due
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
  const due = (row.due ?? []).map(readHold);
  const uses = due.reduce((before, hold) => releaseDue(before, hold, at), usesOf(wallet, stored));
  return { currency, uses: uses.map((use) => useAt(use, at)) };
}

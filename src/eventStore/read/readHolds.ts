// Reads holds from the write side, strongly consistent.
import type { Hold } from '../../domain/hold.ts';
import { type HoldJson, holdJson, readHold } from '../holdRows.ts';
import type { ReadDatabase } from '../tenantReads.ts';

export async function readHoldOf(
  pool: ReadDatabase,
  walletId: string,
  holdId: string,
): Promise<Hold | undefined> {
  const { rows } = await pool.query<{ hold: HoldJson }>({
    name: 'read-hold',
    text: `
      select ${holdJson} as hold
        from holds
       where wallet_id = $1::text
         and hold_id = $2::text`,
    values: [walletId, holdId],
  });
  return rows[0] && readHold(rows[0].hold);
}

export interface HoldsQuery {
  readonly walletId: string;
  /** Only holds with this status; undefined means all. */
  readonly status: 'open' | 'captured' | 'voided' | 'expired' | 'closed' | undefined;
  /** The last hold of the page before. */
  readonly before: { readonly createdAt: Date; readonly holdId: string } | undefined;
  readonly limit: number;
}

/** The newest holds first. */
export async function readHoldsOf(
  pool: ReadDatabase,
  { walletId, status, before, limit }: HoldsQuery,
): Promise<readonly Hold[]> {
  const { rows } = await pool.query<{ hold: HoldJson }>({
    name: 'read-holds',
    text: `
      select ${holdJson} as hold
        from holds
       where wallet_id = $1::text
         and (created_at, hold_id) < ($2::timestamptz, $3::text)
         and ($4::text is null or coalesce(ended_as, 'open') = $4::text)
       order by wallet_id desc, created_at desc, hold_id desc
       limit $5::integer`,
    values: [walletId, before?.createdAt ?? 'infinity', before?.holdId ?? '', status ?? null, limit],
  });
  return rows.map(({ hold }) => readHold(hold));
}

// Reads holds from the write side, strongly consistent. A due hold is shown as expired, by the database's
// time. A sweep or a command writes its release a moment later.
import { type Hold, holdAfterDue } from '../../domain/hold.ts';
import { type HoldJson, holdJson, readHold } from '../holdRows.ts';
import type { ReadDatabase } from '../tenantReads.ts';

interface HoldRow {
  readonly hold: HoldJson;
  readonly is_due: boolean;
}

const holdIsDue = 'ended_as is null and expires_at <= statement_timestamp()';

function toHold({ hold, is_due }: HoldRow): Hold {
  return is_due ? holdAfterDue(readHold(hold)) : readHold(hold);
}

export async function readHoldOf(
  pool: ReadDatabase,
  walletId: string,
  holdId: string,
): Promise<Hold | undefined> {
  const { rows } = await pool.query<HoldRow>({
    name: 'read-hold',
    text: `
      select ${holdJson} as hold,
             ${holdIsDue} as is_due
        from holds
       where wallet_id = $1::text
         and hold_id = $2::text`,
    values: [walletId, holdId],
  });
  return rows[0] && toHold(rows[0]);
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
export async function readHoldsOf(pool: ReadDatabase, query: HoldsQuery): Promise<readonly Hold[]> {
  const { walletId, status, before, limit } = query;
  if (status === 'open') return readOpenHolds(pool, query);
  const { rows } = await pool.query<HoldRow>({
    name: 'read-holds',
    text: `
      select ${holdJson} as hold,
             ${holdIsDue} as is_due
        from holds
       where wallet_id = $1::text
         and (created_at, hold_id) < ($2::timestamptz, $3::text)
         and ($4::text is null
              or $4::text = case when ${holdIsDue} then 'expired' else coalesce(ended_as, 'open') end)
       order by wallet_id desc, created_at desc, hold_id desc
       limit $5::integer`,
    values: [walletId, before?.createdAt ?? 'infinity', before?.holdId ?? '', status ?? null, limit],
  });
  return rows.map(toHold);
}

/** A wallet has a bounded number of open holds, and their index passes over all that ended. */
async function readOpenHolds(
  pool: ReadDatabase,
  { walletId, before, limit }: HoldsQuery,
): Promise<readonly Hold[]> {
  const { rows } = await pool.query<HoldRow>({
    name: 'read-open-holds',
    text: `
      select ${holdJson} as hold,
             false as is_due
        from (select *
                from holds
               where wallet_id = $1::text
                 and ended_as is null
                 and expires_at > statement_timestamp()
               order by wallet_id, expires_at
               limit 1000) as holds
       where (created_at, hold_id) < ($2::timestamptz, $3::text)
       order by created_at desc, hold_id desc
       limit $4::integer`,
    values: [walletId, before?.createdAt ?? 'infinity', before?.holdId ?? '', limit],
  });
  return rows.map(toHold);
}

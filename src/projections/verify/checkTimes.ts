// Finds events that happened before the event before them in their wallet. No command writes one. Searches by
// time rely on it (findVersions.ts), so a verification checks every stream. Reads only.
import type { Pool } from 'pg';
import { archivedThrough } from '../../eventStore/openingRows.ts';

/** Events of one statement. It takes about 10 ms. */
const eventsPerPageDefault = 10_000;

export interface BackwardStep {
  readonly walletId: string;
  readonly version: number;
}

interface StepRow {
  readonly wallet_id: string;
  readonly version: string;
  /** Null for the first event of a wallet in the page. */
  readonly is_earlier: boolean | null;
  readonly nth: string;
}

/** The steps back in the streams of the wallets (after, until]. Calls `onPage` between two pages. */
export async function findBackwardSteps(
  pool: Pool,
  { after, until }: { readonly after: string; readonly until: string },
  onPage: () => void,
  eventsPerPage = eventsPerPageDefault,
): Promise<readonly BackwardStep[]> {
  const found: BackwardStep[] = [];
  // The last event of a page begins the next one, which compares its successor with it. Versions begin at 1.
  let from = { walletId: after, version: Number.MAX_SAFE_INTEGER };
  for (;;) {
    const { rows } = await pool.query<StepRow>({
      name: 'find-backward-steps',
      text: `
        with page as materialized (
          select wallet_id, version, occurred_at
            from (
              (select wallet_id, version, occurred_at
                 from events
                where (wallet_id, version) >= ($1::text, $2::bigint)
                  and wallet_id <= $3::text
                  and position >= ${archivedThrough} + 1
                order by wallet_id, version
                limit $4::integer)
              union all
              -- The last archived event of a wallet.
              (select wallet_id, version, updated_at
                 from opening_wallets
                where (wallet_id, version) >= ($1::text, $2::bigint)
                  and wallet_id <= $3::text
                  and position <= ${archivedThrough}
                  and faults is null
                order by wallet_id, version
                limit $4::integer)
            ) as steps
           order by wallet_id, version
           limit $4::integer
        ), steps as (
          select wallet_id,
                 version,
                 occurred_at < lag(occurred_at) over stream as is_earlier,
                 row_number() over (order by wallet_id, version) as nth
            from page
          window stream as (partition by wallet_id order by version)
        )
        select wallet_id, version, is_earlier, nth
          from steps
         where is_earlier
            or nth = $4::integer
         order by nth`,
      values: [from.walletId, from.version, until, eventsPerPage],
    });
    for (const row of rows)
      if (row.is_earlier === true) found.push({ walletId: row.wallet_id, version: Number(row.version) });
    const last = rows.at(-1);
    if (last === undefined || Number(last.nth) < eventsPerPage) return found;
    from = { walletId: last.wallet_id, version: Number(last.version) };
    onPage();
  }
}

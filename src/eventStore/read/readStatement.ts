// Reads the totals of a statement. Every event carries the balance after it, so the difference of two
// balances is what moved.
import type { ReadDatabase } from '../tenantReads.ts';
import { findWindowOf } from './windows/findWindow.ts';
import { readStreamPlace } from './windows/logWindows.ts';
import { queryWindow } from './windows/queryWindow.ts';

/** The events above one version and up to another. The caller bounds their number. */
export interface VersionSpan {
  readonly after: number;
  /** The balance at `after`. */
  readonly balanceMinor: bigint;
  readonly through: number;
}

export interface StatementTotals {
  /** Events that changed the balance. */
  readonly movements: number;
  readonly inMinor: bigint;
  readonly outMinor: bigint;
}

interface TotalsRow {
  readonly movements: string;
  readonly in: string;
  readonly out: string;
  readonly unreadable: string;
  readonly events: string;
}

/** What came in and went out, or undefined if an event is missing or its balance can't be read. */
export async function readStatementTotals(
  pool: ReadDatabase,
  walletId: string,
  { after, balanceMinor, through }: VersionSpan,
): Promise<StatementTotals | undefined> {
  const place = await readStreamPlace(pool, walletId);
  const span = { oldest: after + 1, newest: through };
  const window = await findWindowOf(pool, place, walletId, span);
  const { rows } = await queryWindow<TotalsRow>(pool, place.segments, window, {
    name: 'read-statement-totals',
    text: `
      select count(*) filter (where balance <> before) as movements,
             coalesce(sum(balance - before) filter (where balance > before), 0) as in,
             coalesce(sum(before - balance) filter (where balance < before), 0) as out,
             count(*) filter (where balance is null) as unreadable,
             count(*) as events
        from (select balance,
                     lag(balance, 1, $4::numeric) over (order by version) as before
                from (select version,
                             coalesce(balance_minor::numeric,
                                      case when data->>'balanceMinor' ~ '^-?[0-9]{1,19}$'
                                           then (data->>'balanceMinor')::numeric end) as balance
                        from events
                       where wallet_id = $1::text
                         and version > $2::bigint
                         and version <= $3::bigint
                         and position >= $5::bigint
                         and position <= any(array[$6::bigint])) as stream) as steps`,
    values: [walletId, after, through, balanceMinor],
  });
  const [row] = rows;
  // The page of the statement says which version is missing.
  if (Number(row?.events) !== through - after) return undefined;
  if (row?.unreadable !== '0') return undefined;
  return { movements: Number(row.movements), inMinor: BigInt(row.in), outMinor: BigInt(row.out) };
}

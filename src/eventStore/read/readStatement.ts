// Reads what a statement needs besides a wallet's events: where a period begins and ends in the stream, and
// its totals. Every event carries the balance after it, so the difference of two balances is what moved.
import type { ReadDatabase } from '../tenantReads.ts';

/**
 * The last version up to `newest` that happened before `time`, or 0. It descends by powers of two and reads
 * one event a step, 21 for a million events.
 *
 * Invariant: a later time never gives an earlier version, and later events never change the answer for a time
 * that has passed. So two periods that touch share no event and miss none, even in streams of releases that
 * let the time of a wallet run backwards.
 */
export async function readVersionBefore(
  pool: ReadDatabase,
  walletId: string,
  time: Date,
  newest: number,
): Promise<number> {
  const { rows } = await pool.query<{ version: string }>({
    name: 'read-version-before',
    text: `
      with recursive descent (step, version) as (
        select $4::bigint, 0::bigint
        union all
        select step / 2,
               case when version + step <= $3::bigint
                     and exists (select
                                   from events
                                  where events.wallet_id = $1::text
                                    and events.version = descent.version + descent.step
                                    and events.occurred_at < $2::timestamptz)
                    then version + step
                    else version end
          from descent
         where step > 0
      )
      select version
        from descent
       where step = 0`,
    values: [walletId, time, newest, 2 ** Math.floor(Math.log2(newest))],
  });
  return Number(rows[0]?.version ?? 0);
}

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

/** What came in and went out, or undefined if the balance of an event can't be read. */
export async function readStatementTotals(
  pool: ReadDatabase,
  walletId: string,
  { after, balanceMinor, through }: VersionSpan,
): Promise<StatementTotals | undefined> {
  const { rows } = await pool.query<{ movements: string; in: string; out: string; unreadable: string }>({
    name: 'read-statement-totals',
    text: `
      select count(*) filter (where balance <> before) as movements,
             coalesce(sum(balance - before) filter (where balance > before), 0) as in,
             coalesce(sum(before - balance) filter (where balance < before), 0) as out,
             count(*) filter (where balance is null) as unreadable
        from (select balance,
                     lag(balance, 1, $4::numeric) over (order by version) as before
                from (select version,
                             coalesce(balance_minor::numeric,
                                      case when data->>'balanceMinor' ~ '^-?[0-9]{1,19}$'
                                           then (data->>'balanceMinor')::numeric end) as balance
                        from events
                       where wallet_id = $1::text
                         and version > $2::bigint
                         and version <= $3::bigint) as stream) as steps`,
    values: [walletId, after, through, balanceMinor],
  });
  const [row] = rows;
  if (row?.unreadable !== '0') return undefined;
  return { movements: Number(row.movements), inMinor: BigInt(row.in), outMinor: BigInt(row.out) };
}

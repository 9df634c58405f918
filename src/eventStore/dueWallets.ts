// Reads the wallets with something that is due: a hold that expired, or a freeze whose time has come. The
// sweep pages through them and ends what is due by command. Each page reads one end of a partial index, so
// holds and freezes that are not due cost nothing.
import type { Pool } from 'pg';

/** One wallet, and the first thing of the page that is due on it. */
export interface DueWallet {
  readonly walletId: string;
  /** The same each time that the same thing is read. */
  readonly due: string;
}

interface DuePage {
  readonly wallets: readonly DueWallet[];
  /** The last row of the page, from which the next page goes on. Undefined if nothing more is due. */
  readonly next: DueCursor | undefined;
}

export interface DueCursor {
  readonly at: string;
  readonly walletId: string;
  readonly name: string;
}

interface Row {
  readonly at: string;
  readonly wallet_id: string;
  readonly name: string;
}

/** Selects the seconds since the end of the open hold that is longest overdue. Reads one row of the index. */
export const overdueHoldS = `
  select extract(epoch from statement_timestamp() - expires_at)::float8
    from holds
   where ended_as is null
     and expires_at <= statement_timestamp()
   order by expires_at
   limit 1`;

export type ReadDuePage = (pool: Pool, after: DueCursor | undefined, limit: number) => Promise<DuePage>;

/** Wallets with expired holds, the longest overdue hold first. Each wallet stands once in a page. */
export const readExpiredHolds: ReadDuePage = async (pool, after, limit) => {
  const { rows } = await pool.query<Row>({
    name: 'read-expired-holds',
    text: `
      select expires_at::text as at, wallet_id, hold_id as name
        from holds
       where ended_as is null
         and expires_at <= statement_timestamp()
         and (expires_at, wallet_id, hold_id) > ($1::timestamptz, $2::text, $3::text)
       order by expires_at, wallet_id, hold_id
       limit $4::integer`,
    values: [after?.at ?? '-infinity', after?.walletId ?? '', after?.name ?? '', limit],
  });
  return toPage(rows, limit, 'hold');
};

/** Wallets with a freeze that ended by itself. A closed wallet keeps its freeze and is none of them. */
export const readEndedFreezes: ReadDuePage = async (pool, after, limit) => {
  const { rows } = await pool.query<Row>({
    name: 'read-ended-freezes',
    text: `
      select terms ->> 'until' as at, id as wallet_id, '' as name
        from wallets
       where terms ->> 'until' is not null
         and terms ->> 'until' <= to_char(statement_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
         and (terms ->> 'until', id) > ($1::text, $2::text)
         and status = 'frozen'
       order by terms ->> 'until', id
       limit $3::integer`,
    values: [after?.at ?? '', after?.walletId ?? '', limit],
  });
  return toPage(rows, limit, 'freeze');
};

function toPage(rows: readonly Row[], limit: number, kind: string): DuePage {
  const wallets = new Map<string, DueWallet>();
  for (const { at, wallet_id: walletId, name } of rows)
    if (!wallets.has(walletId)) wallets.set(walletId, { walletId, due: `${kind} ${name} ${at}` });
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    wallets: [...wallets.values()],
    next: last && { at: last.at, walletId: last.wallet_id, name: last.name },
  };
}

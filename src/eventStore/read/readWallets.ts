// Reads single wallets and lists from the write side, strongly consistent. The API also asks it while the
// read model lags behind or is unavailable. What is due is shown as ended, by the database's time.
import { defaultTenant, idRangeOf, type Tenant } from '../../domain/tenant.ts';
import type { Wallet } from '../../domain/wallet.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import { toWalletNow, walletColumnsNow as columns, type WalletNow, type WalletNowRow } from './walletNow.ts';

/** The wallet after its last committed event and without what is due, or undefined. */
export async function readWallet(pool: ReadDatabase, walletId: string): Promise<Wallet | undefined> {
  return (await readWalletNow(pool, walletId))?.wallet;
}

/** Like `readWallet`, and tells whether the end of something is not written yet. */
export async function readWalletNow(pool: ReadDatabase, walletId: string): Promise<WalletNow | undefined> {
  const { rows } = await pool.query<WalletNowRow>({
    name: 'read-wallet',
    text: `
      select ${columns}
        from wallets
       where id = any(array[$1::text])
       order by id`,
    values: [walletId],
  });
  return rows[0] === undefined ? undefined : toWalletNow(rows[0]);
}

export interface WalletListQuery {
  /** The default tenant if it is absent. */
  readonly tenant?: Tenant | undefined;
  /** Only this owner's wallets, by the id inside; undefined means those of all owners of the tenant. */
  readonly ownerId?: string | undefined;
  /** Only ids above this one; undefined starts at the beginning. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** At most `limit` wallets in order of id. */
export async function readWallets(pool: ReadDatabase, query: WalletListQuery): Promise<Wallet[]> {
  const { tenant = defaultTenant, ownerId, after = '', limit } = query;
  if (ownerId !== undefined) return readWalletsOfOwner(pool, ownerId, after, limit);
  if (tenant === defaultTenant) return readWalletsOfDefault(pool, after, limit);
  const { from, until } = idRangeOf(tenant);
  const { rows } = await pool.query<WalletNowRow>({
    name: 'read-wallets',
    text: `
      select ${columns}
        from wallets
       where id > $1::text
         and id < $2::text
       order by id
       limit $3::integer`,
    values: [after > from ? after : from, until, limit],
  });
  return rows.map((row) => toWalletNow(row).wallet);
}

async function readWalletsOfOwner(
  pool: ReadDatabase,
  ownerId: string,
  after: string,
  limit: number,
): Promise<Wallet[]> {
  const { rows } = await pool.query<WalletNowRow>({
    name: 'read-wallets-of-owner',
    text: `
      select ${columns}
        from wallets
       where owner_id = $1::text
         and id > $2::text
       order by id
       limit $3::integer`,
    values: [ownerId, after, limit],
  });
  return rows.map((row) => toWalletNow(row).wallet);
}

/**
 * The ids of the default tenant lie between those of the others. The statement reads gap by gap and jumps
 * over the wallets of each other tenant, however many there are. So it costs one step for each tenant.
 * Without `offset 0` the planner inlines the end of a gap, and then policies keep it from bounding the index.
 */
async function readWalletsOfDefault(pool: ReadDatabase, after: string, limit: number): Promise<Wallet[]> {
  const { rows } = await pool.query<WalletNowRow>({
    name: 'read-wallets-of-default-tenant',
    text: `
      with recursive gaps as (
        select $1::text collate "C" as after, array[]::text[] collate "C" as ids, 0 as found
        union all
        select next.until || '~', read.ids, gaps.found + cardinality(read.ids)
          from gaps,
               lateral (
                 select coalesce((select id || '/'
                                    from tenants
                                   where id || '/' > gaps.after
                                   order by id || '/'
                                   limit 1), '~') as until
                 offset 0
               ) as next,
               lateral (
                 select array(select id
                                from wallets
                               where id > gaps.after
                                 and id < next.until
                                 and strpos(id, '/') = 0
                               order by id
                               limit $2::integer - gaps.found) as ids
                 offset 0
               ) as read
         where gaps.after < '~'
           and gaps.found < $2::integer
      )
      select ${columns}
        from wallets
       where id = any(array(select unnest(ids) from gaps))
       order by id`,
    values: [after, limit],
  });
  return rows.map((row) => toWalletNow(row).wallet);
}

// Reads single wallets and lists from the write side, strongly consistent. The API also asks it while the
// read model lags behind or is unavailable.
import { defaultTenant, idRangeOf, type Tenant } from '../../domain/tenant.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { toWallet, walletColumns as columns, type WalletRow } from '../walletRows.ts';
import type { ReadDatabase } from '../tenantReads.ts';

/** The wallet after its last committed event, or undefined. */
export async function readWallet(pool: ReadDatabase, walletId: string): Promise<Wallet | undefined> {
  const { rows } = await pool.query<WalletRow>({
    name: 'read-wallet',
    text: `
      select ${columns}
        from wallets
       where id = any(array[$1::text])
       order by id`,
    values: [walletId],
  });
  return rows[0] === undefined ? undefined : toWallet(rows[0]);
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
  const { from, until } = idRangeOf(tenant);
  const { rows } =
    ownerId === undefined
      ? await pool.query<WalletRow>({
          name: 'read-wallets',
          text: `
            select ${columns}
              from wallets
             where id > $1::text
               and id < $2::text
               and (strpos(id, '/') > 0) = $3::boolean
             order by id
             limit $4::integer`,
          values: [after > from ? after : from, until, tenant !== defaultTenant, limit],
        })
      : await pool.query<WalletRow>({
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
  return rows.map(toWallet);
}

// The part of an append that was decided on cached wallets (src/commands/walletCache.ts). It writes their
// rows as walletRows.ts does, and compares each row with the cache. Its parameters come after those of an
// append that was loaded.
//
// Invariant: the append counts a wallet only if its row is the very one that was cached.
import type { Wallet } from '../domain/wallet.ts';
import { isAsLoaded, movedColumns, newStates, stateColumns } from './walletRows.ts';

/** The columns of a write, and what the cache has of each row. */
const cachedWallets = `unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $20::bigint[],
                      $34::bigint[], $35::xid[])
                 as new (id, owner_id, currency, balance_minor, version, loaded_version, later_ms, cached_minor,
                         cached_xid)`;
const cachedWalletsWithState = `unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $20::bigint[],
                      $45::bigint[], $46::xid[])
                 as new (id, owner_id, currency, balance_minor, version, loaded_version, later_ms, cached_minor,
                         cached_xid)`;

/**
 * Every write of a row changes `xmin`, also that of a repair or of a person. A failover that lost commits may
 * give numbers of database transactions again, so the balance counts as well.
 */
const isAsCached = `${isAsLoaded}
           and wallets.xmin = new.cached_xid
           and wallets.balance_minor = new.cached_minor`;

export const updateCachedWallets = `
        update wallets
           set ${movedColumns}
          from head,
               ${cachedWallets}
         where ${isAsCached}
        returning 1`;

export const updateCachedWalletsWithState = `
        update wallets
           set ${movedColumns},
               ${stateColumns}
          from head,
               ${cachedWalletsWithState}
               left join ${newStates}
                 on state.id = new.id
         where ${isAsCached}
        returning 1`;

/**
 * The cached wallets that a batch read and does not write. Each is counted only if its row is the one that
 * was cached. This needs no lock, because a command without events is true of the moment at which the
 * statement began. Wallets that an accepted command only read are locked besides (`lockReadWallets`).
 */
export const checkCachedWallets = `
        select 1
          from head,
               unnest($36::text[], $37::bigint[], $38::bigint[], $39::xid[])
                 as cached (id, version, balance_minor, xid),
               wallets
         where wallets.id = any($36::text[])
           and wallets.id = cached.id
           and wallets.version = cached.version
           and wallets.xmin = cached.xid
           and wallets.balance_minor = cached.balance_minor`;

/** The same for a batch in which wallets have more than a balance. */
export const checkCachedWalletsWithState = `
        select 1
          from head,
               unnest($47::text[], $48::bigint[], $49::bigint[], $50::xid[])
                 as cached (id, version, balance_minor, xid),
               wallets
         where wallets.id = any($47::text[])
           and wallets.id = cached.id
           and wallets.version = cached.version
           and wallets.xmin = cached.xid
           and wallets.balance_minor = cached.balance_minor`;

/** What the cache has of the wallets that a batch writes, and of those that it only reads. */
export function cachedWalletParameters(
  written: readonly string[],
  read: readonly string[],
  wallets: ReadonlyMap<string, Wallet>,
  rowXids: ReadonlyMap<string, string>,
): (readonly (string | number)[])[] {
  const cached = (id: string) => wallets.get(id) as Wallet;
  const balances = (ids: readonly string[]) => ids.map((id) => cached(id).balanceMinor.toString());
  const xids = (ids: readonly string[]) => ids.map((id) => rowXids.get(id) as string);
  return [
    balances(written),
    xids(written),
    read,
    read.map((id) => cached(id).version),
    balances(read),
    xids(read),
  ];
}

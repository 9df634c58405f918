// The rows of `wallets`: their columns, how one becomes a Wallet, and every write. Every statement on the
// table takes its columns from here, so a new column is one change.
import type { Wallet } from '../domain/wallet.ts';

/** All columns, in the order of `walletValues`. Statements import it as `columns`. */
const columns = 'id, owner_id, currency, balance_minor, version, created_at, updated_at';

export { columns as walletColumns };

/** A row of `wallets` as node-postgres gives it. */
export interface WalletRow {
  readonly id: string;
  readonly owner_id: string;
  readonly currency: string;
  readonly balance_minor: string;
  readonly version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function toWallet(row: WalletRow): Wallet {
  return {
    id: row.id,
    ownerId: row.owner_id,
    currency: row.currency,
    balanceMinor: BigInt(row.balance_minor),
    version: Number(row.version),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The columns of a write, from the parameters $4 to $9 and $20 of the append. */
const newWallets = `unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $20::bigint[])
                 as new (id, owner_id, currency, balance_minor, version, loaded_version, later_ms)`;

/**
 * Updates the loaded wallets of a batch, each only if it still has the version that was loaded. Each changed
 * at $3 plus its milliseconds in $20, if that list is not empty. The condition `any` makes every plan look
 * the ids up in the primary key. A plan made for an empty table would read the whole index instead.
 * `insert … on conflict` needs no such condition, but it locks each row before the update. The lock costs a
 * second search in the index and 54 bytes of the write-ahead log.
 */
export const updateWallets = `
        update wallets
           set balance_minor = new.balance_minor,
               version = new.version,
               updated_at = coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz)
          from head,
               ${newWallets}
         where wallets.id = any($4::text[])
           and wallets.id = new.id
           and wallets.version = new.loaded_version
        returning 1`;

/** Inserts the wallets of a batch that were not there when it was loaded. */
export const insertWallets = `
        insert into wallets (${columns})
        select new.id, new.owner_id, new.currency, new.balance_minor, new.version, $3::timestamptz,
               coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz)
          from head,
               ${newWallets}
         where new.loaded_version is null
        returning 1`;

/** A wallet that is updated keeps its owner and its currency, so they are not sent. */
export function writtenWalletParameters(
  wallets: readonly Wallet[],
  loaded: ReadonlyMap<string, Pick<Wallet, 'version'>>,
): unknown[] {
  return [
    wallets.map(({ id }) => id),
    wallets.map(({ id, ownerId }) => (loaded.has(id) ? '' : ownerId)),
    wallets.map(({ id, currency }) => (loaded.has(id) ? '' : currency)),
    wallets.map(({ balanceMinor }) => balanceMinor.toString()),
    wallets.map(({ version }) => version),
    wallets.map(({ id }) => loaded.get(id)?.version ?? null),
  ];
}

/** Overwrites one row with `walletValues`, whatever version it has. */
export const overwriteWallet = `
      update wallets
         set owner_id = $2::text,
             currency = $3::text,
             balance_minor = $4::bigint,
             version = $5::bigint,
             created_at = $6::timestamptz,
             updated_at = $7::timestamptz
       where id = $1::text`;

/** Inserts `walletValues`, unless the row is there. */
export const insertMissingWallet = `
      insert into wallets (${columns})
      values ($1::text, $2::text, $3::text, $4::bigint, $5::bigint, $6::timestamptz, $7::timestamptz)
          on conflict on constraint wallets_pkey do nothing`;

/** The parameters of a write of one wallet, in the order of `walletColumns`. */
export function walletValues(wallet: Wallet): unknown[] {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  return [id, ownerId, currency, balanceMinor.toString(), version, createdAt, updatedAt];
}

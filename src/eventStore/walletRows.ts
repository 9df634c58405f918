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

/** The columns that a command changes. */
const changedColumns = `balance_minor = excluded.balance_minor,
                          version = excluded.version,
                          updated_at = excluded.updated_at`;

/**
 * Writes the wallets of a batch, from the parameters $4 to $9 and $21 of the append. Each changed at $3 plus
 * its milliseconds in $21, if that list is not empty. A wallet is updated only if it has the version that was
 * loaded. `loaded_version` is null for an inserted wallet. An insert with `on conflict` never reads the whole
 * table. An update that joins the new values would, if its plan was made for an empty table.
 */
export const writeWallets = `
        insert into wallets (${columns})
        select new.id, new.owner_id, new.currency, new.balance_minor, new.version, $3::timestamptz,
               coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz)
          from head,
               unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $21::bigint[])
                 as new (id, owner_id, currency, balance_minor, version, later_ms)
            on conflict on constraint wallets_pkey
            do update set ${changedColumns}
                    where wallets.version = ($9::jsonb->>excluded.id)::bigint
        returning old.version as loaded_version`;

/** Needs the same rights as `writeWallets`, and writes no row because `head` has none. */
export const writeNoWallets = `
        insert into wallets (${columns})
        select '', '', '', 0, 0, now(), now()
          from head
            on conflict on constraint wallets_pkey
            do update set ${changedColumns}`;

/** A wallet that is updated keeps its owner and its currency, so they are not sent. */
export function writtenWalletParameters(
  wallets: readonly Wallet[],
  loaded: ReadonlyMap<string, Pick<Wallet, 'version'>>,
): unknown[] {
  const versions: Record<string, number | undefined> = Object.create(null) as Record<string, undefined>;
  for (const { id } of wallets) versions[id] = loaded.get(id)?.version;
  return [
    wallets.map(({ id }) => id),
    wallets.map(({ id, ownerId }) => (loaded.has(id) ? '' : ownerId)),
    wallets.map(({ id, currency }) => (loaded.has(id) ? '' : currency)),
    wallets.map(({ balanceMinor }) => balanceMinor.toString()),
    wallets.map(({ version }) => version),
    JSON.stringify(versions),
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

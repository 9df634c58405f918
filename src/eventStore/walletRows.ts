// The rows of `wallets`: their columns, how one becomes a Wallet, and every write. Every statement on the
// table takes its columns from here, so a new column is one change.
import type { OpenHolds } from '../domain/hold.ts';
import { ordinaryTerms, type WalletStatus } from '../domain/terms.ts';
import { isOrdinary, ordinaryState, type Wallet } from '../domain/wallet.ts';
import { readTerms, writeTerms } from './termsCodec.ts';

/** All columns, in the order of `walletValues`. Statements import it as `columns`. */
const columns = `id, owner_id, currency, balance_minor, version, created_at, updated_at, held_minor, minimum_minor,
              hold_due_from, open_holds, terms_version, details_version, status, terms`;

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
  readonly held_minor: string | null;
  readonly hold_due_from: Date | null;
  readonly open_holds: number | null;
  readonly terms_version: number | null;
  readonly details_version: number | null;
  readonly status: WalletStatus | null;
  readonly terms: unknown;
}

/** A row of `wallets` is not as this service writes it. */
export class WalletRowError extends Error {
  override readonly name = 'WalletRowError';
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
    ...(isOrdinaryRow(row) ? ordinaryState : stateOf(row)),
  };
}

function isOrdinaryRow({ held_minor, status, terms_version, details_version }: WalletRow): boolean {
  return held_minor === null && status === null && terms_version === null && details_version === null;
}

function stateOf(row: WalletRow): Pick<Wallet, keyof typeof ordinaryState> {
  const refuse = (reason: string) => new WalletRowError(`the row of wallet "${row.id}": ${reason}`);
  return {
    heldMinor: BigInt(row.held_minor ?? 0),
    status: row.status ?? 'active',
    terms: row.terms === null ? ordinaryTerms : readTerms(row.terms, refuse),
    termsVersion: row.terms_version ?? 0,
    detailsVersion: row.details_version ?? 0,
  };
}

export function toOpenHolds({ open_holds, hold_due_from }: WalletRow): OpenHolds | undefined {
  return open_holds === null || hold_due_from === null
    ? undefined
    : { count: open_holds, dueFrom: hold_due_from };
}

/** The columns of a write, from the parameters $4 to $9 and $20 of the append. */
const newWallets = `unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $20::bigint[])
                 as new (id, owner_id, currency, balance_minor, version, loaded_version, later_ms)`;
/** What every movement changes. */
export const movedColumns = `balance_minor = new.balance_minor,
               version = new.version,
               updated_at = coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz)`;

/**
 * Each wallet is written only if it still has the version that was loaded. The condition `any` makes every
 * plan look the ids up in the primary key. A plan made for an empty table would read the whole index instead.
 */
export const isAsLoaded = `wallets.id = any($4::text[])
           and wallets.id = new.id
           and wallets.version = new.loaded_version`;
/**
 * Updates the loaded wallets of a batch. Each changed at $3 plus its milliseconds in $20, if that list is not
 * empty. `insert … on conflict` would need no condition for its plan, but it locks each row before the
 * update. The lock costs a second search in the index and 54 bytes of the write-ahead log.
 */
export const updateWallets = `
        update wallets
           set ${movedColumns}
          from head,
               ${newWallets}
         where ${isAsLoaded}
        returning 1`;

/** Inserts the wallets of a batch that were not there when it was loaded. */
export const insertWallets = `
        insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
        select new.id, new.owner_id, new.currency, new.balance_minor, new.version, $3::timestamptz,
               coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz)
          from head,
               ${newWallets}
         where new.loaded_version is null
        returning 1`;

/**
 * Locks the wallets of $43 that a batch read and does not write. Each is counted only if it still has the
 * version of $44, which was loaded. The lock has PostgreSQL evaluate that condition on the newest row. It is
 * taken after the lock of the head, because each locked row was joined with the head first.
 */
export const lockReadWallets = `
        select 1
          from head,
               unnest($43::text[], $44::bigint[]) as loaded (id, version),
               wallets
         where wallets.id = any($43::text[])
           and wallets.id = loaded.id
           and wallets.version = loaded.version
           for share of wallets`;

/** The parameters $43 and $44. An accepted command read none of these wallets as absent. */
export function readWalletParameters(
  ids: readonly string[],
  loaded: ReadonlyMap<string, Pick<Wallet, 'version'>>,
): (readonly (string | number)[])[] {
  const versions = ids.map((id) => {
    const version = loaded.get(id)?.version;
    if (version === undefined) throw new TypeError(`wallet "${id}" was read, but it was not there`);
    return version;
  });
  return [ids, versions];
}

/**
 * A wallet that is updated keeps its owner and its currency, so they are not sent. A batch that makes no
 * wallet sends neither column.
 */
export function writtenWalletParameters(
  wallets: readonly Wallet[],
  loaded: ReadonlyMap<string, Pick<Wallet, 'version'>>,
): (readonly (string | number | null)[])[] {
  const makesWallets = wallets.some(({ id }) => !loaded.has(id));
  const ofNew = (value: (wallet: Wallet) => string) =>
    makesWallets ? wallets.map((wallet) => (loaded.has(wallet.id) ? null : value(wallet))) : [];
  return [
    wallets.map(({ id }) => id),
    ofNew(({ ownerId }) => ownerId),
    ofNew(({ currency }) => currency),
    wallets.map(({ balanceMinor }) => balanceMinor.toString()),
    wallets.map(({ version }) => version),
    wallets.map(({ id }) => loaded.get(id)?.version ?? null),
  ];
}

/** The columns of the state in $38, one object for each wallet that is not an ordinary one. */
export const newStates = 'jsonb_populate_recordset(null::wallets, $38::jsonb) as state';

export const stateColumns = `held_minor = state.held_minor,
               minimum_minor = state.minimum_minor,
               hold_due_from = state.hold_due_from,
               open_holds = state.open_holds,
               terms_version = state.terms_version,
               details_version = state.details_version,
               status = state.status,
               terms = state.terms`;

/** Like `updateWallets`, for a batch in which wallets have more than a balance. */
export const updateWalletsWithState = `
        update wallets
           set ${movedColumns},
               ${stateColumns}
          from head,
               ${newWallets}
               left join ${newStates}
                 on state.id = new.id
         where ${isAsLoaded}
        returning 1`;

export const insertWalletsWithState = `
        insert into wallets (${columns})
        select new.id, new.owner_id, new.currency, new.balance_minor, new.version, $3::timestamptz,
               coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz),
               state.held_minor, state.minimum_minor, state.hold_due_from, state.open_holds,
               state.terms_version, state.details_version, state.status, state.terms
          from head,
               ${newWallets}
               left join ${newStates}
                 on state.id = new.id
         where new.loaded_version is null
        returning 1`;

/** The parameter $38. */
export function walletStates(
  wallets: readonly Wallet[],
  openHolds: ReadonlyMap<string, OpenHolds>,
): readonly object[] {
  return wallets
    .filter((wallet) => !isOrdinary(wallet))
    .map((wallet) => stateJson(wallet, openHolds.get(wallet.id)));
}

function stateJson(wallet: Wallet, open: OpenHolds | undefined): object {
  const { id, heldMinor, terms, termsVersion, detailsVersion, status } = wallet;
  return {
    id,
    held_minor: heldMinor === 0n ? null : heldMinor.toString(),
    minimum_minor: terms.minimumMinor === 0n ? null : terms.minimumMinor.toString(),
    hold_due_from: open?.dueFrom.toISOString() ?? null,
    open_holds: open?.count ?? null,
    terms_version: termsVersion === 0 ? null : termsVersion,
    details_version: detailsVersion === 0 ? null : detailsVersion,
    status: status === 'active' ? null : status,
    terms: termsVersion === 0 ? null : writeTerms(terms),
  };
}

/** The columns of a row that a repair writes: all but the two that are made of the rows of `holds`. */
const repaired = `held_minor = state.held_minor,
             minimum_minor = state.minimum_minor,
             terms_version = state.terms_version,
             details_version = state.details_version,
             status = state.status,
             terms = state.terms`;
const repairedState = 'jsonb_populate_record(null::wallets, $8::jsonb) as state';
/** The two columns that sum up the open holds of a wallet. */
const openHoldsOf = `(select min(expires_at) as hold_due_from, nullif(count(*), 0)::integer as open_holds
                from (select expires_at
                        from holds
                       where wallet_id = $1::text
                         and ended_as is null
                       order by wallet_id, expires_at
                       limit 1000) as of_wallet) as open`;

/** Overwrites one row with `walletValues`, whatever version it has. */
export const overwriteWallet = `
      update wallets
         set owner_id = $2::text,
             currency = $3::text,
             balance_minor = $4::bigint,
             version = $5::bigint,
             created_at = $6::timestamptz,
             updated_at = $7::timestamptz,
             hold_due_from = open.hold_due_from,
             open_holds = open.open_holds,
             ${repaired}
        from ${repairedState},
             ${openHoldsOf}
       where wallets.id = $1::text`;

/** Inserts `walletValues`, unless the row is there. */
export const insertMissingWallet = `
      insert into wallets (${columns})
      select $1::text, $2::text, $3::text, $4::bigint, $5::bigint, $6::timestamptz, $7::timestamptz,
             state.held_minor, state.minimum_minor, open.hold_due_from, open.open_holds,
             state.terms_version, state.details_version, state.status, state.terms
        from ${repairedState},
             ${openHoldsOf}
          on conflict on constraint wallets_pkey do nothing`;

/** The parameters of a write of one wallet. */
export function walletValues(wallet: Wallet): unknown[] {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = wallet;
  const state = JSON.stringify(stateJson(wallet, undefined));
  return [id, ownerId, currency, balanceMinor.toString(), version, createdAt, updatedAt, state];
}

// The rows of `opening_wallets`: a wallet after its last archived event. Readers of the whole log begin with
// them (src/archive/openingState.ts).
//
// Invariant: a row and the events of its wallet above `archived_through` give the same as all events.
import type { Pool, PoolClient } from 'pg';
import { eventKey, type EventRef } from '../domain/reversal.ts';
import type { Wallet } from '../domain/wallet.ts';
import { type OpeningJson, type OpeningWallet, readOpening, writeOpening } from './openingCodec.ts';

type Database = Pick<Pool | PoolClient, 'query'>;

/** A row of `opening_wallets` as `OpeningJson`. A JSON number would lose digits of an amount. */
export const openingJson = `(to_jsonb(opening_wallets) || jsonb_build_object(
                 'balance_minor', balance_minor::text, 'held_minor', held_minor::text))`;

/** As openingJson, of a column `opening` that is such a row. */
export const openingColumnJson = `(to_jsonb(opening) || jsonb_build_object(
                 'balance_minor', (opening).balance_minor::text, 'held_minor', (opening).held_minor::text))`;

/** The position up to which the log is archived, in a statement. Nothing is archived below 1. */
export const archivedThrough = '(select archived_through from log_archive)';

/** The position up to which the log is archived; 0 if nothing is. */
export async function readArchivedThrough(database: Database): Promise<bigint> {
  const { rows } = await database.query<{ archived_through: string }>({
    name: 'read-archived-through',
    text: `
      select archived_through
        from log_archive`,
  });
  return BigInt(rows[0]?.archived_through ?? 0);
}

/** The opening state of these wallets at a position, by id. A wallet without an event by then is absent. */
export async function readOpeningWallets(
  database: Database,
  walletIds: readonly string[],
  position: bigint,
): Promise<ReadonlyMap<string, OpeningWallet>> {
  if (position === 0n || walletIds.length === 0) return new Map();
  const { rows } = await database.query<{ opening: OpeningJson }>({
    name: 'read-opening-wallets',
    text: `
      select ${openingJson} as opening
        from unnest($1::text[]) as wanted (id),
             lateral (
               select *
                 from opening_wallets
                where wallet_id = wanted.id
                  and position <= $2::bigint
                order by version desc
                limit 1
             ) as opening_wallets`,
    values: [walletIds, position],
  });
  return new Map(rows.map(({ opening }) => [opening.wallet_id, readOpening(opening)]));
}

/** The opening state of one wallet now. Undefined if none of its events is archived. */
export async function readOpeningWallet(
  database: Database,
  walletId: string,
): Promise<OpeningWallet | undefined> {
  const position = await readArchivedThrough(database);
  return (await readOpeningWallets(database, [walletId], position)).get(walletId);
}

/**
 * The wallets whose terms these events gave, by `eventKey`, if the events are archived. Absent if an archived
 * event gave other terms later.
 */
export async function readArchivedTerms(
  database: Database,
  refs: readonly EventRef[],
): Promise<ReadonlyMap<string, Wallet>> {
  if (refs.length === 0) return new Map();
  const ids = refs.map(({ walletId }) => walletId);
  const openings = await readOpeningWallets(database, ids, await readArchivedThrough(database));
  return new Map(
    refs.flatMap((ref): [string, Wallet][] => {
      const wallet = openings.get(ref.walletId)?.wallet;
      return wallet?.termsVersion === ref.version ? [[eventKey(ref), wallet]] : [];
    }),
  );
}

/** Sets the position up to which the log is archived. False if it is no longer at `from`. */
export async function moveArchivedThrough(database: Database, from: bigint, to: bigint): Promise<boolean> {
  const { rowCount } = await database.query({
    name: 'move-archived-through',
    text: `
      update log_archive
         set archived_through = $2::bigint
       where archived_through = $1::bigint`,
    values: [from, to],
  });
  return rowCount === 1;
}

/**
 * Deletes those of `limit` rows that a newer row of their wallet has replaced. Returns the last of them, with
 * which the next page begins, or undefined at the end.
 */
export async function deleteReplaced(
  database: Database,
  from: { readonly walletId: string; readonly version: number },
  limit: number,
): Promise<typeof from | undefined> {
  const { rows } = await database.query<{ wallet_id: string; version: string }>({
    name: 'delete-replaced-openings',
    text: `
      with page as materialized (
        select wallet_id, version, lead(wallet_id) over stream = wallet_id as is_replaced
          from (select wallet_id, version
                  from opening_wallets
                 where (wallet_id, version) >= ($1::text, $2::bigint)
                   and position <= ${archivedThrough}
                 order by wallet_id, version
                 limit $3::integer) as page
        window stream as (order by wallet_id, version)
      ), deleted as (
        delete from opening_wallets
         using page
         where is_replaced
           and opening_wallets.wallet_id = page.wallet_id
           and opening_wallets.version = page.version
      )
      select wallet_id, version
        from page
       order by wallet_id, version
      offset $3::integer - 1`,
    values: [from.walletId, from.version, limit],
  });
  const [last] = rows;
  return last && { walletId: last.wallet_id, version: Number(last.version) };
}

/** Writes rows of a position that is not archived yet. Writing them again changes nothing. */
export async function writeOpeningWallets(
  database: Database,
  wallets: readonly OpeningWallet[],
): Promise<void> {
  if (wallets.length === 0) return;
  await database.query({
    name: 'write-opening-wallets',
    text: `
      insert into opening_wallets (${columns})
      select ${columns}
        from jsonb_populate_recordset(null::opening_wallets, $1::jsonb)
          on conflict on constraint opening_wallets_pkey
          do update set (events, owner_id, currency, balance_minor, created_at, updated_at, held_minor, status,
                         terms_version, details_version, terms, state, faults)
                      = (excluded.events, excluded.owner_id, excluded.currency, excluded.balance_minor,
                         excluded.created_at, excluded.updated_at, excluded.held_minor, excluded.status,
                         excluded.terms_version, excluded.details_version, excluded.terms, excluded.state,
                         excluded.faults)
       where opening_wallets.position = excluded.position`,
    values: [JSON.stringify(wallets.map(writeOpening))],
  });
}

const columns = `wallet_id, version, position, events, owner_id, currency, balance_minor, created_at,
                               updated_at, held_minor, status, terms_version, details_version, terms, state, faults`;

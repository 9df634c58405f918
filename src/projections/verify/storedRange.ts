// Reads everything that the stores hold of a range of wallet ids, for a comparison. That is documents, rows,
// and the events that are known to be missing.
import type { Client } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import type { Wallet } from '../../domain/wallet.ts';
import { toWallet, walletColumns as columns, type WalletRow } from '../../eventStore/walletRows.ts';
import { requiredProjections } from '../registry.ts';
import type { IndexedDocument } from './compareWallet.ts';
import { whenAvailable } from '../readModel/elasticsearch.ts';

/** The first `limit` documents of (low, high]. `last` is the last id among them if there may be more. */
export async function readDocuments(
  client: Client,
  index: string,
  { low, high, limit }: { readonly low: string; readonly high: string; readonly limit: number },
): Promise<{ readonly documents: Map<string, IndexedDocument>; readonly last: string | undefined }> {
  const { hits } = await whenAvailable(() =>
    client.search<Record<string, unknown>>({
      index,
      size: limit,
      query: { range: { id: { gt: low, lte: high } } },
      sort: [{ id: { order: 'asc' } }],
      version: true,
      track_total_hits: false,
      allow_partial_search_results: false,
    }),
  );
  const documents = new Map(
    hits.hits.map(({ _id, _version, _source }): [string, IndexedDocument] => [
      _id ?? '',
      { version: _version ?? 0, source: _source ?? {} },
    ]),
  );
  const last: unknown = hits.hits.at(-1)?.sort?.[0];
  const isFull = hits.hits.length === limit;
  return { documents, last: isFull && typeof last === 'string' ? last : undefined };
}

export async function readRows(pool: Pool, low: string, high: string): Promise<Map<string, Wallet>> {
  const { rows } = await pool.query<WalletRow>({
    name: 'read-wallet-range',
    text: `
      select ${columns}
        from wallets
       where id > $1::text
         and id <= $2::text
       order by id`,
    values: [low, high],
  });
  return new Map(rows.map((row) => [row.id, toWallet(row)]));
}

/** Wallets with an event that the read model is known to lack: it is parked, or an operator skipped it. */
export async function readUnacceptedWallets(
  pool: Pool,
  low: string,
  high: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ wallet_id: string }>({
    name: 'read-unaccepted-wallets',
    text: `
      select distinct wallet_id
        from projection_failures
       where projection = 'read-model'
         and wallet_id > $1::text
         and wallet_id <= $2::text
         and (resolved_at is null or skipped_at is not null)`,
    values: [low, high],
  });
  return new Set(rows.map((row) => row.wallet_id));
}

/**
 * Events that an operator skipped for every required projection, with a reason that is kept. If every
 * comparison named them, new differences would be overlooked.
 */
export async function readGivenUp(pool: Pool, low: string, high: string): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ wallet_id: string; version: string }>({
    name: 'read-given-up-events',
    text: `
      select events.wallet_id, events.version
        from projection_failures as failures
       cross join lateral (
             select wallet_id, version
               from events
              where events.position = failures.position
             offset 0
       ) as events
       where events.wallet_id > $1::text
         and events.wallet_id <= $2::text
         and failures.skipped_at is not null
         and failures.projection = any($3::text[])
       group by events.wallet_id, events.version
      having count(*) = cardinality($3::text[])`,
    values: [low, high, requiredProjections],
  });
  return new Set(rows.map(({ wallet_id, version }) => eventKey(wallet_id, Number(version))));
}

export function eventKey(walletId: string, version: number): string {
  return `${walletId} ${version}`;
}

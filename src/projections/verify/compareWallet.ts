// Compares one wallet's row and document with its stream, exactly. Row and document carry a version, and
// events never change. So each is compared with the fold of exactly that many events. Commands that commit
// meanwhile cannot make it seem wrong.
import { type Client, errors } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import type { Wallet } from '../../domain/wallet.ts';
import { archivedThrough } from '../../eventStore/openingRows.ts';
import { readDetails } from '../../eventStore/read/readDetails.ts';
import { toWallet, walletColumns as columns, type WalletRow } from '../../eventStore/walletRows.ts';
import { whenAvailable } from '../readModel/elasticsearch.ts';
import { isOfUnread } from '../readModel/fold/foldStreams.ts';
import { foldWallet } from '../readModel/fold/foldWallet.ts';
import { walletDocument } from '../readModel/walletDocument.ts';

/** A document as Elasticsearch has it now, refreshed or not. */
export interface IndexedDocument {
  /** The external version, which decides which documents may replace this one. */
  readonly version: number;
  readonly source: Readonly<Record<string, unknown>>;
}

export interface StoredDocument extends IndexedDocument {
  /** Identifies the write that made it, for a caller that must not touch a later one. */
  readonly write: { readonly if_seq_no: number; readonly if_primary_term: number };
}

export async function readIndexedDocument(
  client: Client,
  index: string,
  id: string,
): Promise<StoredDocument | undefined> {
  return whenAvailable(async () => {
    try {
      const { _version, _source, _seq_no, _primary_term } = await client.get<Record<string, unknown>>({
        index,
        id,
      });
      return {
        version: _version ?? 0,
        source: _source ?? {},
        write: { if_seq_no: _seq_no ?? -1, if_primary_term: _primary_term ?? 0 },
      };
    } catch (error) {
      const body: unknown = error instanceof errors.ResponseError ? error.body : undefined;
      // A missing index is a 404 too, but says nothing about the document.
      if (typeof body === 'object' && body !== null && 'found' in body) return undefined;
      throw error;
    }
  });
}

/** The fields in which an indexed document differs from the wallet's stream; none if it is right. */
export async function documentDifferences(
  pool: Pool,
  walletId: string,
  indexed: IndexedDocument | undefined,
  /** The document must have reached this version. */
  versionMin: number,
): Promise<readonly string[]> {
  if (indexed === undefined) return versionMin > 0 ? ['missing'] : [];
  const folded = await foldWallet(pool, walletId, { version: indexed.version });
  // A version below the archived ones has no event to compare with. The version alone shows that it lags.
  if (folded?.isArchived === true) return indexed.version < versionMin ? ['version'] : [];
  if (isOfUnread(indexed.version, folded)) return [];
  if (folded?.wallet === undefined) return ['extra'];
  const details = await readDetails(pool, [folded.wallet]);
  const fields = differingFields(indexed.source, { ...walletDocument(folded.wallet, details.get(walletId)) });
  const misplaced = folded.wallet.version !== indexed.version || indexed.version < versionMin;
  return misplaced ? [...new Set(['version', ...fields])] : fields;
}

interface WalletRowState {
  readonly row: Wallet | undefined;
  /** The last version of the stream in the same snapshot; 0 without events. */
  readonly streamVersion: number;
}

/** Row and end of the stream from one snapshot: a command writes both or none. */
async function readRowState(pool: Pool, walletId: string): Promise<WalletRowState> {
  const { rows } = await pool.query<WalletRow & { stream_version: string }>({
    name: 'read-row-state',
    text: `
      select ${columns},
             greatest(
               (select coalesce(max(events.version), 0) from events where events.wallet_id = $1::text),
               (select coalesce(max(opening_wallets.version), 0)
                  from opening_wallets
                 where opening_wallets.wallet_id = $1::text
                   and opening_wallets.position <= ${archivedThrough})
             ) as stream_version
        from (select $1::text as wanted) as given
        left join (select *
                     from wallets
                    where id = any(array[$1::text])
                    order by id) as wallets
          on true`,
    values: [walletId],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('a left join of one row gives one row');
  const found = (row.id as string | null) !== null;
  return { row: found ? toWallet(row) : undefined, streamVersion: Number(row.stream_version) };
}

export async function rowDifferences(pool: Pool, walletId: string): Promise<readonly string[]> {
  const { row, streamVersion } = await readRowState(pool, walletId);
  const folded = await foldWallet(pool, walletId, { version: streamVersion });
  if (row !== undefined && isOfUnread(row.version, folded)) return [];
  return rowDiffers(row, folded?.wallet);
}

/** The fields in which a row differs from the wallet that it should show. */
export function rowDiffers(row: Wallet | undefined, wallet: Wallet | undefined): readonly string[] {
  if (wallet === undefined) return row === undefined ? [] : ['extra'];
  if (row === undefined) return ['missing'];
  return differingFields(asTexts(row), asTexts(wallet));
}

/** Every field as text, so that dates and amounts compare by value. */
function asTexts({ terms: _inDocument, ...wallet }: Wallet): Readonly<Record<string, unknown>> {
  return { ...wallet, ...walletDocument({ ...wallet, terms: _inDocument }) };
}

function differingFields(
  actual: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names.filter((name) => comparable(actual[name]) !== comparable(expected[name]));
}

function comparable(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'bigint' ? value.toString() : JSON.stringify([value]);
}

// Reads the rows that the projections made of one round of histories: the ledger's, and the documents.
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import {
  canonicalJson,
  detailsText,
  type DocumentRow,
  type EntryRow,
  type PendingRow,
  type RoundStart,
  type WalletRow,
} from './rows.ts';

/** The ledger's entries of a round. */
export async function readEntryRows(database: Pool, { position }: RoundStart): Promise<readonly EntryRow[]> {
  const { rows } = await database.query<
    Omit<EntryRow, 'amountMinor' | 'balanceAfterMinor'> & {
      readonly amountMinor: string;
      readonly balanceAfterMinor: string | null;
    }
  >(
    `select position::integer, leg, account, direction, amount_minor as "amountMinor", currency,
            balance_after_minor as "balanceAfterMinor"
       from ledger_entries
      where position > $1::bigint
      order by position, leg`,
    [position],
  );
  return rows.map((row) => ({
    ...row,
    amountMinor: BigInt(row.amountMinor),
    balanceAfterMinor: row.balanceAfterMinor === null ? null : BigInt(row.balanceAfterMinor),
  }));
}

/** The postings of a round in the pending layer. A wallet is debited with what is held of its balance. */
export async function readPendingRows(
  database: Pool,
  { position }: RoundStart,
): Promise<readonly PendingRow[]> {
  const { rows } = await database.query<{
    readonly position: number;
    readonly walletId: string;
    readonly changeMinor: string;
    readonly heldAfterMinor: string | null;
  }>(
    `select position::integer, coalesce(debit_wallet_id, credit_wallet_id) as "walletId",
            (case when debit_wallet_id is null then -amount_minor else amount_minor end)::text as "changeMinor",
            coalesce(debit_balance_after_minor, credit_balance_after_minor)::text as "heldAfterMinor"
       from ledger_postings
      where pending
        and position > $1::bigint
      order by position, posting`,
    [position],
  );
  return rows.map((row) => ({
    ...row,
    changeMinor: BigInt(row.changeMinor),
    heldAfterMinor: row.heldAfterMinor === null ? null : BigInt(row.heldAfterMinor),
  }));
}

const documentsPerPage = 5_000;

type Source = Pick<WalletRow, 'id' | 'ownerId' | 'currency' | 'version' | 'createdAt' | 'updatedAt'> & {
  readonly balanceMinor: string;
  readonly heldMinor?: string;
  readonly availableMinor?: string;
  readonly status?: string;
  readonly terms?: { readonly minimum?: string };
  readonly metadata?: readonly string[];
  readonly labels?: readonly string[];
};

/**
 * Refreshes, then reads every document whose id begins with the prefix. An empty prefix reads the whole read
 * model.
 */
export async function readDocumentRows(
  elasticsearch: Elasticsearch,
  alias: string,
  idPrefix: string,
): Promise<readonly DocumentRow[]> {
  await elasticsearch.indices.refresh({ index: alias });
  const documents: DocumentRow[] = [];
  let after: string | undefined;
  for (;;) {
    const { hits } = await elasticsearch.search<Source>({
      index: alias,
      size: documentsPerPage,
      version: true,
      sort: [{ id: 'asc' }],
      query: { prefix: { id: idPrefix } },
      ...(after === undefined ? {} : { search_after: [after] }),
    });
    for (const { _source: source, _version: externalVersion = 0 } of hits.hits) {
      if (source === undefined) throw new Error('a hit without its document');
      documents.push({ ...toWalletRow(source), externalVersion });
    }
    if (hits.hits.length < documentsPerPage) return documents;
    after = documents.at(-1)?.id;
  }
}

/**
 * The wallet that a document shows. What is available is stored beside balance and held, so the minimum is
 * the difference of the three.
 */
function toWalletRow(source: Source): WalletRow {
  const { id, ownerId, currency, version, createdAt, updatedAt, status = 'active', terms = {} } = source;
  const [balanceMinor, heldMinor] = [BigInt(source.balanceMinor), BigInt(source.heldMinor ?? 0)];
  const availableMinor = BigInt(source.availableMinor ?? balanceMinor);
  const metadata = (source.metadata ?? []).map((entry) => {
    const end = entry.indexOf('=');
    return [entry.slice(0, end), entry.slice(end + 1)] as const;
  });
  return {
    ...{ id, ownerId, currency, version, createdAt, updatedAt, status, balanceMinor, heldMinor },
    minimumMinor: balanceMinor - heldMinor - availableMinor,
    terms: canonicalJson(terms),
    details: detailsText(Object.fromEntries(metadata), source.labels),
  };
}

// Reads the read model for the API. A missing wallet is `undefined`. An unavailable Elasticsearch throws
// ElasticsearchUnavailableError, and the caller can read from PostgreSQL.
import { type Client, errors } from '@elastic/elasticsearch';
import { defaultTenant, scopedId } from '../../domain/tenant.ts';
import { whenAvailable } from './elasticsearch.ts';
import { walletsAlias } from './readModelIndex.ts';
import type { WalletDocument } from './walletDocument.ts';
import { searchOf, type WalletSearch } from './walletSearch.ts';

interface QueryDeps {
  readonly elasticsearch: Client;
  readonly indexPrefix: string;
  /** Longest wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
}

export interface ReadModelQueries {
  /** By id. Sees a document as soon as it is written. */
  readonly getWalletDocument: (id: string) => Promise<WalletDocument | undefined>;
  /** Sorts ids by their bytes, as PostgreSQL's collation "C" does. Sees a document after a refresh. */
  readonly listWalletDocuments: (search: WalletSearch) => Promise<WalletDocumentList>;
}

interface WalletDocumentList {
  readonly documents: readonly WalletDocument[];
  /** The documents that fit, on all pages. Counting ends at `countedMax`, and then there may be more. */
  readonly total: { readonly count: number; readonly isExact: boolean };
}

/** Documents that a list counts at most, so that its cost does not grow with the index. */
const countedMax = 10_000;

export function createReadModelQueries({
  elasticsearch,
  indexPrefix,
  timeoutMs,
}: QueryDeps): ReadModelQueries {
  const index = walletsAlias(indexPrefix);
  const limits = { requestTimeout: timeoutMs, maxRetries: 0 };
  return {
    getWalletDocument: (id) =>
      whenAvailable(async () => {
        try {
          const preference = preferenceOf(id);
          const { _source } = await elasticsearch.get<WalletDocument>({ index, id, preference }, limits);
          return _source;
        } catch (error) {
          if (error instanceof errors.ResponseError && isDocumentAbsent(error)) return undefined;
          throw error;
        }
      }),
    listWalletDocuments: (search) =>
      whenAvailable(async () => {
        const { tenant = defaultTenant, ownerId, limit } = search;
        const { hits } = await elasticsearch.search<WalletDocument>(
          {
            index,
            preference: preferenceOf(ownerId ?? scopedId(tenant, 'all')),
            size: limit,
            ...searchOf(search),
            track_total_hits: countedMax,
            allow_partial_search_results: false,
          },
          limits,
        );
        const { total } = hits;
        if (total === undefined || typeof total === 'number')
          throw new Error(`Elasticsearch did not count the documents of ${index}.`);
        return {
          documents: hits.hits.flatMap(({ _source }) => _source ?? []),
          total: { count: total.value, isExact: total.relation === 'eq' },
        };
      }),
  };
}

/**
 * Chooses the same copy of the index for the same question. A replica takes and shows a write a little later
 * than the primary. A client that was answered by one copy and then by the other could see a version go back.
 * The prefix is there because a preference that begins with an underscore has a special meaning.
 */
function preferenceOf(question: string): string {
  return `wallets:${question}`;
}

/** A missing index is also a 404, but says nothing about the wallet. */
function isDocumentAbsent({ statusCode, body }: errors.ResponseError): boolean {
  const content: unknown = body;
  return (
    statusCode === 404 &&
    typeof content === 'object' &&
    content !== null &&
    'found' in content &&
    !content.found
  );
}

// Many wallets at once: documents of an index, and on request wallet rows, against the streams they were made from, in
// order of id with bounded memory. What looks different is looked at again by itself and exactly; only that counts.
import { hash } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import type { Pool } from 'pg';
import type { Wallet } from '../../domain/wallet.ts';
import { toWallet, type WalletRow } from '../../eventStore/loadBatch.ts';
import { skippedPrefix } from '../failureDesk.ts';
import {
  documentDifferences,
  type HeldDocument,
  readHeldDocument,
  rowDiffers,
  rowDifferences,
} from './compareWallet.ts';
import { whenAvailable } from './elasticsearch.ts';
import type { IndexDeps } from './fillIndex.ts';
import type { FoldedStream } from './foldStreams.ts';
import { readFoldedWallets } from './readFoldedWallets.ts';
import { walletDocument } from './walletDocument.ts';

/** A difference by name: never what either side holds. */
export interface Difference {
  readonly where: 'document' | 'wallet row' | 'stream' | 'ledger' | 'outbox';
  readonly walletId?: string;
  readonly position?: number;
  /** Fields that differ, or `missing`, or `extra`. */
  readonly fields: readonly string[];
}

export interface CompareArgument {
  /** Index or alias whose documents are compared. */
  readonly index: string;
  readonly after: string;
  readonly until: string;
  readonly walletsMax: number;
  /** Events up to this position have to be in the index; a JSON number. */
  readonly upTo: number;
  /** True looks at the rows of `wallets` and at the streams themselves too. */
  readonly rows: boolean;
}

/** Differences that one comparison keeps; all of them are counted. */
export const differencesKeptMax = 100;

/** Order-independent: sums of hashes over (id, version, document), so that slices can be added up. */
export interface Checksum {
  readonly count: number;
  /** 16 hexadecimal digits. */
  readonly sum: string;
}

export interface Comparison {
  readonly after: string;
  readonly done: boolean;
  readonly wallets: number;
  readonly events: number;
  readonly expected: Checksum;
  readonly held: Checksum;
  /** The first of them. */
  readonly differences: readonly Difference[];
  readonly differencesCount: number;
}

const documentsPerSearch = 5_000;

/**
 * Compares the wallets of (after, until]; returns behind `walletsMax` of them, or at a stop. `mend` is called for each
 * wallet whose row or document differs. `onCompared` hears how far it came, also behind each wallet that was looked at by
 * itself: where most of them differ, a few thousand such looks take longer than one step may.
 */
export async function compareIndex(
  { pool, elasticsearch }: IndexDeps,
  { index, after, until, walletsMax, upTo, rows }: CompareArgument,
  stop: AbortSignal,
  onCompared: (after: string) => void,
  mend?: (walletId: string) => Promise<unknown>,
): Promise<Comparison> {
  const sums = { wallets: 0, events: 0, expected: emptySum(), held: emptySum() };
  const differences: Difference[] = [];
  let differencesCount = 0;
  let low = after;

  const note = (where: Difference['where'], walletId: string, fields: readonly string[]) => {
    if (fields.length === 0) return false;
    differencesCount += 1;
    if (differences.length < differencesKeptMax) differences.push({ where, walletId, fields });
    return true;
  };
  const compareDocument = async (walletId: string, wallet: Wallet | undefined, chunk: Chunk) => {
    const content = wallet && contentOf(wallet.version, { ...walletDocument(wallet) });
    const document = chunk.documents.get(walletId);
    if (
      content !== undefined &&
      document !== undefined &&
      contentOf(document.version, document.source) === content
    ) {
      addTo(sums.expected, content);
      addTo(sums.held, content);
      return false;
    }
    const now = await readHeldDocument(elasticsearch, index, walletId);
    const versionMin = chunk.unaccepted.has(walletId) ? 0 : (wallet?.version ?? 0);
    const differs = note('document', walletId, await documentDifferences(pool, walletId, now, versionMin));
    const heldNow = now && contentOf(now.version, now.source);
    // Without a difference the document is what the stream says at the document's own version.
    const expectedNow = differs ? content : heldNow;
    if (heldNow !== undefined) addTo(sums.held, heldNow);
    if (expectedNow !== undefined) addTo(sums.expected, expectedNow);
    onCompared(low);
    return differs;
  };
  const compareRow = async (walletId: string, wallet: Wallet | undefined, held: Chunk['rows']) => {
    if (held === undefined || rowDiffers(held.get(walletId), wallet).length === 0) return false;
    return note('wallet row', walletId, await rowDifferences(pool, walletId));
  };
  const compare = async (streams: readonly FoldedStream[], high: string) => {
    const expected = new Map(streams.map((stream) => [stream.walletId, stream]));
    const chunk: Chunk = {
      documents: await readDocuments(elasticsearch, index, low, high),
      rows: rows ? await readRows(pool, low, high) : undefined,
      unaccepted: await readUnaccepted(pool, low, high),
    };
    const isBroken = rows && streams.some(({ broken }) => broken.length > 0);
    const givenUp = isBroken ? await readGivenUp(pool, low, high) : new Set<string>();
    const ids = new Set([...expected.keys(), ...chunk.documents.keys(), ...(chunk.rows?.keys() ?? [])]);
    for (const walletId of ids) {
      const { wallet, broken = [] } = expected.get(walletId) ?? {};
      if (rows)
        note(
          'stream',
          walletId,
          broken
            .filter(({ version }) => !givenUp.has(placeOf(walletId, version)))
            .map(({ version }) => `version ${version}`),
        );
      const rowIsWrong = await compareRow(walletId, wallet, chunk.rows);
      const documentIsWrong = await compareDocument(walletId, wallet, chunk);
      if (rowIsWrong || documentIsWrong) {
        await mend?.(walletId);
        onCompared(low);
      }
    }
    sums.wallets += streams.length;
    sums.events += streams.reduce((sum, { events }) => sum + events, 0);
    low = high;
    onCompared(low);
  };

  for await (const folded of readFoldedWallets(pool, { after, until, upTo: BigInt(upTo) })) {
    const streams = folded.slice(0, walletsMax - sums.wallets);
    await compare(streams, streams.at(-1)?.walletId ?? low);
    if (sums.wallets >= walletsMax || stop.aborted) return result(false);
  }
  // Behind the last wallet there may still be documents that no wallet has.
  await compare([], until);
  return result(true);

  function result(done: boolean): Comparison {
    const { wallets, events } = sums;
    const [expected, held] = [inHex(sums.expected), inHex(sums.held)];
    return { after: low, done, wallets, events, expected, held, differences, differencesCount };
  }
}

/** What the stores hold of a range of ids. */
interface Chunk {
  readonly documents: ReadonlyMap<string, HeldDocument>;
  readonly rows: ReadonlyMap<string, Wallet> | undefined;
  /** Wallets with events that the read model did not take, and that is known. */
  readonly unaccepted: ReadonlySet<string>;
}

interface Sum {
  count: number;
  sum: bigint;
}

function emptySum(): Sum {
  return { count: 0, sum: 0n };
}

function addTo(into: Sum, content: string): void {
  into.count += 1;
  into.sum = BigInt.asUintN(64, into.sum + hash('sha256', content, 'buffer').readBigUInt64BE());
}

function inHex({ count, sum }: Sum): Checksum {
  return { count, sum: sum.toString(16).padStart(16, '0') };
}

/** One text for one content, in whatever order the fields came. */
function contentOf(version: number, source: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([version, Object.entries(source).sort(([one], [other]) => (one < other ? -1 : 1))]);
}

async function readDocuments(
  client: Client,
  index: string,
  low: string,
  high: string,
): Promise<Map<string, HeldDocument>> {
  const documents = new Map<string, HeldDocument>();
  let after = low;
  for (;;) {
    const { hits } = await whenAvailable(() =>
      client.search<Record<string, unknown>>({
        index,
        size: documentsPerSearch,
        query: { range: { id: { gt: after, lte: high } } },
        sort: [{ id: { order: 'asc' } }],
        version: true,
        track_total_hits: false,
        allow_partial_search_results: false,
      }),
    );
    for (const { _id, _version, _source } of hits.hits) {
      documents.set(_id ?? '', { version: _version ?? 0, source: _source ?? {} });
    }
    const last: unknown = hits.hits.at(-1)?.sort?.[0];
    if (hits.hits.length < documentsPerSearch || typeof last !== 'string') return documents;
    after = last;
  }
}

async function readRows(pool: Pool, low: string, high: string): Promise<Map<string, Wallet>> {
  const { rows } = await pool.query<WalletRow>({
    name: 'read-wallet-range',
    text: `
      select id, owner_id, currency, balance_minor, version, created_at, updated_at
        from wallets
       where id > $1::text
         and id <= $2::text`,
    values: [low, high],
  });
  return new Map(rows.map((row) => [row.id, toWallet(row)]));
}

/** Wallets with an event that the read model did not take, and that is known: parked, or skipped by an operator. */
async function readUnaccepted(pool: Pool, low: string, high: string): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ wallet_id: string }>({
    name: 'read-unaccepted-wallets',
    text: `
      select distinct wallet_id
        from projection_failures
       where projection = 'read-model'
         and wallet_id > $1::text
         and wallet_id <= $2::text
         and (resolved_at is null or starts_with(resolution, $3::text))`,
    values: [low, high, skippedPrefix],
  });
  return new Set(rows.map((row) => row.wallet_id));
}

/**
 * Events that an operator gave up for every projection: known, with the reason kept. Naming them in each comparison for
 * ever would only hide what is new.
 */
async function readGivenUp(pool: Pool, low: string, high: string): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ wallet_id: string; version: string }>({
    name: 'read-given-up-events',
    text: `
      select events.wallet_id, events.version
        from projection_failures as failures
        join events using (position)
       where events.wallet_id > $1::text
         and events.wallet_id <= $2::text
         and starts_with(failures.resolution, $3::text)
       group by events.wallet_id, events.version
      having count(*) = (select count(*) from projector_checkpoints)`,
    values: [low, high, skippedPrefix],
  });
  return new Set(rows.map(({ wallet_id, version }) => placeOf(wallet_id, Number(version))));
}

function placeOf(walletId: string, version: number): string {
  return `${walletId} ${version}`;
}

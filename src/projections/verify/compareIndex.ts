// Many wallets at once: documents of an index, and on request wallet rows, against the streams they were made from, in
// order of id with bounded memory. What looks different is looked at again by itself and exactly; only that counts.
import { Buffer } from 'node:buffer';
import type { Wallet } from '../../domain/wallet.ts';
import { type Difference, differencesKeptMax } from './differences.ts';
import { addTo, type Checksum, contentOf, emptySum, hashOf, inHex } from './checksum.ts';
import {
  documentDifferences,
  type IndexedDocument,
  readIndexedDocument,
  rowDiffers,
  rowDifferences,
} from './compareWallet.ts';
import type { ReadModelDeps } from '../readModel/elasticsearch.ts';
import type { FoldedStream } from '../readModel/fold/foldStreams.ts';
import { readDocuments, readGivenUp, readRows, readUnaccepted, versionPlaceOf } from './indexedRange.ts';
import { readFoldedWallets } from '../readModel/fold/readFoldedWallets.ts';
import { walletDocument } from '../readModel/walletDocument.ts';

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
  /** In memory at once. */
  readonly documentsPerSearchMax?: number;
}

const documentsPerSearchMaxDefault = 5_000;

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

/** Wallets that have to come together before they are compared: with 500 Elasticsearch takes twice as long for all of them. */
const walletsPerLookMin = 2_500;

/**
 * Compares the wallets of (after, until]; returns behind `walletsMax` of them, or at a stop. `mend` is called for each
 * wallet whose row or document differs. `onCompared` hears how far it came, also behind each wallet that was looked at by
 * itself: where most of them differ, a few thousand such looks take longer than one step may.
 */
export async function compareIndex(
  { pool, elasticsearch }: ReadModelDeps,
  {
    index,
    after,
    until,
    walletsMax,
    upTo,
    rows,
    documentsPerSearchMax = documentsPerSearchMaxDefault,
  }: CompareArgument,
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
      const hashed = hashOf(content);
      addTo(sums.expected, hashed);
      addTo(sums.held, hashed);
      return false;
    }
    const now = await readIndexedDocument(elasticsearch, index, walletId);
    const versionMin = chunk.unaccepted.has(walletId) ? 0 : (wallet?.version ?? 0);
    const differs = note('document', walletId, await documentDifferences(pool, walletId, now, versionMin));
    const heldNow = now && contentOf(now.version, now.source);
    // Without a difference the document is what the stream says at the document's own version.
    const expectedNow = differs ? content : heldNow;
    if (heldNow !== undefined) addTo(sums.held, hashOf(heldNow));
    if (expectedNow !== undefined) addTo(sums.expected, hashOf(expectedNow));
    onCompared(low);
    return differs;
  };
  const compareRow = async (walletId: string, wallet: Wallet | undefined, held: Chunk['rows']) => {
    if (held === undefined || rowDiffers(held.get(walletId), wallet).length === 0) return false;
    return note('wallet row', walletId, await rowDifferences(pool, walletId));
  };
  /**
   * In as many steps as there are pages of documents, so that any number of them that no wallet has does no harm. False at
   * a stop in between.
   */
  const compare = async (streams: readonly FoldedStream[], high: string): Promise<boolean> => {
    let open = streams;
    for (;;) {
      const { documents, last } = await readDocuments(elasticsearch, index, {
        low,
        high,
        limit: documentsPerSearchMax,
      });
      if (last === undefined) {
        await compareUpTo(high, open, documents);
        return true;
      }
      const { within = [], behind = [] } = Object.groupBy(open, ({ walletId }) =>
        isBehind(walletId, last) ? 'behind' : 'within',
      );
      await compareUpTo(last, within, documents);
      if (stop.aborted) return false;
      open = behind;
    }
  };
  const compareUpTo = async (
    high: string,
    streams: readonly FoldedStream[],
    documents: Chunk['documents'],
  ) => {
    const expected = new Map(streams.map((stream) => [stream.walletId, stream]));
    const chunk: Chunk = {
      documents,
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
            .filter(({ version }) => !givenUp.has(versionPlaceOf(walletId, version)))
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

  let open: FoldedStream[] = [];
  for await (const folded of readFoldedWallets(pool, { after, until, upTo: BigInt(upTo) })) {
    open.push(...folded.slice(0, walletsMax - sums.wallets - open.length));
    const isEnough = sums.wallets + open.length >= walletsMax || stop.aborted;
    if (open.length < walletsPerLookMin && !isEnough) continue;
    const isCompared = await compare(open, open.at(-1)?.walletId ?? low);
    if (isEnough || !isCompared) return result(false);
    open = [];
  }
  // Behind the last wallet there may still be documents that no wallet has.
  return result(await compare(open, until));

  function result(done: boolean): Comparison {
    const { wallets, events } = sums;
    const [expected, held] = [inHex(sums.expected), inHex(sums.held)];
    return { after: low, done, wallets, events, expected, held, differences, differencesCount };
  }
}

/** What the stores hold of a range of ids. */
interface Chunk {
  readonly documents: ReadonlyMap<string, IndexedDocument>;
  readonly rows: ReadonlyMap<string, Wallet> | undefined;
  /** Wallets with events that the read model did not take, and that is known. */
  readonly unaccepted: ReadonlySet<string>;
}

/** In the order of Elasticsearch and of PostgreSQL, which is that of bytes. */
function isBehind(walletId: string, other: string): boolean {
  return Buffer.compare(Buffer.from(walletId), Buffer.from(other)) > 0;
}

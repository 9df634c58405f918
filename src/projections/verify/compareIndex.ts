// Compares the documents of an index, and on request the wallet rows, with the event streams. Goes through
// the wallets in order of id, in chunks, so memory is bounded. A rebuild calls it before its switch, a
// verification at any time. Invariant: only an exact second reading of one wallet counts as a difference.
import { Buffer } from 'node:buffer';
import type { ReadModelDeps } from '../readModel/elasticsearch.ts';
import type { FoldedStream } from '../readModel/fold/foldStreams.ts';
import { readFoldedWallets } from '../readModel/fold/readFoldedWallets.ts';
import { type Checksum, inHex } from './checksum.ts';
import { type ComparisonRun, compareRange, createFindings } from './compareRange.ts';
import type { Difference } from './differences.ts';
import { readDocuments } from './storedRange.ts';

export interface CompareArgument {
  /** Index or alias whose documents are compared. */
  readonly index: string;
  readonly after: string;
  readonly until: string;
  readonly walletsMax: number;
  /** Events up to this position must be in the index; a JSON number. */
  readonly upTo: number;
  /** True reads from the first event, which needs the whole log. */
  readonly fromStart?: boolean;
  /** True also compares the rows of `wallets` and checks the streams themselves. */
  readonly rows: boolean;
  /** In memory at once. */
  readonly documentsPerSearchMax?: number;
}

const documentsPerSearchMaxDefault = 5_000;

/** Wallets of one chunk. Chunks of 500 made Elasticsearch take twice as long for all wallets together. */
const walletsPerChunkMin = 2_500;

/** `held` is the checksum of the index, under the name that stored workflow results have. */
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

/**
 * Compares the wallets of (after, until]. Returns after `walletsMax` of them, or at a stop. Calls `repair`
 * for each wallet whose row or document differs. Calls `onCompared` with the last wallet compared, after each
 * chunk and after each second reading of a wallet. A few thousand such readings take longer than one step
 * may.
 */
export async function compareIndex(
  deps: ReadModelDeps,
  argument: CompareArgument,
  stop: AbortSignal,
  onCompared: (after: string) => void,
  repair?: (walletId: string) => Promise<unknown>,
): Promise<Comparison> {
  const { index, after, until, walletsMax, upTo, rows, fromStart } = argument;
  const limit = argument.documentsPerSearchMax ?? documentsPerSearchMaxDefault;
  const run: ComparisonRun = { deps, index, rows, onCompared, repair, found: createFindings(after) };
  const { found } = run;
  let chunk: FoldedStream[] = [];
  const range = { after, until, upTo: BigInt(upTo), fromStart };
  for await (const folded of readFoldedWallets(deps.pool, range)) {
    chunk.push(...folded.slice(0, walletsMax - found.wallets - chunk.length));
    const isEnough = found.wallets + chunk.length >= walletsMax || stop.aborted;
    if (chunk.length < walletsPerChunkMin && !isEnough) continue;
    const isCompared = await compareChunk(run, chunk, chunk.at(-1)?.walletId ?? found.after, limit, stop);
    if (isEnough || !isCompared) return resultOf(run, false);
    chunk = [];
  }
  // The index may hold documents after the last wallet, which no wallet has.
  return resultOf(run, await compareChunk(run, chunk, until, limit, stop));
}

/**
 * Compares one chunk, page by page of its documents, so that documents without a wallet need no more memory.
 * Returns false if it was stopped between two pages.
 */
async function compareChunk(
  run: ComparisonRun,
  streams: readonly FoldedStream[],
  high: string,
  limit: number,
  stop: AbortSignal,
): Promise<boolean> {
  const { deps, index, found } = run;
  let open = streams;
  for (;;) {
    const { documents, last } = await readDocuments(deps.elasticsearch, index, {
      low: found.after,
      high,
      limit,
    });
    if (last === undefined) {
      await compareRange(run, high, open, documents);
      return true;
    }
    const { within = [], after = [] } = Object.groupBy(open, ({ walletId }) =>
      isAfter(walletId, last) ? 'after' : 'within',
    );
    await compareRange(run, last, within, documents);
    if (stop.aborted) return false;
    open = after;
  }
}

/** Compares ids by their bytes, as Elasticsearch and PostgreSQL do. */
function isAfter(walletId: string, other: string): boolean {
  return Buffer.compare(Buffer.from(walletId), Buffer.from(other)) > 0;
}

function resultOf({ found }: ComparisonRun, done: boolean): Comparison {
  const { after, wallets, events, differences, differencesCount } = found;
  const [expected, held] = [inHex(found.expected), inHex(found.indexed)];
  return { after, done, wallets, events, expected, held, differences, differencesCount };
}

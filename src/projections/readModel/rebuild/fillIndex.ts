// Backfills the new index of a rebuild with wallets folded from the event store, in order of id. Two requests
// are under way while the next wallets are read and folded. Their sizes bound the memory.
import { readDetails } from '../../../eventStore/read/readDetails.ts';
import { RebuildSupersededError } from '../../projection.ts';
import type { ReadModelDeps } from '../elasticsearch.ts';
import { bulkWrite, type DocumentLines, documentLines } from '../bulkWrite.ts';
import { readFoldedWallets } from '../fold/readFoldedWallets.ts';

const documentsPerBulk = 2_500;
const bulksInFlightMax = 2;

/** How far a slice has come. Everything up to `after` is in the index. */
export interface SliceCounts {
  readonly after: string;
  readonly wallets: number;
  readonly events: number;
  /** Documents that Elasticsearch will never accept. */
  readonly refused: number;
  /** Wallets whose stream breaks a rule. */
  readonly broken: number;
}

/** The counts of a slice after its next chunk. */
export function addCounts(before: SliceCounts, chunk: SliceCounts): SliceCounts {
  return {
    after: chunk.after,
    wallets: before.wallets + chunk.wallets,
    events: before.events + chunk.events,
    refused: before.refused + chunk.refused,
    broken: before.broken + chunk.broken,
  };
}

export interface FillArgument {
  readonly alias: string;
  readonly after: string;
  readonly until: string;
  readonly walletsMax: number;
  readonly fromStart?: boolean;
}

/**
 * Writes the wallets of (after, until], and returns after `walletsMax` of them or at a stop. Calls
 * `onWritten` for each answered request, in order. The wallets up to there need not be written again. Throws
 * RebuildSupersededError if the alias no longer exists.
 */
export async function fillIndex(
  { pool, elasticsearch }: ReadModelDeps,
  { alias, after, until, walletsMax, fromStart }: FillArgument,
  stop: AbortSignal,
  onWritten: (counts: SliceCounts) => void,
): Promise<SliceCounts & { readonly done: boolean }> {
  let written: SliceCounts = { after, wallets: 0, events: 0, refused: 0, broken: 0 };
  let open = { lines: [] as DocumentLines[], after, wallets: 0, events: 0, broken: 0 };
  const inFlight: Promise<SliceCounts>[] = [];
  let readWallets = 0;

  const send = () => {
    const { lines, ...chunk } = open;
    open = { lines: [], after: chunk.after, wallets: 0, events: 0, broken: 0 };
    const sent = bulkWrite(elasticsearch, alias, lines).then(({ refused, missingAlias }) => {
      if (missingAlias.length > 0)
        throw new RebuildSupersededError(`the index of alias "${alias}" is gone: someone removed it`);
      return { ...chunk, refused: refused.length };
    });
    sent.catch(() => undefined);
    inFlight.push(sent);
  };
  const settleDownTo = async (count: number) => {
    while (inFlight.length > count) {
      const chunk = (await inFlight.shift()) as SliceCounts;
      written = addCounts(written, chunk);
      onWritten(written);
    }
  };

  let done = true;
  for await (const folded of readFoldedWallets(pool, { after, until, fromStart })) {
    const streams = folded.slice(0, walletsMax - readWallets);
    const details = await readDetails(
      pool,
      streams.map(({ wallet }) => wallet),
    );
    for (const { walletId, wallet, events, broken } of streams) {
      if (wallet !== undefined) open.lines.push(documentLines(wallet, details.get(walletId)));
      open.after = walletId;
      open.wallets += 1;
      open.events += events;
      if (broken.length > 0) open.broken += 1;
    }
    readWallets += streams.length;
    if (open.lines.length >= documentsPerBulk) {
      await settleDownTo(bulksInFlightMax - 1);
      send();
    }
    if (readWallets >= walletsMax || stop.aborted) {
      done = false;
      break;
    }
  }
  if (open.wallets > 0) send();
  await settleDownTo(0);
  return { ...written, done };
}

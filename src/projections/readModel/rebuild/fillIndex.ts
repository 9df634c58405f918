// The backfill of a rebuild: wallets in order of id, folded from the event store, into the new index. Two requests are
// on their way while the next wallets are read and folded; memory is bounded by their sizes.
import { RebuildSupersededError } from '../../projection.ts';
import type { ReadModelDeps } from '../elasticsearch.ts';
import { bulkWrite, type DocumentLines, documentLines } from '../bulkWrite.ts';
import { readFoldedWallets } from '../fold/readFoldedWallets.ts';

const documentsPerBulk = 2_500;
const bulksInFlightMax = 2;

/** How far a slice has come: everything up to `after` is in the index. */
export interface SliceCounts {
  readonly after: string;
  readonly wallets: number;
  readonly events: number;
  /** Documents that Elasticsearch will never take. */
  readonly refused: number;
  /** Wallets whose stream breaks a rule. */
  readonly broken: number;
}

export interface FillArgument {
  readonly alias: string;
  readonly after: string;
  readonly until: string;
  readonly walletsMax: number;
}

/**
 * Fills wallets of (after, until], and returns behind `walletsMax` of them or at a stop. `onWritten` hears of each
 * request that was answered, in order: what it was told need not be done again. Throws RebuildSupersededError where there is
 * no such alias any more.
 */
export async function fillIndex(
  { pool, elasticsearch }: ReadModelDeps,
  { alias, after, until, walletsMax }: FillArgument,
  stop: AbortSignal,
  onWritten: (figures: SliceCounts) => void,
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
        throw new RebuildSupersededError(`the index behind "${alias}" is gone: someone removed it`);
      return { ...chunk, refused: refused.length };
    });
    sent.catch(() => undefined);
    inFlight.push(sent);
  };
  const settleDownTo = async (count: number) => {
    while (inFlight.length > count) {
      const chunk = (await inFlight.shift()) as SliceCounts;
      written = {
        after: chunk.after,
        wallets: written.wallets + chunk.wallets,
        events: written.events + chunk.events,
        refused: written.refused + chunk.refused,
        broken: written.broken + chunk.broken,
      };
      onWritten(written);
    }
  };

  let done = true;
  for await (const folded of readFoldedWallets(pool, { after, until })) {
    const streams = folded.slice(0, walletsMax - readWallets);
    for (const { walletId, wallet, events, broken } of streams) {
      if (wallet !== undefined) open.lines.push(documentLines(wallet));
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

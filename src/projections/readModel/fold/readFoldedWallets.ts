// Folds the wallets of a range from the event store, in order of id. Every event goes through `evolve`. The
// next page is read while the last one is folded and used. So memory holds two pages, however long a stream
// is.
import type { Pool } from 'pg';
import { BrokenStreamError, evolve, type Wallet } from '../../../domain/wallet.ts';
import { type PackedStream, readPackedStreams, unpack } from '../../../eventStore/read/readPackedStreams.ts';
import type { StreamCursor, StreamRange } from '../../../eventStore/read/readStreams.ts';
import { isMoving } from '../../../eventStore/packedEvents.ts';
import type { FoldedStream } from './foldStreams.ts';
import { foldWallet } from './foldWallet.ts';

/** Events of one read: enough to be fast, few enough not to block the event loop for long. */
const eventsPerRead = 10_000;

interface OpenWallet {
  readonly walletId: string;
  wallet: Wallet | undefined;
  events: number;
  /** An event changed more than a balance. */
  hasState: boolean;
  /** An event did not fit the packed form, so the complete stream is read again, event by event. */
  suspect: boolean;
}

/** Yields the wallets of a range in several parts, each wallet once and complete. */
export async function* readFoldedWallets(
  pool: Pool,
  range: StreamRange,
  limit = eventsPerRead,
): AsyncGenerator<readonly FoldedStream[]> {
  let open: OpenWallet | undefined;
  let reading = readPage(pool, range, { walletId: range.after, version: Number.MAX_SAFE_INTEGER }, limit);
  try {
    for (;;) {
      const page = await reading;
      const cursor = cursorAfter(page);
      const isLast = cursor === undefined || page.reduce((sum, { rows }) => sum + rows, 0) < limit;
      if (!isLast) reading = readPage(pool, range, cursor, limit);

      const complete: OpenWallet[] = [];
      for (const piece of page) {
        if (open !== undefined && open.walletId !== piece.walletId) complete.push(open);
        if (open?.walletId !== piece.walletId) {
          open = { walletId: piece.walletId, wallet: undefined, events: 0, hasState: false, suspect: false };
        }
        takePiece(open, piece);
      }
      if (isLast && open !== undefined) complete.push(open);
      if (complete.length > 0) yield await Promise.all(complete.map((one) => result(pool, range, one)));
      if (isLast) return;
    }
  } finally {
    // After a stop in the middle a read is still running, and nothing needs its result.
    await reading.catch(() => undefined);
  }
}

function readPage(
  pool: Pool,
  range: StreamRange,
  cursor: StreamCursor,
  limit: number,
): Promise<readonly PackedStream[]> {
  const reading = readPackedStreams(pool, range, cursor, limit);
  // It is awaited a moment later. Until then a failure must not count as unhandled.
  reading.catch(() => undefined);
  return reading;
}

function cursorAfter(page: readonly PackedStream[]): StreamCursor | undefined {
  const last = page.at(-1);
  return last === undefined ? undefined : { walletId: last.walletId, version: last.lastVersion };
}

function takePiece(open: OpenWallet, piece: PackedStream): void {
  open.events += piece.events;
  if (open.suspect) return;
  const { opening } = piece;
  if (opening !== undefined) {
    // Also in the middle of a stream: then the log was archived further since the page before.
    open.events = opening.events + piece.events;
    open.wallet = opening.wallet;
    open.hasState = opening.state !== undefined;
    open.suspect = opening.faults !== undefined;
  }
  const steps = unpack(piece);
  if (steps === undefined) {
    open.suspect = true;
    return;
  }
  try {
    for (const step of steps) {
      open.wallet = evolve(open.wallet, step);
      open.hasState ||= !isMoving(step.event.type);
    }
  } catch (error) {
    if (!(error instanceof BrokenStreamError)) throw error;
    open.suspect = true;
  }
}

async function result(pool: Pool, { upTo, fromStart }: StreamRange, open: OpenWallet): Promise<FoldedStream> {
  const { walletId, wallet, events, hasState } = open;
  const sound = { walletId, wallet, events, broken: [], unreadEnd: 0, hasState };
  if (!open.suspect) return sound;
  return (await foldWallet(pool, walletId, { upTo, fromStart })) ?? { ...sound, wallet: undefined };
}

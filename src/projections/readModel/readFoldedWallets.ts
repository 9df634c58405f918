// Wallets folded from the event store, in order of id. The next page is read while the last one is folded and used, and
// memory holds two pages, however long a stream is.
import type { Pool } from 'pg';
import {
  readStreams,
  type StreamPlace,
  type StreamRange,
  type StreamStep,
} from '../../eventStore/readStreams.ts';
import { createStreamFold, type FoldedStream } from './foldStreams.ts';

/** Events in one read: large enough to be fast, small enough for the event loop to breathe between two. */
const eventsPerRead = 10_000;

/** Yields the wallets of a range, some at a time, each once and whole. */
export async function* readFoldedWallets(
  pool: Pool,
  range: StreamRange,
  limit = eventsPerRead,
): AsyncGenerator<readonly FoldedStream[]> {
  const fold = createStreamFold();
  let reading = readPage(pool, range, { walletId: range.after, version: Number.MAX_SAFE_INTEGER }, limit);
  try {
    for (;;) {
      const steps = await reading;
      const last = steps.at(-1);
      if (last === undefined || steps.length < limit) {
        const wallets = [...fold.take(steps), ...fold.end()];
        if (wallets.length > 0) yield wallets;
        return;
      }
      reading = readPage(pool, range, last, limit);
      const wallets = fold.take(steps);
      if (wallets.length > 0) yield wallets;
    }
  } finally {
    // Whoever stops in the middle leaves a read behind; its failure is nobody's any more.
    await reading.catch(() => undefined);
  }
}

function readPage(
  pool: Pool,
  range: StreamRange,
  place: StreamPlace,
  limit: number,
): Promise<readonly StreamStep[]> {
  const reading = readStreams(pool, range, place, limit);
  // It is awaited a moment later: until then a failure must not count as unhandled.
  reading.catch(() => undefined);
  return reading;
}

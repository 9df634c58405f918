// Reads a page of a wallet's stream window by window. A page of a wallet in use lies in one or two segments,
// so the first window has few of them and each further one more.
//
// Invariant: the page has the events that one statement over the whole log would give.
import type { ReadDatabase } from '../../tenantReads.ts';
import { findWindow } from './findWindow.ts';
import {
  clampTo,
  guessOf,
  isWhole,
  type LogSegments,
  type LogWindow,
  sizeOf,
  type StreamPage,
  type StreamPlace,
  wholeLog,
  windowGrowth,
} from './logWindows.ts';

/** Reads the events of the page that lie in a window. */
type ReadWindow<Event> = (window: LogWindow, page: StreamPage) => Promise<readonly Event[]>;

export async function walkStream<Event extends { readonly version: number }>(
  database: Pick<ReadDatabase, 'query'>,
  place: StreamPlace,
  walletId: string,
  page: StreamPage,
  read: ReadWindow<Event>,
): Promise<Event[]> {
  const { order, start, limit } = page;
  const { segments } = place;
  let window = guessOf(place, page);
  let found = [...(await read(window, page))];
  if (isWhole(segments, window)) return found;
  if (order === 'asc' && place.stream !== undefined && start > place.stream.newest) return found;
  if (found[0]?.version !== start) {
    // Without the first version nobody knows where the next one lies, so the whole log is read.
    window = (await findWindow(database, place, walletId, start)) ?? wholeLog(segments);
    found = [...(await read(window, page))];
  }
  const end = order === 'asc' ? (place.stream?.newest ?? Infinity) : 1;
  while (found.length < limit && found.at(-1)?.version !== end) {
    const next = beside(segments, window, order);
    if (next === undefined) break;
    found.push(...(await read(next, { ...page, limit: limit - found.length })));
    window = next;
  }
  return found;
}

/** The next window in this direction, or undefined at the end of the log. */
function beside(segments: LogSegments, window: LogWindow, order: 'asc' | 'desc'): LogWindow | undefined {
  const size = sizeOf(window) * windowGrowth;
  const { first, last } = window;
  return clampTo(
    wholeLog(segments),
    order === 'asc' ? { first: last + 1, last: last + size } : { first: first - size, last: first - 1 },
  );
}

// Finds the window of the log that has one version of a wallet. It runs if a guess was wrong. A wallet's
// versions and positions rise together, so a look into a window tells on which side of it the version lies.
import type { ReadDatabase } from '../../tenantReads.ts';
import {
  clampTo,
  isFew,
  type LogSegments,
  type LogWindow,
  segmentGuess,
  sizeFor,
  sizeOf,
  type StreamPlace,
  wholeLog,
  widened,
  windowAround,
} from './logWindows.ts';
import { queryWindow } from './queryWindow.ts';

/** A look costs more than half of a read of the whole log. A wallet in use is found with the first ones. */
const looksMax = 8;

interface Versions {
  readonly oldest: number;
  readonly newest: number;
}

/** The versions of a wallet in a window, or undefined if it has none there. */
async function lookInto(
  database: Pick<ReadDatabase, 'query'>,
  segments: LogSegments,
  window: LogWindow,
  walletId: string,
): Promise<Versions | undefined> {
  const { rows } = await queryWindow<{ oldest: string | null; newest: string | null }>(
    database,
    segments,
    window,
    {
      name: 'find-versions-of-window',
      text: `
      select (select version
                from events
               where wallet_id = $1::text
                 and position >= $2::bigint
                 and position <= any(array[$3::bigint])
               order by version
               limit 1) as oldest,
             (select version
                from events
               where wallet_id = $1::text
                 and position >= $2::bigint
                 and position <= any(array[$3::bigint])
               order by version desc
               limit 1) as newest`,
      values: [walletId],
    },
  );
  const { oldest = null, newest = null } = rows[0] ?? {};
  return oldest === null || newest === null ? undefined : { oldest: Number(oldest), newest: Number(newest) };
}

/**
 * A window with this version, or undefined if the log does not have it. Looks into few segments first. A
 * wallet with a few events in years has most windows empty. Then they are made larger. The whole log is the
 * answer after too many looks.
 */
export async function findWindow(
  database: Pick<ReadDatabase, 'query'>,
  place: StreamPlace,
  walletId: string,
  version: number,
): Promise<LogWindow | undefined> {
  const { segments } = place;
  const all = wholeLog(segments);
  if (isFew(segments)) return all;
  // The version lies between these two segments, and above and below these two versions.
  let [below, above] = [all.first - 1, all.last + 1];
  let [versionBelow, versionAbove] = [0, Math.max(version, place.stream?.newest ?? version) + 1];
  const size = sizeFor(place, 1);
  let guess = windowAround(segments, segmentGuess(place, version), size);
  for (let looks = 1; looks <= looksMax; looks += 1) {
    const open = { first: below + 1, last: above - 1 };
    if (sizeOf(open) <= 0) return undefined;
    const window = clampTo(open, guess) ?? open;
    const found = await lookInto(database, segments, window, walletId);
    if (found === undefined) {
      if (sizeOf(window) >= sizeOf(open)) return undefined;
      guess = widened(segments, window);
      continue;
    }
    if (found.oldest <= version && version <= found.newest) return window;
    if (found.newest < version) [below, versionBelow] = [window.last, found.newest];
    else [above, versionAbove] = [window.first, found.oldest];
    // By the numbers of the versions, and each second time in the middle, which ends any search.
    const share = looks % 2 === 0 ? 0.5 : (version - versionBelow) / (versionAbove - versionBelow);
    guess = windowAround(segments, below + 1 + (above - below - 2) * share, size);
  }
  return all;
}

/** A window with these two versions and all between them. The whole log if it lacks one of them. */
export async function findWindowOf(
  database: Pick<ReadDatabase, 'query'>,
  place: StreamPlace,
  walletId: string,
  { oldest, newest }: Versions,
): Promise<LogWindow> {
  if (oldest > newest) return windowAround(place.segments, segmentGuess(place, newest), 1);
  const first = await findWindow(database, place, walletId, oldest);
  const last = oldest === newest ? first : await findWindow(database, place, walletId, newest);
  if (first === undefined || last === undefined) return wholeLog(place.segments);
  return { first: first.first, last: last.last };
}

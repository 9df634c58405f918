// Finds where times lie in a wallet's stream in the segments that were written at those times. It runs in a
// log of many segments, before a search in all of them.
//
// Invariant: an answer counts only if the version and the one after it were seen on both sides of the time.
import type { ReadDatabase } from '../../tenantReads.ts';
import { firstStep, type FoundVersion, type TimeBound } from '../foundVersions.ts';
import {
  isFew,
  isWhole,
  type LogWindow,
  readStreamPlace,
  segmentAt,
  sizeFor,
  type StreamPlace,
  widened,
  windowAround,
} from './logWindows.ts';
import { queryWindow } from './queryWindow.ts';

/** A search of the whole log costs about as much as a further window. */
const windowsMax = 2;

/** Undefined if the log has few segments, or if an answer is not certain. Then the whole log is searched. */
export async function findVersionsNearTimes(
  pool: ReadDatabase,
  walletId: string,
  bounds: readonly TimeBound[],
  upTo: number | undefined,
): Promise<readonly FoundVersion[] | undefined> {
  const place = await readStreamPlace(pool, walletId);
  if (isFew(place.segments) || place.stream === undefined) return undefined;
  const newest = Math.min(upTo ?? Infinity, place.stream.newest);
  const found: FoundVersion[] = [];
  for (const bound of bounds) {
    const one = await findNearTime(pool, place, walletId, bound, newest);
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found;
}

async function findNearTime(
  pool: ReadDatabase,
  place: StreamPlace,
  walletId: string,
  bound: TimeBound,
  newest: number,
): Promise<FoundVersion | undefined> {
  const { segments, stream } = place;
  if (stream === undefined) return undefined;
  const near = Math.min(Math.max(bound.time.getTime(), stream.createdAtMs), stream.updatedAtMs);
  let window = windowAround(segments, segmentAt(segments, near), sizeFor(place, 2));
  for (let windows = 1; windows <= windowsMax && !isWhole(segments, window); windows += 1) {
    const found = await searchWindow(pool, place, window, walletId, bound, newest);
    if (found !== undefined) return found;
    window = widened(segments, window);
  }
  return undefined;
}

interface WindowRow {
  readonly oldest: string | null;
  readonly last: string | null;
  readonly version: string;
  readonly position: string | null;
}

/** Versions below the window are before the time, and those above it are later. */
const versionInWindow = `
  with recursive edges as materialized (
    select (select version
              from events
             where wallet_id = $1::text
               and position >= $6::bigint
               and position <= any(array[$7::bigint])
             order by version
             limit 1) as oldest,
           (select version
              from events
             where wallet_id = $1::text
               and position >= $6::bigint
               and position <= any(array[$7::bigint])
             order by version desc
             limit 1) as last
  ), descent (step, version) as (
    select $5::bigint, 0::bigint
     union all
    select step / 2,
           case when version + step <= $4::bigint
                 and (version + step < (select oldest from edges)
                      or (version + step <= (select last from edges)
                          and exists (select
                                        from events
                                       where events.wallet_id = $1::text
                                         and events.version = descent.version + descent.step
                                         and position >= $6::bigint
                                         and position <= any(array[$7::bigint])
                                         and (events.occurred_at < $2::timestamptz
                                              or (events.occurred_at = $2::timestamptz and $3::boolean)))))
                then version + step
                else version end
      from descent
     where step > 0
  )
  select oldest,
         last,
         version,
         (select position
            from events
           where events.wallet_id = $1::text
             and events.version = descent.version
             and position >= $6::bigint
             and position <= any(array[$7::bigint])) as position
    from descent, edges
   where step = 0`;

/** Undefined if the window does not show both sides of the time. */
async function searchWindow(
  pool: ReadDatabase,
  { segments }: StreamPlace,
  window: LogWindow,
  walletId: string,
  { time, inclusive }: TimeBound,
  newest: number,
): Promise<FoundVersion | undefined> {
  const { rows } = await queryWindow<WindowRow>(pool, segments, window, {
    name: 'find-version-near-time',
    text: versionInWindow,
    values: [walletId, time, inclusive, newest, firstStep],
  });
  const [row] = rows;
  if (row === undefined || row.oldest === null || row.last === null) return undefined;
  const [oldest, last, version] = [Number(row.oldest), Number(row.last), Number(row.version)];
  const isBegun = version === 0 ? oldest === 1 : version >= oldest && row.position !== null;
  const isEnded = version === newest || version < last;
  if (!isBegun || !isEnded) return undefined;
  return { version, position: BigInt(row.position ?? 0), isNewest: version === newest };
}

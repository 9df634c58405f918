// Finds the next events of a few wallets for the event feed, in the streams of those wallets instead of the
// log. A wallet that is quiet for long costs no more than a busy one. The search begins in the segments after
// the reader, and goes on in later ones while the page is not full.
//
// Invariant: a call examines at most `eachMax` events of each wallet. Nothing is left out before its end.
import type { ReadDatabase } from '../tenantReads.ts';
import type { Section } from './readFeedEvents.ts';
import {
  clampTo,
  type LogSegments,
  type LogWindow,
  positionsOf,
  readLogSegments,
  segmentOf,
  segmentsFew,
  windowGrowth,
  wholeLog,
} from './windows/logWindows.ts';
import { queryWindow } from './windows/queryWindow.ts';

interface WalletsSection extends Section {
  /** Events of each wallet that are examined at most. */
  readonly eachMax: number;
  /** Positions that are returned at most. */
  readonly limit: number;
}

interface FoundRow {
  readonly position: string;
  /**
   * An event that is wanted, the end of the examination, or the most events of a wallet that were examined.
   */
  readonly kind: 'wanted' | 'end' | 'examined';
}

interface FoundInStreams {
  /** Positions of events of these types, in commit order. */
  readonly positions: readonly bigint[];
  /** Everything up to here was examined. Undefined if that is the whole section. */
  readonly examinedTo: bigint | undefined;
}

interface FoundInWindow extends FoundInStreams {
  readonly examined: number;
}

const nextOfStreams = `
  with recursive search (wallet_id, low, high) as (
    select id,
           0::bigint,
           -- In a window after the reader, each stream goes on with its first version.
           case when $2::bigint >= $7::bigint
                then coalesce((select version from events
                                where wallet_id = id
                                  and position >= $7::bigint
                                  and position <= any(array[$8::bigint])
                                order by version desc limit 1), 0)
                else 0 end
      from unnest($1::text[]) as id
     union all
    select search.wallet_id,
           case when at.position <= $2::bigint then halves.middle else low end,
           case when at.position <= $2::bigint then high else halves.middle - 1 end
      from search
     cross join lateral (select (low + high + 1) / 2 as middle) as halves
      left join lateral (
             select position
               from events
              where events.wallet_id = search.wallet_id
                and version >= halves.middle
                and position >= $7::bigint
                and position <= any(array[$8::bigint])
              order by version
              limit 1
           ) as at on true
     where low < high
  ), examined as materialized (
    select one.position,
           one.type,
           one.has_alerts,
           row_number() over (partition by search.wallet_id order by one.position) as place
      from search,
           lateral (
             select position,
                    type,
                    'WalletAlert' = any($5::text[]) and coalesce(extra, data) ? 'alerts' as has_alerts
               from events
              where events.wallet_id = search.wallet_id
                and version > search.low
                and position >= $7::bigint
                and position <= any(array[$8::bigint])
              order by version
              limit $4::integer
           ) as one
     where search.low >= search.high
  ), ending as (
    select min(position) as position
      from examined
     where place = $4::integer
       and position <= $3::bigint
  )
  (select position,
          'wanted' as kind
     from examined
    where position > $2::bigint
      and position <= coalesce((select position from ending), $3::bigint)
      and ($5::text[] is null or type = any($5::text[]) or has_alerts)
    order by position
    limit $6::integer)
   union all
  select position,
         'end'
    from ending
   where position is not null
   union all
  select coalesce(max(place), 0),
         'examined'
    from examined`;

/**
 * Where the next events of these wallets and types lie in this section of the log. `WalletAlert` stands for
 * events with alerts. A wallet's versions and positions rise together. So a binary search finds where its
 * stream goes on in the first window, in about 20 steps.
 *
 * The examination ends at the first stream that has more than `eachMax` events.
 */
export async function findFeedOfWallets(
  pool: ReadDatabase,
  walletIds: readonly string[],
  types: readonly string[] | undefined,
  section: WalletsSection,
): Promise<FoundInStreams> {
  const segments = await readLogSegments(pool);
  const positions: bigint[] = [];
  let { after, eachMax } = section;
  let window = firstWindow(segments, after);
  for (;;) {
    const [, end] = positionsOf(segments, window);
    const upTo = end < section.upTo ? end : section.upTo;
    const limit = section.limit - positions.length;
    const found = await findInWindow(pool, segments, window, walletIds, types, {
      after,
      upTo,
      eachMax,
      limit,
    });
    positions.push(...found.positions);
    const next = windowAfter(segments, window);
    if (found.examinedTo !== undefined) return { positions, examinedTo: found.examinedTo };
    if (upTo === section.upTo || next === undefined) return { positions, examinedTo: undefined };
    eachMax -= found.examined;
    if (positions.length >= section.limit || eachMax <= 0) return { positions, examinedTo: upTo };
    [after, window] = [upTo, next];
  }
}

async function findInWindow(
  pool: ReadDatabase,
  segments: LogSegments,
  window: LogWindow,
  walletIds: readonly string[],
  types: readonly string[] | undefined,
  { after, upTo, eachMax, limit }: WalletsSection,
): Promise<FoundInWindow> {
  const { rows } = await queryWindow<FoundRow>(pool, segments, window, {
    name: 'find-feed-of-wallets',
    // A missing version is judged by the next one, which also serves for archived ones. The order of versions
    // keeps each look on their index, also in a plan that was made for an empty segment. The positions of the
    // section stand outside of the limit. Inside, a plan may go through the log instead.
    text: nextOfStreams,
    values: [walletIds, after, upTo, eachMax, types ?? null, limit],
  });
  return foundOf(rows);
}

/** Small, because most readers are near the end of the log. All that are left, if they are few. */
function firstWindow(segments: LogSegments, after: bigint): LogWindow {
  const { last } = wholeLog(segments);
  const first = segmentOf(segments, after + 1n);
  return { first, last: Math.min(last, first + segmentsFew - 1) };
}

/** Larger, and then all that are left. */
function windowAfter(segments: LogSegments, { first, last }: LogWindow): LogWindow | undefined {
  const isFirst = last - first + 1 <= segmentsFew;
  const size = isFirst ? segmentsFew * windowGrowth : segments.starts.length;
  return clampTo(wholeLog(segments), { first: last + 1, last: last + size });
}

function foundOf(rows: readonly FoundRow[]): FoundInWindow {
  const at = (kind: FoundRow['kind']) =>
    rows.filter((row) => row.kind === kind).map(({ position }) => BigInt(position));
  return { positions: at('wanted'), examinedTo: at('end')[0], examined: Number(at('examined')[0] ?? 0) };
}

// Finds the next events of a few wallets for the event feed, in the streams of those wallets instead of the
// log. A wallet that is quiet for long costs no more than a busy one.
//
// Invariant: a call examines at most `eachMax` events of each wallet. Nothing is left out before its end.
import { archivedThrough } from '../openingRows.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import type { Section } from './readFeedEvents.ts';

interface WalletsSection extends Section {
  /** Events of each wallet that are examined at most. */
  readonly eachMax: number;
  /** Positions that are returned at most. */
  readonly limit: number;
}

interface FoundRow {
  readonly position: string;
  /** Whether the examination ends there, instead of an event that is wanted. */
  readonly is_end: boolean;
}

interface FoundInStreams {
  /** Positions of events of these types, in commit order. */
  readonly positions: readonly bigint[];
  /** Everything up to here was examined. Undefined if that is the whole section. */
  readonly examinedTo: bigint | undefined;
}

const nextOfStreams = `
  with recursive search (wallet_id, opened, low, high) as (
    select id,
           coalesce((select version from opening_wallets
                      where wallet_id = id and position <= ${archivedThrough}
                      order by version desc limit 1), 0),
           0::bigint,
           coalesce((select version from events
                      where wallet_id = id order by version desc limit 1), 0)
      from unnest($1::text[]) as id
     union all
    select search.wallet_id,
           opened,
           case when coalesce(at.position <= $2::bigint, halves.middle <= opened) then halves.middle else low end,
           case when coalesce(at.position <= $2::bigint, halves.middle <= opened) then high else halves.middle - 1 end
      from search
     cross join lateral (select (low + high + 1) / 2 as middle) as halves
      left join lateral (
             select position
               from events
              where events.wallet_id = search.wallet_id
                and version = halves.middle
             offset 0
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
          false as is_end
     from examined
    where position > $2::bigint
      and position <= coalesce((select position from ending), $3::bigint)
      and ($5::text[] is null or type = any($5::text[]) or has_alerts)
    order by position
    limit $6::integer)
   union all
  select position,
         true
    from ending
   where position is not null`;

/**
 * Where the next events of these wallets and types lie in this section of the log. `WalletAlert` stands for
 * events with alerts. A wallet's versions and positions rise together. So a binary search finds where its
 * stream goes on, in about 20 steps.
 *
 * The examination ends at the first stream that has more than `eachMax` events.
 */
export async function findFeedOfWallets(
  pool: ReadDatabase,
  walletIds: readonly string[],
  types: readonly string[] | undefined,
  { after, upTo, eachMax, limit }: WalletsSection,
): Promise<FoundInStreams> {
  const { rows } = await pool.query<FoundRow>({
    name: 'find-feed-of-wallets',
    // A missing version counts as later, so a damaged stream is searched from further below. An archived one
    // counts as earlier. Otherwise the page would end before `after`, and its reader would stand still.
    // Positions are bounded outside of the limit. Inside, a plan may go through the log instead.
    text: nextOfStreams,
    values: [walletIds, after, upTo, eachMax, types ?? null, limit],
  });
  return foundOf(rows);
}

function foundOf(rows: readonly FoundRow[]): FoundInStreams {
  const end = rows.find(({ is_end }) => is_end);
  return {
    positions: rows.filter(({ is_end }) => !is_end).map(({ position }) => BigInt(position)),
    examinedTo: end === undefined ? undefined : BigInt(end.position),
  };
}

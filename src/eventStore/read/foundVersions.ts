// The question and the answer of a search for a time in a wallet's stream, and the beginning of its
// statement. Shared by the search of whole streams (findVersions.ts), that of archived ones
// (findArchivedVersions.ts) and that in the segments of the time (windows/findNearTime.ts).

export interface TimeBound {
  readonly time: Date;
  /** Whether an event at exactly this time counts as well. */
  readonly inclusive: boolean;
}

/** The first step down. No wallet has twice as many events. */
export const firstStep = 2 ** 40;

export interface FoundVersion {
  /** The last version before the time, or 0. */
  readonly version: number;
  /** Position of its event; 0 for version 0. */
  readonly position: bigint;
  /** True if no event of the stream is later. */
  readonly isNewest: boolean;
}

export interface FoundRow {
  readonly version: string;
  readonly position: string;
  readonly newest: string;
}

/** The newest version that may be the answer. No row if there is no such wallet. */
export const newestOfStream = `stream as materialized (
    select least(newest, $4::bigint) as newest
      from (select coalesce(
              (select version
                 from wallets
                where id = any(array[$1::text])
                order by id),
              (select version
                 from events
                where wallet_id = $1::text
                order by version desc
                limit 1)) as newest) as known
     where newest is not null
  )`;

/**
 * The condition that `happened_at` lies before the bound `nth`. The statement has the times of the bounds as
 * $2, and as $3 whether an event at exactly that time counts as well.
 */
export const isBeforeBound = `(happened_at < ($2::timestamptz[])[nth]
                                     or (happened_at = ($2::timestamptz[])[nth]
                                         and ($3::boolean[])[nth]))`;

export function toFoundVersion({ version, position, newest }: FoundRow): FoundVersion {
  return { version: Number(version), position: BigInt(position), isNewest: version === newest };
}

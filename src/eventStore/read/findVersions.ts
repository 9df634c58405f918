// Finds where times lie in a wallet's stream. Balances at a time, statements, ledger entries and movements
// of a period begin and end at these versions. So their cost depends on the period, and not on the history.
//
// Invariant: a wallet's time never runs backwards (R4), so the events before a time are the first ones of the
// stream. A verification names a stream that breaks this (checkTimes.ts).
import { archivedThrough } from '../openingRows.ts';
import { explainMissing } from '../retainedLog.ts';
import type { ReadDatabase } from '../tenantReads.ts';

export interface TimeBound {
  readonly time: Date;
  /** Whether an event at exactly this time counts as well. */
  readonly inclusive: boolean;
}

export interface FoundVersion {
  /** The last version before the time, or 0. */
  readonly version: number;
  /** Position of its event; 0 for version 0. */
  readonly position: bigint;
  /** True if no event of the stream is later. */
  readonly isNewest: boolean;
}

interface FoundRow {
  readonly version: string;
  readonly position: string;
  readonly newest: string;
  /** The next version is archived and not in the log, so nobody can say which one is the last. */
  readonly is_archived: boolean | null;
}

/** The first step down. No wallet has twice as many events. */
const firstStep = 2 ** 40;

const versionsBefore = `
  with recursive stream as materialized (
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
  ), opened as materialized (
    select version, created_at, updated_at
      from opening_wallets
     where wallet_id = $1::text
       and position <= ${archivedThrough}
     order by opening_wallets.version desc
     limit 1
  ), descent (nth, step, version) as (
    select nth, $5::bigint, 0::bigint
      from stream, unnest($2::timestamptz[]) with ordinality as bound (time, nth)
     union all
    select nth,
           step / 2,
           case when version + step <= (select newest from stream)
                 and (exists (select
                                from events
                               where events.wallet_id = $1::text
                                 and events.version = descent.version + descent.step
                                 and (events.occurred_at < ($2::timestamptz[])[nth]
                                      or (events.occurred_at = ($2::timestamptz[])[nth]
                                          and ($3::boolean[])[nth])))
                      or exists (select
                                   from opened
                                  where opened.version >= descent.version + descent.step
                                    and (opened.updated_at < ($2::timestamptz[])[nth]
                                         or (opened.updated_at = ($2::timestamptz[])[nth]
                                             and ($3::boolean[])[nth])
                                         or (select events.occurred_at < ($2::timestamptz[])[nth]
                                               from events
                                              where events.wallet_id = $1::text
                                                and events.version > descent.version + descent.step
                                                and events.version <= opened.version
                                              order by events.version
                                              limit 1))))
                then version + step
                else version end
      from descent
     where step > 0
  )
  select version,
         newest,
         coalesce((select position
                     from events
                    where events.wallet_id = $1::text
                      and events.version = descent.version),
                  -- An entry of the next version may lie at the last archived position.
                  case when descent.version = (select version from opened)
                       then ${archivedThrough} - 1 end,
                  0) as position,
         descent.version < (select version from opened where created_at <= ($2::timestamptz[])[nth])
           -- PostgreSQL would hash all versions for a condition with exists.
           and (select events.version
                  from events
                 where events.wallet_id = $1::text
                   and events.version = descent.version + 1) is null as is_archived
    from descent, stream
   where step = 0
   order by nth`;

/**
 * The last version up to `upTo` that happened before each of these times, in their order. Undefined if there
 * is no such wallet. Throws ArchivedError if the answer is archived. The search descends by powers of two and
 * reads one event a step: 21 for a million events. Steps above the newest version read nothing.
 *
 * Invariant: a later time never gives an earlier version, and later events never change the answer for a time
 * that has passed. So two periods that touch share no event and miss none, also in a damaged stream.
 */
export async function findVersions(
  pool: ReadDatabase,
  walletId: string,
  bounds: readonly TimeBound[],
  upTo?: number,
): Promise<readonly FoundVersion[] | undefined> {
  const { rows } = await pool.query<FoundRow>({
    name: 'find-versions',
    // A missing version counts as later, unless a later one is before the time. The row of the wallet knows
    // the newest version. A stream that has lost its row is asked itself.
    text: versionsBefore,
    values: [
      walletId,
      bounds.map(({ time }) => time),
      bounds.map(({ inclusive }) => inclusive),
      upTo ?? null,
      firstStep,
    ],
  });
  if (rows.length === 0) return undefined;
  const archived = rows.find(({ is_archived }) => is_archived === true);
  if (archived !== undefined) await explainMissing(pool, walletId, Number(archived.version) + 1);
  return rows.map(({ version, position, newest }) => ({
    version: Number(version),
    position: BigInt(position),
    isNewest: version === newest,
  }));
}

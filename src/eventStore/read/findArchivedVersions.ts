// Finds where times lie in the stream of a wallet with archived events. Some of its versions may have left
// the log, and its opening state tells of them. findVersions.ts asks it for no other wallet.
import { archivedThrough } from '../openingRows.ts';
import { explainMissing } from '../retainedLog.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import {
  type FoundRow,
  type FoundVersion,
  isBeforeBound,
  newestOfStream,
  toFoundVersion,
} from './foundVersions.ts';

const versionsOfArchived = `
  with recursive ${newestOfStream}, opened as materialized (
    select version, created_at, updated_at as happened_at
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
                                from (select occurred_at as happened_at
                                        from events
                                       where events.wallet_id = $1::text
                                         and events.version = descent.version + descent.step) as event
                               where ${isBeforeBound})
                      or exists (select
                                   from opened
                                  where opened.version >= descent.version + descent.step
                                    and (${isBeforeBound}
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
 * As findVersions, for a wallet with archived events. It is a statement of its own, because PostgreSQL
 * prepares all segments for each mention of the log. In one statement every wallet would pay for them.
 */
export async function findVersionsOfArchived(
  pool: ReadDatabase,
  walletId: string,
  values: readonly unknown[],
): Promise<readonly FoundVersion[] | undefined> {
  const { rows } = await pool.query<FoundRow & { readonly is_archived: boolean | null }>({
    name: 'find-versions-of-archived',
    // A missing version counts as later, unless a later one is before the time.
    text: versionsOfArchived,
    values: [...values],
  });
  if (rows.length === 0) return undefined;
  // Its next version is archived and not in the log, so nobody can say which one is the last.
  const archived = rows.find(({ is_archived }) => is_archived === true);
  if (archived !== undefined) await explainMissing(pool, walletId, Number(archived.version) + 1);
  return rows.map(toFoundVersion);
}

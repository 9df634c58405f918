// Finds where times lie in a wallet's stream. Balances at a time, statements, ledger entries and movements
// of a period begin and end at these versions. So their cost depends on the period, and not on the history.
//
// Invariant: a wallet's time never runs backwards (R4), so the events before a time are the first ones of the
// stream. A verification names a stream that breaks this (checkTimes.ts).
import { archivedThrough } from '../openingRows.ts';
import { findVersionsOfArchived } from './findArchivedVersions.ts';
import {
  firstStep,
  type FoundRow,
  type FoundVersion,
  isBeforeBound,
  newestOfStream,
  type TimeBound,
  toFoundVersion,
} from './foundVersions.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import { findVersionsNearTimes } from './windows/findNearTime.ts';

const versionsInLog = `
  with recursive ${newestOfStream}, descent (nth, step, version) as (
    select nth, $5::bigint, 0::bigint
      from stream, unnest($2::timestamptz[]) with ordinality as bound (time, nth)
     union all
    select nth,
           step / 2,
           case when version + step <= (select newest from stream)
                 and exists (select
                               from (select occurred_at as happened_at
                                       from events
                                      where events.wallet_id = $1::text
                                        and events.version = descent.version + descent.step) as event
                              where ${isBeforeBound})
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
                      and events.version = descent.version), 0) as position,
         (select true
            from opening_wallets
           where opening_wallets.wallet_id = $1::text
             and opening_wallets.position <= ${archivedThrough}
           limit 1) as has_archived
    from descent, stream
   where step = 0
   order by nth`;

/**
 * The last version up to `upTo` that happened before each of these times, in their order. Undefined if there
 * is no such wallet. Throws ArchivedError if the answer is archived. The search descends by powers of two and
 * reads one event a step: 21 for a million events. Steps above the newest version read nothing. In a log of
 * many segments it looks in those of the time first.
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
  const near = await findVersionsNearTimes(pool, walletId, bounds, upTo);
  if (near !== undefined) return near;
  const values = [
    walletId,
    bounds.map(({ time }) => time),
    bounds.map(({ inclusive }) => inclusive),
    upTo ?? null,
    firstStep,
  ];
  // A missing version counts as later. The row of the wallet knows the newest version. A stream that has lost
  // its row is asked itself.
  const { rows } = await pool.query<FoundRow & { readonly has_archived: boolean | null }>({
    name: 'find-versions',
    text: versionsInLog,
    values,
  });
  const [first] = rows;
  if (first === undefined) return undefined;
  return first.has_archived === true
    ? findVersionsOfArchived(pool, walletId, values)
    : rows.map(toFoundVersion);
}

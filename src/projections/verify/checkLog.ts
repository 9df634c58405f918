// Checks the log itself, which everything else is compared with: no position is missing, the head is as high
// as every trace of an event, and every accepted command has its events. Reads only. What it finds can't be
// repaired from the log.
import type { Pool } from 'pg';
import { archivedThrough } from '../../eventStore/openingRows.ts';
import { OutcomeDecodeError } from '../../eventStore/outcomeCodec.ts';
import { type OutcomeRow, toRecordedOutcome } from '../../eventStore/recordRows.ts';
import { requiredProjections } from '../registry.ts';
import type { Difference } from './differences.ts';

export interface CheckedPositions {
  /** Position up to which the log was checked. */
  readonly after: bigint;
  readonly events: number;
  readonly differences: readonly Difference[];
}

/** Finds the missing positions among the next `limit` ones after `after`, up to `upTo`. */
export async function checkPositions(
  pool: Pool,
  { after, upTo, limit }: { readonly after: bigint; readonly upTo: bigint; readonly limit: number },
): Promise<CheckedPositions> {
  const through = after + BigInt(limit) < upTo ? after + BigInt(limit) : upTo;
  const { rows } = await pool.query<{ events: string; gap_start: string | null; gap_end: string | null }>({
    name: 'check-positions',
    text: `
      with page as (
        select position
          from events
         where position > $1::bigint
           and position <= $2::bigint
      ), steps as (
        select position, lag(position, 1, $1::bigint) over (order by position) as previous
          from (select position from page union all select $2::bigint + 1) as closed
      )
      select counted.events, gaps.gap_start, gaps.gap_end
        from (select count(*) as events from page) as counted
        left join (select previous + 1 as gap_start, position - 1 as gap_end
                     from steps
                    where position > previous + 1
                    order by position
                    limit $3::integer) as gaps
          on true`,
    values: [after, through, gapsPerPageMax],
  });
  return {
    after: through,
    events: Number(rows[0]?.events ?? 0),
    differences: rows.flatMap(({ gap_start: start, gap_end: end }): Difference[] =>
      start === null || end === null
        ? []
        : [{ where: 'log', position: Number(start), fields: [`missing through ${end}`] }],
    ),
  };
}

/** Gaps of one page that are listed. A log has none, so more than a few say no more. */
const gapsPerPageMax = 100;

/** Every trace that an event of some position was there, by the table that has it. One snapshot. */
export async function checkHead(pool: Pool): Promise<readonly Difference[]> {
  const { rows } = await pool.query<{ trace: string; position: string; head: string }>({
    name: 'check-head',
    text: `
      select traces.trace, traces.position, log_head.position as head
        from log_head
       cross join lateral (
             select 'events' as trace, max(position) as position from events where position > log_head.position
              union all
             select 'outbox', max(position) from outbox_rows where position > log_head.position
              union all
             select case form when 'legs' then 'ledger_entries' else 'ledger_postings' end,
                    case form
                      when 'legs' then (select max(position) from ledger_entries)
                      else (select max(position) from ledger_postings)
                    end
               from ledger_form
              union all
             select 'projection_failures', max(last.position)
               from projector_checkpoints as checkpoints
              cross join lateral (select max(position) as position
                                    from projection_failures as failures
                                   where failures.projection = checkpoints.projection) as last
              union all
             select 'checkpoint ' || projection, position from projector_checkpoints
              union all
             select 'outbox_upkeep', greatest(pruned_through, checked_through) from outbox_upkeep
       ) as traces
       where traces.position > log_head.position
       order by traces.trace`,
  });
  return rows.map(({ trace, position, head }) => ({
    where: 'log',
    position: Number(position),
    fields: [`head is ${head}, and ${trace} proves more`],
  }));
}

export interface CheckedRecords {
  /** The last command id that was checked. */
  readonly after: string;
  readonly records: number;
  readonly done: boolean;
  readonly differences: readonly Difference[];
}

interface RecordRow extends OutcomeRow {
  readonly command_id: string;
}

/** Sorts before every other command id. */
export const firstCommandId = '00000000-0000-0000-0000-000000000000';

/**
 * Looks up the events of the next `limit` accepted commands after `after`. The record names each wallet and
 * the version that the command left it at, and the event there names the command. An event in its place that
 * another command made proves nothing.
 */
export async function checkRecords(pool: Pool, after: string, limit: number): Promise<CheckedRecords> {
  const { rows } = await pool.query<RecordRow>({
    name: 'read-accepted-records',
    text: `
      select command_id, status, headers, body, accepted, outcome
        from idempotency_keys
       where command_id > $1::uuid
       order by command_id
       limit $2::integer`,
    values: [after, limit],
  });
  const accepted = rows.filter((row) => row.accepted ?? (row.status ?? 400) < 300);
  const named = accepted.map((row) => ({ commandId: row.command_id, wallets: walletsIn(row) }));
  const reached = named.flatMap(({ commandId, wallets }) => wallets.map((one) => ({ commandId, ...one })));
  const unreadable = named.filter(({ wallets }) => wallets.length === 0);
  const missing = await readMissing(pool, reached);
  return {
    after: rows.at(-1)?.command_id ?? after,
    records: accepted.length,
    done: rows.length < limit,
    differences: [
      ...missing.map(({ walletId, version }): Difference => ({
        where: 'record',
        walletId,
        fields: [`event of version ${version} missing`],
      })),
      ...unreadable.map(({ commandId }): Difference => ({
        where: 'record',
        fields: [`answer of command ${commandId} unreadable`],
      })),
    ],
  };
}

interface ReachedVersion {
  readonly commandId: string;
  readonly walletId: string;
  readonly version: number;
}

async function readMissing(pool: Pool, reached: readonly ReachedVersion[]) {
  if (reached.length === 0) return [];
  const { rows } = await pool.query<{ wallet_id: string; version: string }>({
    name: 'read-records-without-event',
    text: `
      select reached.wallet_id, reached.version
        from unnest($1::text[], $2::bigint[], $3::text[]) as reached (wallet_id, version, command_id)
       where (select coalesce(events.command_id::text, events.metadata ->> 'commandId')
                from events
               where events.wallet_id = reached.wallet_id
                 and events.version = reached.version) is distinct from reached.command_id
         and not exists (
               -- An archived event may have left the log.
               select
                 from opening_wallets
                where opening_wallets.wallet_id = reached.wallet_id
                  and opening_wallets.version >= reached.version
                  and opening_wallets.position <= ${archivedThrough}
             )
       order by reached.wallet_id, reached.version`,
    values: [
      reached.map(({ walletId }) => walletId),
      reached.map(({ version }) => version),
      reached.map(({ commandId }) => commandId),
    ],
  });
  return rows.map(({ wallet_id: walletId, version }) => ({ walletId, version: Number(version) }));
}

type Named = readonly { readonly walletId: string; readonly version: number }[];

/** The wallets of a record: one wallet, or both of a transfer. None if it can't be read. */
function walletsIn(row: RecordRow): Named {
  try {
    const outcome = toRecordedOutcome(row);
    if ('former' in outcome) return walletsInAnswer(JSON.parse(outcome.former.body));
    if (!('accepted' in outcome)) return [];
    const { accepted, movementVersions = [] } = outcome;
    const reached = accepted.map(({ id, version }) => ({ walletId: id, version }));
    const moved = movementVersions.flatMap((version, at) =>
      version === undefined ? [] : [{ walletId: accepted[at]?.id ?? '', version }],
    );
    return [...reached, ...moved];
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof OutcomeDecodeError)) throw error;
    return [];
  }
}

function walletsInAnswer(answer: unknown): Named {
  if (typeof answer !== 'object' || answer === null) return [];
  const { fromWallet, toWallet } = answer as { fromWallet?: unknown; toWallet?: unknown };
  const wallets = fromWallet === undefined ? [answer] : [fromWallet, toWallet];
  const found = wallets.flatMap((wallet) => {
    const { id, version } = (wallet ?? {}) as { id?: unknown; version?: unknown };
    return typeof id === 'string' && typeof version === 'number' ? [{ walletId: id, version }] : [];
  });
  return found.length === wallets.length ? found : [];
}

export interface UncomparedEvents {
  /** Position up to which every required projection has come; 0 if one has no checkpoint. */
  readonly comparable: number;
  /** Events up to `upTo` that are parked in at least one of them. */
  readonly parked: number;
  /** Events up to `upTo` that an operator skipped in at least one of them. */
  readonly skipped: number;
}

/** What a verification up to `upTo` can't compare. */
export async function readUncompared(pool: Pool, upTo: bigint): Promise<UncomparedEvents> {
  const { rows } = await pool.query<{ comparable: string | null; parked: string; skipped: string }>({
    name: 'read-uncompared',
    text: `
      select (select case when count(*) = cardinality($2::text[]) then min(position) end
                from projector_checkpoints
               where projection = any($2::text[])) as comparable,
             count(distinct position) filter (where resolved_at is null) as parked,
             count(distinct position) filter (where skipped_at is not null) as skipped
        from projection_failures
       where position <= $1::bigint
         and projection = any($2::text[])`,
    values: [upTo, requiredProjections],
  });
  const { comparable = null, parked = '0', skipped = '0' } = rows[0] ?? {};
  return { comparable: Number(comparable ?? 0), parked: Number(parked), skipped: Number(skipped) };
}

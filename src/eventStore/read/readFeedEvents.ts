// Reads pages of the log for the event feed: from the whole log of a tenant, or from the streams of a few
// wallets. The caller reads the head before, so both ends of a page are known.
//
// Invariant: a call examines at most the events between its two ends, or `eachMax` events of each wallet.
import type { Pool, PoolClient } from 'pg';
import { scopedId, type Tenant } from '../../domain/tenant.ts';
import type { RecordedEvent } from '../eventCodec.ts';
import type { ReadDatabase } from '../tenantReads.ts';
import { eventColumns as columns, type EventRow, toRecordedEvent } from './readEvents.ts';

/** An event with the command and the request that made it, if this service knows them. */
export interface TracedEvent extends RecordedEvent {
  readonly commandId: string | undefined;
  readonly correlationId: string | undefined;
}

interface TracedRow extends EventRow {
  readonly command_id: string | null;
  readonly correlation_id: string | null;
}

const tracedColumns = `${columns},
             coalesce(command_id::text, metadata->>'commandId') as command_id,
             coalesce(correlation_id::text, extra->>'correlationId', command_id::text,
                      metadata->>'correlationId') as correlation_id`;

function toTracedEvent(row: TracedRow): TracedEvent {
  return {
    ...toRecordedEvent(row),
    commandId: row.command_id ?? undefined,
    correlationId: row.correlation_id ?? undefined,
  };
}

/** Positions above `after`, up to `upTo`. */
export interface Section {
  readonly after: bigint;
  /** Included. Never above the head that was read before. */
  readonly upTo: bigint;
}

/** All conditions must hold; undefined asks for nothing. Owner and label are those of now. */
export interface LogConditions {
  readonly types: readonly string[] | undefined;
  /** By its id inside. */
  readonly ownerId: string | undefined;
  readonly label: string | undefined;
}

/** At most `limit` events of a tenant in this section of the log, in commit order. */
export async function readFeedOfLog(
  pool: ReadDatabase,
  tenant: Tenant,
  { types, ownerId, label }: LogConditions,
  { after, upTo }: Section,
  limit: number,
): Promise<TracedEvent[]> {
  const { rows } = await pool.query<TracedRow>({
    name: 'read-feed-of-log',
    // Only the primary key of wallets gives their order. A plan for an empty table would take another index.
    text: `
      select ${tracedColumns}
        from events
       where position > $1::bigint
         and position <= $2::bigint
         and left(wallet_id, strpos(wallet_id, '/')) = $3::text
         and ($4::text[] is null or type = any($4::text[]))
         and ($5::text is null
              or (select owner_id from wallets
                   where wallets.id = any(array[events.wallet_id])
                   order by wallets.id
                   limit 1) = $5::text)
         and ($6::text is null
              or $6::text = any((select labels from wallet_details
                                  where wallet_details.wallet_id = events.wallet_id)::text[]))
       order by position
       limit $7::integer`,
    values: [after, upTo, scopedId(tenant, ''), types ?? null, ownerId ?? null, label ?? null, limit],
  });
  return rows.map(toTracedEvent);
}

/** At most `limit` events of all tenants after this position, in commit order. */
export async function readFeedAfter(
  database: Pick<Pool | PoolClient, 'query'>,
  after: bigint,
  limit: number,
): Promise<TracedEvent[]> {
  const { rows } = await database.query<TracedRow>({
    name: 'read-feed-after',
    text: `
      select ${tracedColumns}
        from events
       where position > $1::bigint
       order by position
       limit $2::integer`,
    values: [after, limit],
  });
  return rows.map(toTracedEvent);
}

/** The events at exactly these positions, in commit order. */
export async function readFeedAt(pool: ReadDatabase, positions: readonly bigint[]): Promise<TracedEvent[]> {
  const { rows } = await pool.query<TracedRow>({
    name: 'read-feed-at',
    text: `
      select ${tracedColumns}
        from events
       where position = any($1::bigint[])
       order by position`,
    values: [positions],
  });
  return rows.map(toTracedEvent);
}

/** An event of a wallet's stream, without its content. */
export interface StreamHit {
  readonly walletId: string;
  readonly position: bigint;
  readonly type: string;
}

/**
 * The next events of these wallets in this section of the log, at most `eachMax` of each. A wallet's versions
 * and positions rise together. So a search by halves finds where its stream goes on, in about 20 steps.
 */
export async function findFeedOfWallets(
  pool: ReadDatabase,
  walletIds: readonly string[],
  { after, upTo }: Section,
  eachMax: number,
): Promise<readonly StreamHit[]> {
  const { rows } = await pool.query<{ wallet_id: string; position: string; type: string }>({
    name: 'find-feed-of-wallets',
    // A version that is missing counts as later, so a damaged stream is searched from further below.
    text: `
      with recursive search (wallet_id, low, high) as (
        select id,
               0::bigint,
               coalesce((select version from events
                          where wallet_id = id order by version desc limit 1), 0)
          from unnest($1::text[]) as id
         union all
        select search.wallet_id,
               case when coalesce(at.position <= $2::bigint, false) then halves.middle else low end,
               case when coalesce(at.position <= $2::bigint, false) then high else halves.middle - 1 end
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
      )
      select found.wallet_id, found.position, found.type
        from search,
             lateral (
               select wallet_id, position, type
                 from events
                where events.wallet_id = search.wallet_id
                  and version > search.low
                  and position > $2::bigint
                  and position <= $3::bigint
                order by version
                limit $4::integer
             ) as found
       where search.low >= search.high`,
    values: [walletIds, after, upTo, eachMax],
  });
  return rows.map(({ wallet_id, position, type }) => ({
    walletId: wallet_id,
    position: BigInt(position),
    type,
  }));
}

/** At most `limit` wallets of this owner, by their ids inside. */
export async function findWalletsOfOwner(
  pool: ReadDatabase,
  ownerId: string,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'find-wallets-of-owner',
    text: `
      select id
        from wallets
       where owner_id = $1::text
       order by id
       limit $2::integer`,
    values: [ownerId, limit],
  });
  return rows.map(({ id }) => id);
}

/** What a filter asks of a wallet, as it is now. */
export interface WalletFacts {
  readonly ownerId: string;
  readonly labels: readonly string[];
}

/** By wallet. The caller bounds their number. */
export async function readWalletFacts(
  database: Pick<Pool | PoolClient, 'query'>,
  walletIds: readonly string[],
): Promise<ReadonlyMap<string, WalletFacts>> {
  const { rows } = await database.query<{ id: string; owner_id: string; labels: string[] | null }>({
    name: 'read-wallet-facts',
    // Only the primary key gives this order. A plan for an empty table would take another index.
    text: `
      select id,
             owner_id,
             (select labels from wallet_details where wallet_details.wallet_id = wallets.id) as labels
        from wallets
       where id = any($1::text[])
       order by id`,
    values: [walletIds],
  });
  return new Map(rows.map(({ id, owner_id, labels }) => [id, { ownerId: owner_id, labels: labels ?? [] }]));
}

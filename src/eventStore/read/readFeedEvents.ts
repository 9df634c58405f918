// Reads pages of the log for the event feed, and the facts about wallets that its filters ask for. The caller
// reads the head before, so both ends of a page are known.
//
// Invariant: a call examines at most the events between its two ends.
import type { Pool, PoolClient } from 'pg';
import { scopedId, type Tenant } from '../../domain/tenant.ts';
import type { RecordedEvent } from '../eventCodec.ts';
import { boundsOf } from '../positionBounds.ts';
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

/** All conditions must hold. An undefined one fits every event. Owner and label are those of now. */
export interface LogConditions {
  /** Types in the log, and `WalletAlert` for every event with alerts. */
  readonly types: readonly string[] | undefined;
  /** By its id inside. */
  readonly ownerId: string | undefined;
  /** One of these. */
  readonly labels: readonly string[] | undefined;
}

/** At most `limit` events of a tenant in this section of the log, in commit order. */
export async function readFeedOfLog(
  pool: ReadDatabase,
  tenant: Tenant,
  { types, ownerId, labels }: LogConditions,
  { after, upTo }: Section,
  limit: number,
): Promise<TracedEvent[]> {
  const { rows } = await pool.query<TracedRow>({
    name: 'read-feed-of-log',
    // The order of wallets keeps the plan on their primary key, also one that was made while they were few.
    text: `
      select ${tracedColumns}
        from events
       where position > $1::bigint
         and position <= $2::bigint
         and left(wallet_id, strpos(wallet_id, '/')) = $3::text
         and ($4::text[] is null
              or type = any($4::text[])
              or ('WalletAlert' = any($4::text[]) and coalesce(extra, data) ? 'alerts'))
         and ($5::text is null
              or (select owner_id from wallets
                   where wallets.id = any(array[events.wallet_id])
                   order by wallets.id
                   limit 1) = $5::text)
         and ($6::text[] is null
              or $6::text[] && (select labels from wallet_details
                                 where wallet_details.wallet_id = events.wallet_id))
       order by position
       limit $7::integer`,
    values: [after, upTo, scopedId(tenant, ''), types ?? null, ownerId ?? null, labels ?? null, limit],
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
         and position between $2::bigint and $3::bigint
       order by position`,
    values: [positions, ...boundsOf(positions)],
  });
  return rows.map(toTracedEvent);
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

/** The facts about a wallet that a filter asks for, as they are now. */
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
    // The order keeps the plan on the primary key, also one that was made while the table was empty.
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

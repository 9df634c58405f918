// Reads the log: by position for projections, by wallet for history and rebuilds. Invariant: positions have
// no gaps and follow the commit order, so a reader that asks for the events after its last position misses
// none.
import type { Pool, PoolClient } from 'pg';
import type { EventRef } from '../../domain/reversal.ts';
import { type EventColumns, fieldsOf, type RecordedEvent } from '../eventCodec.ts';
import { boundsOf } from '../positionBounds.ts';
import { isFew, readStreamPlace } from './windows/logWindows.ts';
import { queryWindow } from './windows/queryWindow.ts';
import { walkStream } from './windows/walkStream.ts';

export interface EventRow extends EventColumns {
  readonly position: string;
  readonly wallet_id: string;
  readonly version: string;
  readonly type: string;
  readonly schema_version: number | null;
  readonly occurred_at: Date;
}

const columns = `position, wallet_id, version, type, schema_version, occurred_at, data,
             amount_minor, balance_minor, held_minor, status, terms_version, details_version, currency,
             description, extra`;

export { columns as eventColumns };

export function toRecordedEvent(row: EventRow): RecordedEvent {
  return {
    position: BigInt(row.position),
    walletId: row.wallet_id,
    version: Number(row.version),
    type: row.type,
    schemaVersion: row.schema_version ?? 1,
    data: fieldsOf(row),
    occurredAt: row.occurred_at,
  };
}

/** At most `limit` events after position `after`, in order of position. */
export async function readEventsAfter(
  database: Pick<Pool | PoolClient, 'query'>,
  after: bigint,
  limit: number,
): Promise<RecordedEvent[]> {
  const { rows } = await database.query<EventRow>({
    name: 'read-events-after',
    text: `
      select ${columns}
        from events
       where position > $1::bigint
       order by position
       limit $2::integer`,
    values: [after, limit],
  });
  return rows.map(toRecordedEvent);
}

/** The events at exactly these positions, in order of position. Positions without an event are left out. */
export async function readEventsAt(
  database: Pick<Pool | PoolClient, 'query'>,
  positions: readonly bigint[],
): Promise<RecordedEvent[]> {
  const { rows } = await database.query<EventRow>({
    name: 'read-events-at',
    text: `
      select ${columns}
        from events
       where position = any($1::bigint[])
         and position between $2::bigint and $3::bigint
       order by position`,
    values: [positions, ...boundsOf(positions)],
  });
  return rows.map(toRecordedEvent);
}

/** At most `limit` events of one wallet's stream above version `afterVersion`, in order of version. */
export async function readStream(
  database: Pick<Pool | PoolClient, 'query'>,
  walletId: string,
  afterVersion: number,
  limit: number,
): Promise<RecordedEvent[]> {
  const place = await readStreamPlace(database, walletId);
  const page = { order: 'asc', start: afterVersion + 1, limit } as const;
  return walkStream(database, place, walletId, page, async (window, { start, limit: left }) => {
    const { rows } = await queryWindow<EventRow>(database, place.segments, window, {
      name: 'read-stream',
      text: `
      select ${columns}
        from events
       where wallet_id = $1::text
         and version >= $2::bigint
         and position >= $4::bigint
         and position <= any(array[$5::bigint])
       order by version
       limit $3::integer`,
      values: [walletId, start, left],
    });
    return rows.map(toRecordedEvent);
  });
}

/** At most `limit` events of one wallet's stream below version `beforeVersion`, the newest first. */
export async function readStreamBackwards(
  database: Pick<Pool | PoolClient, 'query'>,
  walletId: string,
  beforeVersion: number,
  limit: number,
): Promise<RecordedEvent[]> {
  const place = await readStreamPlace(database, walletId);
  const newest = place.stream?.newest ?? beforeVersion;
  // A damaged row may name an older version than its stream has. With few segments, all are read anyway.
  const below = isFew(place.segments) ? beforeVersion - 1 : Math.min(beforeVersion - 1, newest);
  const page = { order: 'desc', start: below, limit } as const;
  return walkStream(database, place, walletId, page, async (window, { start, limit: left }) => {
    const { rows } = await queryWindow<EventRow>(database, place.segments, window, {
      name: 'read-stream-backwards',
      text: `
      select ${columns}
        from events
       where wallet_id = $1::text
         and version <= $2::bigint
         and position >= $4::bigint
         and position <= any(array[$5::bigint])
       order by version desc
       limit $3::integer`,
      values: [walletId, start, left],
    });
    return rows.map(toRecordedEvent);
  });
}

/** One event of a wallet, or undefined if the log does not have it. */
export async function readEventOf(
  database: Pick<Pool | PoolClient, 'query'>,
  { walletId, version }: EventRef,
): Promise<RecordedEvent | undefined> {
  const [event] = await readStream(database, walletId, version - 1, 1);
  return event?.version === version ? event : undefined;
}

/** The first event of each of these wallets. It carries owner, currency and time of creation. */
export async function readFirstEvents(
  database: Pick<Pool | PoolClient, 'query'>,
  walletIds: readonly string[],
): Promise<RecordedEvent[]> {
  const { rows } = await database.query<EventRow>({
    name: 'read-first-events',
    text: `
      select ${columns}
        from events
       where wallet_id = any($1::text[])
         and version = 1`,
    values: [walletIds],
  });
  return rows.map(toRecordedEvent);
}

/** The events with these versions of these wallets. */
export async function readEventsOf(
  database: Pick<Pool | PoolClient, 'query'>,
  wanted: readonly EventRef[],
): Promise<RecordedEvent[]> {
  const { rows } = await database.query<EventRow>({
    name: 'read-events-of',
    text: `
      select ${columns}
        from unnest($1::text[], $2::bigint[]) as wanted (id, at_version),
             lateral (
               select *
                 from events
                where wallet_id = wanted.id
                  and version = wanted.at_version
               offset 0
             ) as events`,
    values: [wanted.map(({ walletId }) => walletId), wanted.map(({ version }) => version)],
  });
  return rows.map(toRecordedEvent);
}

// Writes events directly into the log, with positions and outbox rows as the command side does. So
// projections can be tested alone, and with events that the command side would never write.
import type { Pool } from 'pg';
import type { NewEvent, WalletEvent } from '../../src/domain/events.ts';
import { encodeEvent } from '../../src/eventStore/eventCodec.ts';
import { changeLog } from './changeLog.ts';
import { someTime } from './walletStream.ts';

/** An event as a row. `data` is JSON text. */
export interface EventRow {
  readonly walletId: string;
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly occurredAt: Date;
}

/** Appends domain events and returns the position of the first. */
export function appendEvents(pool: Pool, events: readonly NewEvent[]): Promise<bigint> {
  return appendRows(
    pool,
    events.map(({ event, ...envelope }) => ({ ...envelope, ...encodeEvent(event) })),
  );
}

/** Appends rows as they are, readable or not, and returns the position of the first. */
export async function appendRows(pool: Pool, rows: readonly EventRow[]): Promise<bigint> {
  const { rows: heads } = await pool.query<{ first: string }>(
    `with head as (
       update log_head set position = position + $1::bigint returning position - $1::bigint as behind
     ), appended as (
       insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
       select head.behind + place, wallet_id, version, type, schema_version, data, '{}', occurred_at
         from head, unnest($2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::jsonb[], $7::timestamptz[])
                      with ordinality as given (wallet_id, version, type, schema_version, data, occurred_at, place)
       returning position
     ), noted as (
       insert into outbox (position) select position from appended
     )
     select behind + 1 as first from head`,
    [
      rows.length,
      rows.map(({ walletId }) => walletId),
      rows.map(({ version }) => version),
      rows.map(({ type }) => type),
      rows.map(({ schemaVersion }) => schemaVersion),
      rows.map(({ data }) => data),
      rows.map(({ occurredAt }) => occurredAt),
    ],
  );
  const [head] = heads;
  if (head === undefined) throw new Error('log_head has no row');
  return BigInt(head.first);
}

/** An event of a type that this version of the code doesn't know. */
export function unknownEvent(walletId: string, version: number): EventRow {
  // It follows the events of walletStream, whose time never runs backwards.
  const occurredAt = new Date(someTime.getTime() + version - 1);
  return { walletId, version, type: 'WalletPainted', schemaVersion: 1, data: '{}', occurredAt };
}

/** Turns an unknown event into a credit that follows its predecessor, as newer code would read it. */
export async function makeReadable(
  pool: Pool,
  walletId: string,
  version: number,
  event: WalletEvent,
): Promise<void> {
  const { type, schemaVersion, data } = encodeEvent(event);
  await changeLog(
    pool,
    'update events set type = $3, schema_version = $4, data = $5 where wallet_id = $1 and version = $2',
    [walletId, version, type, schemaVersion, data],
  );
}

/** The parts of a batch that only events, or nothing, happen in. */
export const nothingElse = {
  readWalletIds: [],
  records: [],
  holds: [],
  openHolds: new Map(),
  details: new Map(),
  reversals: [],
  uses: new Map(),
} as const;

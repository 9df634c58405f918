// Reads the events of wallets that change more than a balance, for a comparison and a repair of the rows that
// the append makes of them. Events of unknown types are among them, so a newer release's are not overlooked.
// Velocity rules count what moves under terms, so the events with terms are read too.
import type { Pool, PoolClient } from 'pg';
import type { StoredEvent } from '../../domain/events.ts';
import { decodeEvent, type EventColumns, EventDecodeError, fieldsOf } from '../eventCodec.ts';
import { schemaVersionsJson, wholeJson } from '../packedEvents.ts';
import type { StreamCursor } from './readStreams.ts';

export interface StateStep extends StreamCursor {
  readonly event: StoredEvent | EventDecodeError;
  /**
   * Amount of the event that a reversal reverses. Null if it is no reversal, or its original is missing. An
   * archived original is read from the row of its reversals, which the command made of it.
   */
  readonly originalMinor: bigint | null;
  /** Version of the event before it in the log, which is the other half of a return. */
  readonly otherVersion: number | null;
}

interface Row {
  readonly wallet_id: string;
  readonly version: string;
  readonly type: string;
  readonly occurred_at: Date;
  readonly position: string;
  readonly schema_version: number;
  readonly whole: EventColumns;
  readonly original_minor: string | null;
  readonly other_version: string | null;
}

/** The events with positions of (above, upTo]. */
export interface PositionRange {
  readonly above: bigint;
  readonly upTo: bigint;
}

const stateEvents = `
  select page.wallet_id, page.version, page.type, page.occurred_at, page.position, page.schema_version,
         page.whole,
         coalesce(original.amount_minor::text, original.data ->> 'amountMinor', archived.amount_minor) as original_minor,
         coalesce(other.version, archived_other.version) as other_version
    from (
      select wallet_id, version, type, occurred_at, position, coalesce(schema_version, 1) as schema_version,
             (coalesce(extra, data) #>> '{original,version}')::bigint as original_version,
             coalesce(extra, data) ->> 'fromWalletId' as from_wallet_id,
             ${wholeJson} as whole
        from events
       where wallet_id = any($1::text[])
         and (wallet_id, version) > ($2::text, $3::bigint)
         and position >= $6::bigint + 1
         and position <= any(array[$7::bigint])
         and (not ($4::jsonb ? type) or terms_version is not null)
       order by wallet_id, version
       limit $5::integer
    ) as page
    left join lateral (
           select amount_minor, data
             from events
            where wallet_id = page.wallet_id
              and version = page.original_version
           offset 0
         ) as original
      on true
    left join lateral (
           select version
             from events
            where page.type = 'TransferReturnReceived'
              and position = page.position - 1
           offset 0
         ) as other
      on true
    left join lateral (
           select amount_minor::text
             from reversals
            where page.original_version is not null
              and original is null
              and $6::bigint > 0
              and wallet_id = page.wallet_id
              and version = page.original_version
           offset 0
         ) as archived
      on true
    left join lateral (
           -- The halves of a return follow each other, so only the last archived event can be one.
           select version
             from opening_wallets
            where page.type = 'TransferReturnReceived'
              and page.position = $6::bigint + 1
              and wallet_id = page.from_wallet_id
              and opening_wallets.position <= $6::bigint
            order by version desc
            limit 1
         ) as archived_other
      on true
   order by page.wallet_id, page.version`;

/** At most `limit` of them after `cursor`, in order of wallet and version. */
export async function readStateEvents(
  database: Pool | PoolClient,
  walletIds: readonly string[],
  { above, upTo }: PositionRange,
  cursor: StreamCursor,
  limit: number,
): Promise<readonly StateStep[]> {
  const { rows } = await database.query<Row>({
    name: 'read-state-events',
    text: stateEvents,
    values: [walletIds, cursor.walletId, cursor.version, schemaVersionsJson, limit, above, upTo],
  });
  return rows.map(toStep);
}

function toStep(row: Row): StateStep {
  const { wallet_id: walletId, original_minor: original, other_version: other } = row;
  return {
    walletId,
    version: Number(row.version),
    event: decoded(row),
    originalMinor: original === null ? null : BigInt(original),
    otherVersion: other === null ? null : Number(other),
  };
}

function decoded(row: Row): StoredEvent | EventDecodeError {
  try {
    return decodeEvent({
      position: BigInt(row.position),
      walletId: row.wallet_id,
      version: Number(row.version),
      type: row.type,
      schemaVersion: row.schema_version,
      data: fieldsOf(row.whole),
      occurredAt: row.occurred_at,
    });
  } catch (error) {
    if (!(error instanceof EventDecodeError)) throw error;
    return error;
  }
}

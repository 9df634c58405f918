// Reads streams exactly, event by event, in order of wallet and version, as steps of their balances. An event
// of another schema version goes through the codec. readPackedStreams.ts reads whole ranges faster, and falls
// back to this file for streams that it cannot take apart.
//
// The stream of a wallet with archived events begins with its opening state, at the version of the last of
// them. One statement reads both, so a move of the opening state between two pages does no harm. The next
// page then has the newer opening state among its steps, and a fold goes on from it.
import type { Pool, PoolClient } from 'pg';
import type { BalanceEvent, BalanceStep } from '../../domain/events.ts';
import { decodeEvent, type EventColumns, EventDecodeError, fieldsOf } from '../eventCodec.ts';
import { positionMax } from '../logHead.ts';
import { type OpeningWallet, parseOpening } from '../openingCodec.ts';
import { archivedThrough, openingJson } from '../openingRows.ts';
import { schemaVersionsJson, stateWords, toBalanceEvent, addStateAfter, wholeJson } from '../packedEvents.ts';

/** Wallets with ids in (after, until], events up to a position. */
export interface StreamRange {
  /** '' is before every wallet. */
  readonly after: string;
  /** `lastWallet` is after every wallet. */
  readonly until: string;
  /** Events after this position are left out; undefined takes all. What is archived is never left out. */
  readonly upTo?: bigint | undefined;
  /** True reads from the first event, which needs the whole log. */
  readonly fromStart?: boolean | undefined;
}

/** Sorts after every wallet id: the last code point. Workflows may not import it and have their own. */
export const lastWallet = '\u{10FFFF}';

/** A cursor in a range: every event up to this one of this wallet was read. */
export interface StreamCursor {
  readonly walletId: string;
  readonly version: number;
}

/** One event of a stream: a step of its balance, or the reason why it cannot be read. */
export interface EventStep extends StreamCursor {
  readonly step: BalanceStep | EventDecodeError;
}

/** The state of a wallet after its archived events. Every event after it follows its version. */
interface OpeningStep extends StreamCursor {
  readonly opening: OpeningWallet;
}

export type StreamStep = EventStep | OpeningStep;

type StreamRow = readonly [
  walletId: string,
  version: string,
  type: string,
  occurredAtMs: string,
  currency: string | null,
  amountMinor: string | null,
  balanceMinor: string | null,
  ownerId: string | null,
  position: string,
  schemaVersion: string,
  whole: string | null,
  held: string,
  status: string,
  termsVersion: string,
  detailsVersion: string,
  opening?: string | null,
];
const openingAt = 15;

/** Every column as PostgreSQL's text: a column that nobody uses need not be parsed. */
const asText = { getTypeParser: () => (text: string) => text };

const eventWords = `wallet_id,
             version,
             type,
             round(date_part('epoch', occurred_at) * 1000)::bigint as occurred_at_ms,
             coalesce(currency, data ->> 'currency'),
             coalesce(amount_minor::text, data ->> 'amountMinor'),
             coalesce(balance_minor::text, data ->> 'balanceMinor'),
             case when version = 1 then coalesce(extra, data) ->> 'ownerId' end,
             position,
             coalesce(schema_version, 1),
             case when coalesce(schema_version, 1) = ($6::jsonb ->> type)::smallint then null
                  else ${wholeJson}
              end,
             ${stateWords}`;

/** At most `limit` steps after `cursor`, in order of wallet and version. */
export async function readStreams(
  database: Pool | PoolClient,
  { until, upTo = positionMax, fromStart = false }: StreamRange,
  cursor: StreamCursor,
  limit: number,
): Promise<readonly StreamStep[]> {
  const { rows } = await database.query<StreamRow[] & StreamRow>({
    name: 'read-streams',
    text: `
      select *
        from (
          (select ${eventWords}, null as opening
             from events
            where (wallet_id, version) > ($1::text, $2::bigint)
              and wallet_id <= $3::text
              and position >= (select coalesce($7::bigint, ${archivedThrough}) + 1)
              and position + 0 <= $4::bigint
            order by wallet_id, version
            limit $5::integer)
          union all
          (select wallet_id, version, null, null, null, null, null, null, null, null, null, null, null, null, null,
                  ${openingJson}::text
             from opening_wallets
            where (wallet_id, version) > ($1::text, $2::bigint)
              and wallet_id <= $3::text
              and position <= coalesce($7::bigint, ${archivedThrough})
            order by wallet_id, version
            limit $5::integer)
        ) as steps
       order by wallet_id, version
       limit $5::integer`,
    values: [
      ...[cursor.walletId, cursor.version, until, upTo, limit, schemaVersionsJson],
      fromStart ? 0n : null,
    ],
    rowMode: 'array',
    types: asText,
  });
  return (rows as readonly StreamRow[]).map(toStreamStep);
}

/** At most `limit` events of (above, upTo] after `cursor`, in that order, without an opening state. */
export async function readStreamsBetween(
  database: Pool | PoolClient,
  { above, upTo }: { readonly above: bigint; readonly upTo: bigint },
  cursor: StreamCursor,
  limit: number,
): Promise<readonly EventStep[]> {
  const { rows } = await database.query<StreamRow[] & StreamRow>({
    name: 'read-streams-between',
    text: `
      select ${eventWords}
        from events
       where (wallet_id, version) > ($1::text, $2::bigint)
         and position >= $3::bigint + 1
         and position <= $4::bigint
       order by wallet_id, version
       limit $5::integer`,
    values: [cursor.walletId, cursor.version, above, upTo, limit, schemaVersionsJson],
    rowMode: 'array',
    types: asText,
  });
  return (rows as readonly StreamRow[]).map(toEventStep);
}

function toStreamStep(row: StreamRow): StreamStep {
  const [walletId, version] = row;
  const opening = row.at(openingAt) ?? null;
  if (opening === null) return toEventStep(row);
  return { walletId, version: Number(version), opening: parseOpening(opening) };
}

function toEventStep(row: StreamRow): EventStep {
  const [walletId, versionText] = row;
  const version = Number(versionText);
  try {
    return { walletId, version, step: toBalanceStep(row, walletId, version) };
  } catch (error) {
    if (!(error instanceof EventDecodeError)) throw error;
    return { walletId, version, step: error };
  }
}

function toBalanceStep(row: StreamRow, walletId: string, version: number): BalanceStep {
  const [, , type, occurredAtMs, , , , , position, schemaVersion, whole] = row;
  const occurredAt = new Date(Number(occurredAtMs));
  if (whole === null) {
    const event = toMovingEvent(row);
    if (event !== undefined) return { walletId, version, occurredAt, event };
    throw new EventDecodeError(
      `event at position ${position} of wallet "${walletId}" can't be read: a field of its balance is missing`,
    );
  }
  return decodeEvent({
    position: BigInt(position),
    walletId,
    version,
    type,
    schemaVersion: Number(schemaVersion),
    data: fieldsOf(JSON.parse(whole) as EventColumns),
    occurredAt,
  });
}

function toMovingEvent(row: StreamRow): BalanceEvent | undefined {
  const [, , type, , currency, amount, balance, ownerId, , , , held, status, terms, details] = row;
  const event = toBalanceEvent(type, currency, amount, balance, ownerId);
  return event !== undefined && addStateAfter(event, [held, status, terms, details], 0) ? event : undefined;
}

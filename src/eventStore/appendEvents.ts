// The events' part of the append statement, in both forms of a row (eventCodec.ts). The compact form keeps
// the state after the event in columns. It is half as large, and PostgreSQL parses no JSON for most events.
// Below level `compactEvents` the JSON form is written, because a process that reads only that may run.
import type { NewEvent } from '../domain/events.ts';
import { compactEvent, encodeEvent, schemaVersions } from './eventCodec.ts';

/** An event with the command that led to it. */
export interface EventToAppend extends NewEvent {
  readonly metadata: EventMetadata;
}

interface EventMetadata {
  readonly commandId: string;
  readonly correlationId: string;
  /** W3C trace context. Absent if traces are off, and in events that are older than traces. */
  readonly traceparent?: string | undefined;
}

/** A UUID as PostgreSQL writes it. Any other correlation id is kept as it was sent. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Inserts events in the compact form, from the parameters $21 on. Each happened at $3 plus its milliseconds
 * in $21. That list is empty for most batches, and then every event happened at $3.
 */
export const insertCompactEvents = `
        insert into events (position, wallet_id, version, type, schema_version, occurred_at, amount_minor,
                            balance_minor, currency, command_id, correlation_id, traceparent, description, extra)
        select head.base + new.ordinal, new.wallet_id, new.version, new.type, nullif(new.schema_version, 1),
               coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz), new.amount_minor,
               new.balance_minor, new.currency, new.command_id, new.correlation_id, new.traceparent,
               new.description, new.extra::jsonb
          from head,
               unnest($21::bigint[], $22::text[], $23::bigint[], $24::text[], $25::smallint[], $26::bigint[],
                      $27::bigint[], $28::text[], $29::uuid[], $30::uuid[], $31::text[], $32::text[], $33::text[])
                 with ordinality
                 as new (later_ms, wallet_id, version, type, schema_version, amount_minor, balance_minor,
                         currency, command_id, correlation_id, traceparent, description, extra, ordinal)`;

/** Like `insertCompactEvents`, with the state that each event leaves, from the parameters $34 to $37. */
export const insertEventsWithState = `
        insert into events (position, wallet_id, version, type, schema_version, occurred_at, amount_minor,
                            balance_minor, currency, command_id, correlation_id, traceparent, description, extra,
                            held_minor, status, terms_version, details_version)
        select head.base + new.ordinal, new.wallet_id, new.version, new.type, nullif(new.schema_version, 1),
               coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz), new.amount_minor,
               new.balance_minor, new.currency, new.command_id, new.correlation_id, new.traceparent,
               new.description, new.extra::jsonb, new.held_minor, new.status, new.terms_version,
               new.details_version
          from head,
               unnest($21::bigint[], $22::text[], $23::bigint[], $24::text[], $25::smallint[], $26::bigint[],
                      $27::bigint[], $28::text[], $29::uuid[], $30::uuid[], $31::text[], $32::text[], $33::text[],
                      $34::bigint[], $35::text[], $36::integer[], $37::integer[])
                 with ordinality
                 as new (later_ms, wallet_id, version, type, schema_version, amount_minor, balance_minor,
                         currency, command_id, correlation_id, traceparent, description, extra, held_minor,
                         status, terms_version, details_version, ordinal)`;

type Columns = (readonly (string | number | null)[])[];

/** The parameters $34 to $37. */
export function eventStateParameters(events: readonly EventToAppend[]): Columns {
  return [
    orEmpty(events.map(({ event }) => event.heldMinor?.toString() ?? null)),
    orEmpty(events.map(({ event }) => event.status ?? null)),
    orEmpty(events.map(({ event }) => event.termsVersion ?? null)),
    orEmpty(events.map(({ event }) => event.detailsVersion ?? null)),
  ];
}

/** Inserts events in the JSON form, from the same parameters on. */
export const insertEventsAsJson = `
        insert into events (position, wallet_id, version, type, schema_version, occurred_at, data, metadata)
        select head.base + new.ordinal, new.wallet_id, new.version, new.type, new.schema_version,
               coalesce($3::timestamptz + new.later_ms * interval '1 ms', $3::timestamptz), new.data::jsonb, new.metadata::jsonb
          from head,
               unnest($21::bigint[], $22::text[], $23::bigint[], $24::text[], $25::smallint[], $26::text[], $27::text[])
                 with ordinality
                 as new (later_ms, wallet_id, version, type, schema_version, data, metadata, ordinal)`;

/** The parameters from $22 on. */
export function eventParameters(events: readonly EventToAppend[], compact: boolean): Columns {
  return [
    events.map(({ walletId }) => walletId),
    events.map(({ version }) => version),
    events.map(({ event }) => event.type),
    schemaVersionsOf(events, compact),
    ...(compact ? compactParameters(events) : jsonParameters(events)),
  ];
}

/** A compact event leaves out version 1, so a batch that has no other version sends none. */
function schemaVersionsOf(events: readonly EventToAppend[], compact: boolean): readonly number[] {
  const versions = events.map(({ event }) => schemaVersions[event.type]);
  return compact && versions.every((version) => version === 1) ? [] : versions;
}

function compactParameters(events: readonly EventToAppend[]): Columns {
  const compact = events.map(({ event }) => compactEvent(event));
  const foreign = events.map(({ metadata }) => !uuid.test(metadata.correlationId));
  const sameIds = ({ commandId, correlationId }: EventMetadata) => commandId === correlationId;
  return [
    compact.map(({ amountMinor }) => amountMinor),
    compact.map(({ balanceMinor }) => balanceMinor),
    compact.map(({ currency }) => currency),
    events.map(({ metadata }) => metadata.commandId),
    events.map(({ metadata }, index) =>
      foreign[index] === true || sameIds(metadata) ? null : metadata.correlationId,
    ),
    orEmpty(events.map(({ metadata }) => metadata.traceparent ?? null)),
    compact.map(({ description }) => description),
    orEmpty(
      compact.map(({ extra }, index) => {
        const correlationId = foreign[index] === true ? events[index]?.metadata.correlationId : undefined;
        if (extra === undefined && correlationId === undefined) return null;
        return JSON.stringify({ ...extra, correlationId });
      }),
    ),
  ];
}

/** A column without a value is sent empty: `unnest` fills it with nulls. */
function orEmpty<Value>(column: readonly (Value | null)[]): readonly (Value | null)[] {
  return column.every((value) => value === null) ? [] : column;
}

function jsonParameters(events: readonly EventToAppend[]): Columns {
  return [
    events.map(({ event }) => encodeEvent(event).data),
    events.map(({ metadata }) => JSON.stringify(metadata)),
  ];
}

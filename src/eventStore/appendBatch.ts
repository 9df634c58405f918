// The one write of the command path. It writes events, outbox rows, wallet rows and idempotency records of a
// batch in one statement, which is one database transaction. It raises `log_head` first. That row lock makes
// position order the commit order, and every insert waits for it, so two batches cannot deadlock.
import type { PoolClient } from 'pg';
import type { NewEvent } from '../domain/events.ts';
import type { Wallet } from '../domain/wallet.ts';
import { encodeEvent } from './eventCodec.ts';
import { LogHeadMissingError } from './logHead.ts';
import { type CommandToRecord, recordColumns, recordParameters } from './recordRows.ts';
import { walletColumns as columns, walletParameters } from './walletRows.ts';

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

export interface BatchToAppend {
  readonly events: readonly EventToAppend[];
  /** The wallets after those events, each once. */
  readonly wallets: readonly Wallet[];
  readonly records: readonly CommandToRecord[];
}

/**
 * A batch as parameters of the statement. They are made before anything is sent, so making them cannot fail
 * late.
 */
export interface PreparedBatch {
  readonly eventCount: number;
  readonly recordCount: number;
  readonly values: readonly unknown[];
}

/** `processId` names the process that writes the records. */
export function prepareBatch(batch: BatchToAppend, processId: string): PreparedBatch {
  const { events, wallets, records } = batch;
  const encoded = events.map(({ event }) => encodeEvent(event));
  return {
    eventCount: events.length,
    recordCount: records.length,
    values: [
      events.length,
      events.map(({ walletId }) => walletId),
      events.map(({ version }) => version),
      encoded.map(({ type }) => type),
      encoded.map(({ schemaVersion }) => schemaVersion),
      encoded.map(({ data }) => data),
      events.map(({ metadata }) => JSON.stringify(metadata)),
      events.map(({ occurredAt }) => occurredAt.toISOString()),
      ...walletParameters(wallets),
      ...recordParameters(records),
      processId,
    ],
  };
}

/** Appends a batch and resolves once it is committed. `failureOf` says what a rejection means. */
export async function appendBatch(client: PoolClient, batch: PreparedBatch): Promise<void> {
  if (batch.eventCount === 0) {
    await writeRecords(client, batch);
    return;
  }
  const { rowCount } = await client.query({
    name: 'append-batch',
    text: `
      with head as (
        update log_head
           set position = position + $1::bigint
        returning position - $1::bigint as base
      ), appended_events as (
        insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
        select head.base + new.ordinal, new.wallet_id, new.version, new.type, new.schema_version,
               new.data::jsonb, new.metadata::jsonb, new.occurred_at
          from head,
               unnest($2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::timestamptz[])
                 with ordinality
                 as new (wallet_id, version, type, schema_version, data, metadata, occurred_at, ordinal)
      ), appended_outbox as (
        insert into outbox (position)
        select head.base + ordinal
          from head, generate_series(1, $1::bigint) as ordinal
      ), written_wallets as (
        insert into wallets (${columns})
        select new.*
          from head,
               unnest($9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::timestamptz[], $15::timestamptz[])
                 as new (${columns})
            on conflict on constraint wallets_pkey
            do update set balance_minor = excluded.balance_minor,
                          version = excluded.version,
                          updated_at = excluded.updated_at
      )
      insert into idempotency_keys (${recordColumns}, writer)
      select new.command_id, new.key, decode(new.request_hash, 'hex'), decode(new.meaning_hash, 'hex'), new.status,
             new.headers::jsonb, new.body, new.accepted, new.outcome, $25::uuid
        from head,
             unnest($16::uuid[], $17::text[], $18::text[], $19::text[], $20::smallint[], $21::text[], $22::text[],
                    $23::boolean[], $24::text[])
               as new (${recordColumns})`,
    values: [...batch.values],
  });
  // Every insert reads the head. Without it no insert has a row, and the statement succeeds all the same.
  if (rowCount !== batch.recordCount) throw new LogHeadMissingError();
}

/** For a batch in which every command was refused. There is no event, so the log is not touched. */
async function writeRecords(client: PoolClient, batch: PreparedBatch): Promise<void> {
  if (batch.recordCount === 0) return;
  await client.query({
    name: 'write-records',
    text: `
      insert into idempotency_keys (${recordColumns}, writer)
      select new.command_id, new.key, decode(new.request_hash, 'hex'), decode(new.meaning_hash, 'hex'), new.status,
             new.headers::jsonb, new.body, new.accepted, new.outcome, $10::uuid
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[],
                    $8::boolean[], $9::text[])
          as new (${recordColumns})`,
    values: batch.values.slice(-recordParameterCount),
  });
}

/** Nine columns and the process id. */
const recordParameterCount = 10;

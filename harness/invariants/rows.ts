// Reads the rows that the stores hold of one round of histories, each store in one snapshot. The invariants
// judge them. A round uses wallets of its own, so its rows are all rows after the position at which it began.
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Pool, PoolClient } from 'pg';
import { answerOf } from '../../src/api/wallets/walletAnswer.ts';
import { type OutcomeRow, toRecordedOutcome } from '../../src/eventStore/recordRows.ts';

export interface EventRow {
  readonly position: number;
  readonly walletId: string;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
  readonly commandId: string;
  readonly correlationId: string;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly occurredAt: string;
}

/** A row of `idempotency_keys`, with the answer that the API makes of it. */
export interface AnswerRow {
  readonly commandId: string;
  /** Null if there was none, and in a compact record, which keeps none. */
  readonly key: string | null;
  readonly status: number;
  readonly body: string;
}

export interface WalletRow {
  readonly id: string;
  readonly ownerId: string;
  readonly currency: string;
  readonly balanceMinor: bigint;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One snapshot of the event store. */
export interface StoreRows {
  /** The log's head when the round began; all positions are above it. */
  readonly from: number;
  readonly head: number;
  readonly events: readonly EventRow[];
  readonly wallets: readonly WalletRow[];
  readonly outbox: readonly number[];
  readonly answers: readonly AnswerRow[];
}

export interface EntryRow {
  readonly position: number;
  readonly leg: number;
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly balanceAfterMinor: bigint | null;
}

export type DocumentRow = WalletRow & { readonly externalVersion: number };

/** The position and the time at which a round begins. */
export interface RoundStart {
  readonly position: number;
  /** Start of the round by the database's clock. Idempotency records have times of that clock too. */
  readonly at: Date;
}

export async function readRoundStart(database: Pool): Promise<RoundStart> {
  const { rows } = await database.query<{ position: string; at: Date }>(
    'select position, clock_timestamp() as at from log_head',
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the log has no head');
  return { position: Number(row.position), at: row.at };
}

/** Reads all rows of a round from the event store, in one repeatable-read snapshot. */
export async function readStoreRows(database: Pool, start: RoundStart): Promise<StoreRows> {
  const client = await database.connect();
  let failed = true;
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    const rows = await readIn(client, start);
    await client.query('commit');
    failed = false;
    return rows;
  } finally {
    client.release(failed);
  }
}

async function readIn(client: PoolClient, { position, at }: RoundStart): Promise<StoreRows> {
  const events = await client.query<Omit<EventRow, 'occurredAt'> & { readonly occurredAt: Date }>(
    `select position::integer, wallet_id as "walletId", version::integer, type,
            coalesce(data,
                     jsonb_strip_nulls(jsonb_build_object('currency', currency, 'amountMinor', amount_minor::text,
                                                          'balanceMinor', balance_minor::text, 'description', description))
                       || coalesce(extra - 'correlationId', '{}')) as data,
            coalesce(command_id::text, metadata ->> 'commandId') as "commandId",
            coalesce(correlation_id::text, extra ->> 'correlationId', command_id::text, metadata ->> 'correlationId') as "correlationId",
            occurred_at as "occurredAt"
       from events
      where position > $1::bigint
      order by position`,
    [position],
  );
  const wallets = await client.query<WalletRecord>(
    `select id, owner_id as "ownerId", currency, balance_minor as "balanceMinor", version::integer,
            created_at as "createdAt", updated_at as "updatedAt"
       from wallets
      where id in (select wallet_id from events where position > $1::bigint)`,
    [position],
  );
  const outbox = await client.query<{ position: number }>(
    'select position::integer from outbox where position > $1::bigint',
    [position],
  );
  const records = await client.query<OutcomeRow & Pick<AnswerRow, 'commandId' | 'key'>>(
    `select command_id as "commandId", key, status, headers, body, accepted, outcome
       from idempotency_keys
      where created_at >= $1::timestamptz`,
    [at],
  );
  const head = await client.query<{ position: number }>('select position::integer from log_head');
  return {
    from: position,
    head: head.rows[0]?.position ?? 0,
    events: events.rows.map((row) => ({ ...row, occurredAt: row.occurredAt.toISOString() })),
    wallets: wallets.rows.map(toWalletRow),
    outbox: outbox.rows.map((row) => row.position),
    answers: records.rows.map(toAnswerRow),
  };
}

function toAnswerRow({
  commandId,
  key,
  ...row
}: OutcomeRow & Pick<AnswerRow, 'commandId' | 'key'>): AnswerRow {
  const { status, body } = answerOf(toRecordedOutcome(row), 'a request of the harness');
  return { commandId, key, status, body };
}

interface WalletRecord extends Omit<WalletRow, 'balanceMinor' | 'createdAt' | 'updatedAt'> {
  readonly balanceMinor: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function toWalletRow(row: WalletRecord): WalletRow {
  return {
    ...row,
    balanceMinor: BigInt(row.balanceMinor),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** The ledger's entries of a round. */
export async function readEntryRows(database: Pool, { position }: RoundStart): Promise<readonly EntryRow[]> {
  const { rows } = await database.query<
    Omit<EntryRow, 'amountMinor' | 'balanceAfterMinor'> & {
      readonly amountMinor: string;
      readonly balanceAfterMinor: string | null;
    }
  >(
    `select position::integer, leg, account, direction, amount_minor as "amountMinor", currency,
            balance_after_minor as "balanceAfterMinor"
       from ledger_entries
      where position > $1::bigint
      order by position, leg`,
    [position],
  );
  return rows.map((row) => ({
    ...row,
    amountMinor: BigInt(row.amountMinor),
    balanceAfterMinor: row.balanceAfterMinor === null ? null : BigInt(row.balanceAfterMinor),
  }));
}

const documentsPerPage = 5_000;

interface Source extends Omit<WalletRow, 'balanceMinor'> {
  readonly balanceMinor: string;
}

/**
 * Refreshes, then reads every document whose id begins with the prefix. An empty prefix reads the whole read
 * model.
 */
export async function readDocumentRows(
  elasticsearch: Elasticsearch,
  alias: string,
  idPrefix: string,
): Promise<readonly DocumentRow[]> {
  await elasticsearch.indices.refresh({ index: alias });
  const documents: DocumentRow[] = [];
  let after: string | undefined;
  for (;;) {
    const { hits } = await elasticsearch.search<Source>({
      index: alias,
      size: documentsPerPage,
      version: true,
      sort: [{ id: 'asc' }],
      query: { prefix: { id: idPrefix } },
      ...(after === undefined ? {} : { search_after: [after] }),
    });
    for (const { _source: source, _version: externalVersion = 0 } of hits.hits) {
      if (source === undefined) throw new Error('a hit without its document');
      documents.push({ ...source, balanceMinor: BigInt(source.balanceMinor), externalVersion });
    }
    if (hits.hits.length < documentsPerPage) return documents;
    after = documents.at(-1)?.id;
  }
}

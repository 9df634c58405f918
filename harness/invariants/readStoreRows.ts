// Reads the rows that the event store holds of one round of histories, in one snapshot.
import type { Pool, PoolClient } from 'pg';
import { answerOf } from '../../src/api/wallets/walletAnswer.ts';
import { type OutcomeRow, toRecordedOutcome } from '../../src/eventStore/recordRows.ts';
import {
  type AnswerRow,
  canonicalJson,
  detailsText,
  type EventRow,
  type HoldRow,
  type ReversalRow,
  type RoundStart,
  type StoredWalletRow,
  type StoreRows,
} from './rows.ts';

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
                                                          'balanceMinor', balance_minor::text, 'description', description,
                                                          'heldMinor', held_minor::text, 'status', status))
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
            created_at as "createdAt", updated_at as "updatedAt", coalesce(held_minor, 0)::text as "heldMinor",
            coalesce(minimum_minor, 0)::text as "minimumMinor", coalesce(status, 'active') as status,
            coalesce(open_holds, 0) as "openHolds", coalesce(terms, '{}') as terms, metadata, labels
       from wallets
       left join wallet_details
         on wallet_id = id
      where ${ofRound('id')}`,
    [position],
  );
  const outbox = await client.query<{ position: number }>(
    'select position::integer from outbox where position > $1::bigint',
    [position],
  );
  const records = await client.query<KeptRecord>(
    `select command_id as "commandId", key, status, headers, body, accepted, outcome, created_at as "keptAt"
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
    ...(await readPaymentRows(client, position)),
    outbox: outbox.rows.map((row) => row.position),
    answers: records.rows.map(toAnswerRow),
  };
}

async function readPaymentRows(
  client: PoolClient,
  position: number,
): Promise<Pick<StoreRows, 'holds' | 'reversals'>> {
  const holds = await client.query<Texts<HoldRow>>(
    `select wallet_id as "walletId", hold_id as "holdId", amount_minor::text as "amountMinor",
            captured_minor::text as "capturedMinor", released_minor::text as "releasedMinor",
            remaining_minor::text as "remainingMinor", ended_as as "endedAs"
       from holds
      where ${ofRound('wallet_id')}`,
    [position],
  );
  const reversals = await client.query<Texts<ReversalRow>>(
    `select wallet_id as "walletId", version::integer, amount_minor::text as "amountMinor",
            reversed_minor::text as "reversedMinor"
       from reversals
      where ${ofRound('wallet_id')}`,
    [position],
  );
  return {
    holds: holds.rows.map((row) => ({
      ...row,
      amountMinor: BigInt(row.amountMinor),
      capturedMinor: BigInt(row.capturedMinor),
      releasedMinor: BigInt(row.releasedMinor),
      remainingMinor: BigInt(row.remainingMinor),
    })),
    reversals: reversals.rows.map((row) => ({
      ...row,
      amountMinor: BigInt(row.amountMinor),
      reversedMinor: BigInt(row.reversedMinor),
    })),
  };
}

/** Chooses the rows of wallets that the round changed. */
function ofRound(walletId: string): string {
  return `${walletId} in (select wallet_id from events where position > $1::bigint)`;
}

/** A row as node-postgres gives it: a bigint is text. */
type Texts<Row> = { readonly [Name in keyof Row]: Row[Name] extends bigint ? string : Row[Name] };

type KeptRecord = OutcomeRow & Pick<AnswerRow, 'commandId' | 'key'> & { readonly keptAt: Date };

function toAnswerRow({ commandId, key, keptAt, ...row }: KeptRecord): AnswerRow {
  const outcome = toRecordedOutcome(row);
  const { status, body } = answerOf(outcome, 'a request of the harness');
  const kept = { commandId, key, status, body, keptAtMs: keptAt.getTime() };
  if (!('accepted' in outcome)) return kept;
  const { command, accepted, movementVersions } = outcome;
  const isNothing = movementVersions?.every((version) => version === undefined) === true;
  return { ...kept, command, walletId: accepted[0]?.id ?? '', isNothing };
}

type WalletRecord = Omit<Texts<StoredWalletRow>, 'createdAt' | 'updatedAt' | 'terms' | 'details'> & {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly terms: object;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly labels: readonly string[] | null;
};

function toWalletRow({ metadata, labels, ...row }: WalletRecord): StoredWalletRow {
  return {
    ...row,
    balanceMinor: BigInt(row.balanceMinor),
    heldMinor: BigInt(row.heldMinor),
    minimumMinor: BigInt(row.minimumMinor),
    terms: canonicalJson(row.terms),
    details: detailsText(metadata ?? undefined, labels ?? undefined),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

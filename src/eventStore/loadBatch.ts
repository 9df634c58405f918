// What a batch of commands needs to know before it decides, in one round trip: the wallets it names and the
// answers that were already given to its commands.
import type { PoolClient } from 'pg';
import type { Wallet } from '../domain/wallet.ts';

/** An HTTP answer as it is stored and replayed, byte for byte. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The record of a command that was answered before. */
export interface AnsweredCommand {
  readonly commandId: string;
  /** SHA-256 of the request, in hex; another one under the same key is a mistake of the caller. */
  readonly requestHash: string;
  readonly answer: StoredAnswer;
  /** The process that kept it; null in a record of a release that did not say. */
  readonly processId?: string | null;
}

export interface LoadedBatch {
  /** The database's clock: one for all processes, however far their own are apart. */
  readonly now: Date;
  readonly wallets: Map<string, Wallet>;
  readonly answered: Map<string, AnsweredCommand>;
}

interface BatchRow {
  readonly wallet_id: string | null;
  readonly owner_id: string;
  readonly currency: string;
  readonly balance_minor: string;
  readonly version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly command_id: string | null;
  readonly request_hash: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly writer: string | null;
}

/** Loads wallets by id and answers by command id; what does not exist is absent from the maps. */
export async function loadBatch(
  client: PoolClient,
  walletIds: readonly string[],
  commandIds: readonly string[],
): Promise<LoadedBatch> {
  const { rows } = await client.query<BatchRow>({
    name: 'load-batch',
    text: `
      select id as wallet_id, owner_id, currency, balance_minor, version, created_at, updated_at,
             null as command_id, null as request_hash, null::smallint as status, null::jsonb as headers, null as body,
             null as writer
        from wallets
       where id = any($1::text[])
       union all
      select null, null, null, null, null, null, null,
             command_id::text, encode(request_hash, 'hex'), status, headers, body,
             writer::text
        from idempotency_keys
       where command_id = any($2::uuid[])
       union all
      select null, null, null, null, null, clock_timestamp(), null,
             null, null, null, null, null, null`,
    values: [walletIds, commandIds],
  });
  const wallets = new Map<string, Wallet>();
  const answered = new Map<string, AnsweredCommand>();
  let now: Date | undefined;
  for (const row of rows) {
    if (row.wallet_id !== null) wallets.set(row.wallet_id, toWallet({ ...row, id: row.wallet_id }));
    else if (row.command_id !== null) answered.set(row.command_id, toAnsweredCommand(row, row.command_id));
    else now = row.created_at;
  }
  if (now === undefined) throw new Error('the database did not tell its time');
  return { now, wallets, answered };
}

/** A row of `wallets` as node-postgres gives it. */
export interface WalletRow {
  readonly id: string;
  readonly owner_id: string;
  readonly currency: string;
  readonly balance_minor: string;
  readonly version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function toWallet(row: WalletRow): Wallet {
  return {
    id: row.id,
    ownerId: row.owner_id,
    currency: row.currency,
    balanceMinor: BigInt(row.balance_minor),
    version: Number(row.version),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toAnsweredCommand(row: BatchRow, commandId: string): AnsweredCommand {
  const { request_hash: requestHash, status, headers, body, writer: processId } = row;
  return { commandId, requestHash, answer: { status, headers, body }, processId };
}

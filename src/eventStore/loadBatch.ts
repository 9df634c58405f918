// Loads in one round trip what a batch needs before it decides: the state that its commands name, and the
// outcomes that they already have. The statement has one arm for each kind of state.
import type { PoolClient } from 'pg';
import type { ChangingState, Keys, State } from '../domain/state.ts';
import { LogHeadMissingError } from './logHead.ts';
import { type AnsweredCommand, type RecordRow, toAnsweredCommand } from './recordRows.ts';
import { toWallet, walletColumns as columns, type WalletRow } from './walletRows.ts';

export interface LoadedBatch {
  /** The database's clock, one for all processes. Their own clocks may differ. */
  readonly now: Date;
  /** The append goes through only if the log still has this fence. */
  readonly fence: bigint;
  /** The newest form of rows that may be written (levels.ts). */
  readonly level: number;
  /** The values under the keys of the batch. */
  readonly state: State;
  readonly answered: Map<string, AnsweredCommand>;
}

/**
 * A row of one of three kinds: a wallet, a record or, with neither id, the head of the log. The head has the
 * database's time in `created_at`, the fence in `version` and the level in `status`.
 */
type BatchRow = (WalletRow & { readonly command_id: null }) | (RecordRow & { readonly id: null }) | HeadRow;

interface HeadRow {
  readonly id: null;
  readonly command_id: null;
  readonly created_at: Date;
  readonly version: string;
  readonly status: number;
}

/**
 * Loads state by its keys and records by command id. The maps lack what does not exist. `order by id` makes
 * the plan use the primary key, which alone gives that order. Without it a plan made for an empty table may
 * take the index of owners, and read all of that index once the table is full.
 */
export async function loadBatch(
  client: PoolClient,
  keys: Keys,
  commandIds: readonly string[],
): Promise<LoadedBatch> {
  const { rows } = await client.query<BatchRow>({
    name: 'load-batch',
    text: `
      (select ${columns},
              null as command_id, null as request_hash, null as meaning_hash, null::smallint as status,
              null::jsonb as headers, null as body, null::boolean as accepted, null as outcome, null as writer
         from wallets
        where id = any($1::text[])
        order by id)
       union all
      select null, null, null, null, null, null, null,
             command_id::text, encode(request_hash, 'hex'), encode(meaning_hash, 'hex'), status,
             headers, body, accepted, outcome, writer::text
        from idempotency_keys
       where command_id = any($2::uuid[])
       union all
      select null, null, null, null, fence, clock_timestamp(), null,
             null, null, null, level, null, null, null, null, null
        from log_head`,
    values: [keys.wallets, commandIds],
  });
  const state: ChangingState = { wallets: new Map() };
  const answered = new Map<string, AnsweredCommand>();
  let head: HeadRow | undefined;
  for (const row of rows) {
    if (row.id !== null) state.wallets.set(row.id, toWallet(row));
    else if (row.command_id !== null) answered.set(row.command_id, toAnsweredCommand(row));
    else head = row;
  }
  if (head === undefined) throw new LogHeadMissingError();
  const { created_at: now, version: fence, status: level } = head;
  return { now, fence: BigInt(fence), level, state, answered };
}

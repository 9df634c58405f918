// Loads in one round trip what a batch needs before it decides: the state that its commands name, and the
// outcomes that they already have. The statement has one arm for each kind of state. The uses of velocity
// rules come with the rows of the wallets that have rules.
//
// Most batches name wallets alone and take the short statement. The long one has an arm more for each other
// kind. It also runs if a loaded wallet has something that is due. It then loads everything again, because
// all state of a batch must come from one snapshot.
import type { PoolClient } from 'pg';
import { mayBeDue } from '../domain/decide/due.ts';
import { holdKey, isDue, type OpenHolds } from '../domain/hold.ts';
import { eventKey } from '../domain/reversal.ts';
import { type ChangingState, emptyState, type Keys, namesMore, type State } from '../domain/state.ts';
import type { Details } from '../domain/walletEvents.ts';
import {
  type DetailsJson,
  holdJson,
  type HoldJson,
  readHold,
  readReversal,
  type ReversalJson,
  reversalJson,
} from './holdRows.ts';
import { LogHeadMissingError } from './logHead.ts';
import { type AnsweredCommand, type RecordRow, toAnsweredCommand } from './recordRows.ts';
import { readUsage, usageOfWallet } from './usageRows.ts';
import { toOpenHolds, toWallet, walletColumns as columns, type WalletRow } from './walletRows.ts';

export interface LoadedBatch {
  /** The database's clock, one for all processes. Their own clocks may differ. */
  readonly now: Date;
  /** The append goes through only if the log still has this fence. */
  readonly fence: bigint;
  /** The newest form of rows that may be written (levels.ts). */
  readonly level: number;
  /** The values under the keys of the batch. */
  readonly state: State;
  /** By wallet: the database transaction that wrote its row (`xmin`). */
  readonly rowXids: ReadonlyMap<string, string>;
  readonly answered: Map<string, AnsweredCommand>;
  /**
   * False if the wallets come from the cache of the process, and nobody looked for records. The append then
   * checks both.
   */
  readonly isLoaded: boolean;
}

/**
 * A row of one of four kinds: a wallet, a record, the head of the log, or other state. A wallet and a record
 * have an id. The head has the database's time in `created_at`, the fence in `version` and the level in
 * `record_status`. Other state has its kind in `owner_id` and itself in `terms`.
 */
type BatchRow =
  | (WalletRow & { readonly command_id: null; readonly usage: unknown; readonly row_xid: string })
  | (RecordColumns & { readonly id: null })
  | HeadRow
  | StateRow;

type RecordColumns = Omit<RecordRow, 'status'> & { readonly record_status: number | null };

interface HeadRow {
  readonly id: null;
  readonly command_id: null;
  readonly owner_id: null;
  readonly created_at: Date;
  readonly version: string;
  readonly record_status: number;
}

type StateRow = { readonly id: null; readonly command_id: null } & (
  | { readonly owner_id: 'hold'; readonly terms: HoldJson }
  | { readonly owner_id: 'later'; readonly terms: { readonly wallet_id: string; readonly from: string } }
  | { readonly owner_id: 'details'; readonly terms: DetailsJson }
  | { readonly owner_id: 'reversal'; readonly terms: ReversalJson }
);

/**
 * `order by id` makes the plan use the primary key, which alone gives that order. Without it a plan made for
 * an empty table may take the index of owners, and read all of that index once the table is full. `offset 0`
 * keeps that plan as it is, whatever is looked up for a row that was found.
 */
const loadWalletsAndRecords = `
      (select ${columns},
              null as command_id, null as request_hash, null as meaning_hash, null::smallint as record_status,
              null::jsonb as headers, null as body, null::boolean as accepted, null as outcome, null as writer,
              ${usageOfWallet} as usage, row_xid
         from (select ${columns}, xmin::text as row_xid
                 from wallets
                where id = any($1::text[])
                order by id
               offset 0) as wallets)
       union all
      select null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
             command_id::text, encode(request_hash, 'hex'), encode(meaning_hash, 'hex'), status,
             headers, body, accepted, outcome, writer::text, null, null
        from idempotency_keys
       where command_id = any($2::uuid[])
       union all
      select null, null, null, null, fence, statement_timestamp(), null, null, null, null, null, null, null, null, null,
             null, null, null, level, null, null, null, null, null, null, null
        from log_head`;

/** Of a wallet in $5 all due holds are loaded, and the earliest end of the others. */
const loadOtherState = `
       union all
      select null, 'hold', null, null, null, null, null, null, null, null, null, null, null, null, ${holdJson},
             null, null, null, null, null, null, null, null, null, null, null
        from unnest($3::text[], $4::text[]) as named (of_wallet, id),
             lateral (
               select *
                 from holds
                where wallet_id = named.of_wallet
                  and hold_id = named.id
               offset 0
             ) as holds
       union all
      select null, 'hold', null, null, null, null, null, null, null, null, null, null, null, null, ${holdJson},
             null, null, null, null, null, null, null, null, null, null, null
        from unnest($5::text[]) as wallet (id),
             lateral (
               select *
                 from holds
                where wallet_id = wallet.id
                  and ended_as is null
                  and expires_at <= statement_timestamp()
                order by expires_at
                limit 1000
             ) as holds
       union all
      select null, 'later', null, null, null, null, null, null, null, null, null, null, null, null,
             jsonb_build_object('wallet_id', wallet.id, 'from', later.expires_at),
             null, null, null, null, null, null, null, null, null, null, null
        from unnest($5::text[]) as wallet (id),
             lateral (
               select expires_at
                 from holds
                where wallet_id = wallet.id
                  and ended_as is null
                  and expires_at > statement_timestamp()
                order by expires_at
                limit 1
             ) as later
       union all
      select null, 'details', null, null, null, null, null, null, null, null, null, null, null, null,
             to_jsonb(wallet_details),
             null, null, null, null, null, null, null, null, null, null, null
        from wallet_details
       where wallet_id = any($6::text[])
       union all
      select null, 'reversal', null, null, null, null, null, null, null, null, null, null, null, null, ${reversalJson},
             null, null, null, null, null, null, null, null, null, null, null
        from unnest($7::text[], $8::bigint[]) as named (of_wallet, at_version),
             lateral (
               select *
                 from reversals
                where wallet_id = named.of_wallet
                  and version = named.at_version
               offset 0
             ) as reversals`;

/** Loads state by its keys and records by command id. The maps lack what does not exist. */
export async function loadBatch(
  client: PoolClient,
  keys: Keys,
  commandIds: readonly string[],
): Promise<LoadedBatch> {
  if (namesMore(keys)) return loadWithState(client, keys, commandIds);
  const { rows } = await client.query<BatchRow>({
    name: 'load-batch',
    text: loadWalletsAndRecords,
    values: [keys.wallets, commandIds],
  });
  const loaded = toLoadedBatch(rows);
  const { state, now } = loaded;
  for (const wallet of state.wallets.values())
    if (mayBeDue(wallet, state, now)) return loadWithState(client, keys, commandIds);
  return loaded;
}

async function loadWithState(
  client: PoolClient,
  { wallets, holds, details, reversals }: Keys,
  commandIds: readonly string[],
): Promise<LoadedBatch> {
  const pairs = (keys: readonly string[]) => keys.map((key) => key.split(' ') as [string, string]);
  const [named, reversed] = [pairs(holds), pairs(reversals)];
  const { rows } = await client.query<BatchRow>({
    name: 'load-batch-with-state',
    text: `${loadWalletsAndRecords}${loadOtherState}`,
    values: [
      wallets,
      commandIds,
      named.map(([walletId]) => walletId),
      named.map(([, holdId]) => holdId),
      wallets,
      details,
      reversed.map(([walletId]) => walletId),
      reversed.map(([, version]) => version),
    ],
  });
  return toLoadedBatch(rows);
}

function toLoadedBatch(rows: readonly BatchRow[]): LoadedBatch {
  const state = emptyState();
  const answered = new Map<string, AnsweredCommand>();
  const later = new Map<string, Date>();
  const rowXids = new Map<string, string>();
  let head: HeadRow | undefined;
  for (const row of rows) {
    if (row.id !== null) {
      takeWallet(state, row);
      rowXids.set(row.id, row.row_xid);
    } else if (row.command_id !== null)
      answered.set(row.command_id, toAnsweredCommand({ ...row, status: row.record_status }));
    else if (row.owner_id !== null) takeState(state, later, row);
    else head = row;
  }
  if (head === undefined) throw new LogHeadMissingError();
  const { created_at: now, version: fence, record_status: level } = head;
  boundOpenHolds(state, later, now);
  return { now, fence: BigInt(fence), level, state, rowXids, answered, isLoaded: true };
}

/**
 * A hold that ends early leaves the bound in its wallet's row as it was. If nothing is due, the earliest end
 * of the others is the exact bound, and the next write of the wallet stores it. Otherwise each command on
 * the wallet would load twice for ever.
 */
function boundOpenHolds(state: ChangingState, later: ReadonlyMap<string, Date>, now: Date): void {
  const withDue = new Set<string>();
  for (const hold of state.holds.values())
    if (hold.endedAs === null && isDue(hold, now)) withDue.add(hold.walletId);
  for (const [walletId, laterFrom] of later) {
    const open = state.openHolds.get(walletId);
    if (open === undefined) continue;
    const dueFrom = withDue.has(walletId) ? open.dueFrom : laterFrom;
    state.openHolds.set(walletId, { ...open, dueFrom, laterFrom });
  }
}

function takeWallet(state: ChangingState, row: WalletRow & { readonly usage: unknown }): void {
  state.wallets.set(row.id, toWallet(row));
  const open: OpenHolds | undefined = toOpenHolds(row);
  if (open !== undefined) state.openHolds.set(row.id, open);
  if (row.usage !== null) state.uses.set(row.id, readUsage(row.id, row.usage));
}

function takeState(state: ChangingState, later: Map<string, Date>, { owner_id, terms }: StateRow): void {
  switch (owner_id) {
    case 'hold': {
      const hold = readHold(terms);
      state.holds.set(holdKey(hold.walletId, hold.holdId), hold);
      break;
    }
    case 'later':
      later.set(terms.wallet_id, new Date(terms.from));
      break;
    case 'details': {
      const { metadata, labels }: Details = terms;
      state.details.set(terms.wallet_id, { metadata, labels });
      break;
    }
    case 'reversal': {
      const reversal = readReversal(terms);
      state.reversals.set(eventKey(reversal), reversal);
      break;
    }
    default:
      owner_id satisfies never;
  }
}

// The one write of the command path. It writes events, outbox rows, wallet rows and idempotency records of a
// batch in one statement, which is one database transaction. It raises `log_head` first. That row lock makes
// position order the commit order, and every other write waits for it, so two batches cannot deadlock.
//
// Invariant: a batch is written whole, and only if the fence of the log and the versions of its wallets are
// those that it loaded. Wallets that it only read count as well, such as the payee of a hold. The snapshot of
// the statement may be older than the wait for the lock. That is safe, because PostgreSQL evaluates the
// condition of an update, or of a lock, again on the newest row.
import type { PoolClient } from 'pg';
import type { Hold, OpenHolds } from '../domain/hold.ts';
import type { Reversal } from '../domain/reversal.ts';
import type { RuleUse } from '../domain/velocityUse.ts';
import type { Wallet } from '../domain/wallet.ts';
import type { Details } from '../domain/walletEvents.ts';
import { arrayText } from './arrayText.ts';
import {
  eventParameters,
  eventStateParameters,
  type EventToAppend,
  insertCompactEvents,
  insertEventsAsJson,
  insertEventsWithState,
} from './appendEvents.ts';
import { hasState } from './eventCodec.ts';
import { upsertDetails, upsertHolds, upsertReversals, writeHold, writeReversal } from './holdRows.ts';
import { levels } from './levels.ts';
import type { LoadedBatch } from './loadBatch.ts';
import { FenceMovedError, LogHeadMissingError } from './logHead.ts';
import { type CommandToRecord, recordColumns, recordParameters } from './recordRows.ts';
import { upsertUsage, writeUsage } from './usageRows.ts';
import {
  insertWallets,
  insertWalletsWithState,
  lockReadWallets,
  readWalletParameters,
  updateWallets,
  updateWalletsWithState,
  walletStates,
  writtenWalletParameters,
} from './walletRows.ts';

export type { EventToAppend };

export interface BatchToAppend {
  /** Each has the time of the load, or a later one. */
  readonly events: readonly EventToAppend[];
  /** The wallets after those events, each once. */
  readonly wallets: readonly Wallet[];
  /** The wallets that accepted commands read and no command changed, each once. */
  readonly readWalletIds: readonly string[];
  readonly records: readonly CommandToRecord[];
  /** The holds that changed, each once. */
  readonly holds: readonly Hold[];
  /** The open holds of the wallets after the batch. */
  readonly openHolds: ReadonlyMap<string, OpenHolds>;
  readonly details: ReadonlyMap<string, Details>;
  readonly reversals: readonly Reversal[];
  /** The uses of velocity rules that changed, by wallet. */
  readonly uses: ReadonlyMap<string, readonly RuleUse[]>;
}

/**
 * A batch as parameters of the statement. They are made before anything is sent, so making them cannot fail
 * late.
 */
export interface PreparedBatch {
  readonly eventCount: number;
  readonly recordCount: number;
  readonly form: 'json' | 'compact' | 'withState';
  readonly values: readonly (string | number)[];
}

/** `loaded` is what the batch was decided on. `processId` names the process that writes the records. */
export function prepareBatch(batch: BatchToAppend, loaded: LoadedBatch, processId: string): PreparedBatch {
  const { events, wallets, records } = batch;
  const compact = loaded.level >= levels.compactEvents;
  const withState = isWithState(batch);
  if (withState && loaded.level < levels.walletState)
    throw new TypeError(`level ${loaded.level} allows ordinary wallets only`);
  const readParameters = readWalletParameters(batch.readWalletIds, loaded.state.wallets);
  const values = [
    events.length,
    loaded.fence.toString(),
    loaded.now.toISOString(),
    ...writtenWalletParameters(wallets, loaded.state.wallets),
    ...recordParameters(records),
    processId,
    millisecondsAfter(
      loaded.now,
      wallets.map(({ updatedAt }) => updatedAt),
    ),
    millisecondsAfter(
      loaded.now,
      events.map(({ occurredAt }) => occurredAt),
    ),
    ...eventParameters(events, compact),
    ...(withState ? [...eventStateParameters(events), ...stateParameters(batch), ...readParameters] : []),
  ];
  return {
    eventCount: events.length,
    recordCount: records.length,
    form: withState ? 'withState' : compact ? 'compact' : 'json',
    values: values.map((value) => (typeof value === 'object' ? arrayText(value) : value)),
  };
}

/** Whether anything in the batch is more than a balance that moves. */
function isWithState({ events, holds, details, reversals, readWalletIds }: BatchToAppend): boolean {
  return (
    holds.length + details.size + reversals.length + readWalletIds.length > 0 ||
    events.some(({ event }) => hasState(event))
  );
}

/** The parameters $38 to $42. */
function stateParameters({ wallets, openHolds, holds, details, reversals, uses }: BatchToAppend): string[] {
  const detailRows = [...details].map(([wallet_id, { metadata, labels }]) => ({
    ...{ wallet_id, metadata, labels },
  }));
  return [
    JSON.stringify(walletStates(wallets, openHolds)),
    JSON.stringify(holds.map(writeHold)),
    JSON.stringify(detailRows),
    JSON.stringify(reversals.map(writeReversal)),
    JSON.stringify([...uses].map(([walletId, ofWallet]) => writeUsage(walletId, ofWallet))),
  ];
}

/**
 * Milliseconds from `now` to each of these times, or an empty list if no time is later. A wallet's time never
 * runs backwards. So it is later if a server whose clock was ahead changed the wallet last.
 */
function millisecondsAfter(now: Date, times: readonly Date[]): readonly number[] {
  const later = times.map((time) => time.getTime() - now.getTime());
  if (later.some((ms) => ms < 0)) throw new TypeError('nothing in a batch happens before it was loaded');
  return later.some((ms) => ms > 0) ? later : [];
}

const raiseHead = `
      with head as (
        update log_head
           set position = position + $1::bigint
         where fence = $2::bigint
        returning position - $1::bigint as base, generation
      ), appended_outbox as (
        insert into outbox (position)
        select head.base + ordinal
          from head, generate_series(1, $1::bigint) as ordinal
      )`;

const recordCommands = `recorded as (
        insert into idempotency_keys (${recordColumns}, writer, generation)
        select new.command_id, new.key, decode(new.request_hash, 'hex'), decode(new.meaning_hash, 'hex'), new.status,
               new.headers::jsonb, new.body, new.accepted, new.outcome, $19::uuid, head.generation
          from head,
               unnest($10::uuid[], $11::text[], $12::text[], $13::text[], $14::smallint[], $15::text[], $16::text[],
                      $17::boolean[], $18::text[])
                 as new (${recordColumns})
      )`;

/** The writes of a batch of ordinary wallets. */
const writeWallets = `${raiseHead}, updated_wallets as (${updateWallets}
      ), inserted_wallets as (${insertWallets}
      ), ${recordCommands}`;

/** Gives one row if there was a head. Raises the error `wallet_heads` unless every wallet was written. */
const guardWallets = `
      select assert_wallet_heads(updated.wallets + inserted.wallets, cardinality($4::text[]))
        from head,
             (select count(*) as wallets from updated_wallets) as updated,
             (select count(*) as wallets from inserted_wallets) as inserted`;

/** Like `guardWallets`. Every wallet that was only read must be as it was loaded, too. */
const guardReadWallets = `
      select assert_wallet_heads(updated.wallets + inserted.wallets + locked.wallets,
                                 cardinality($4::text[]) + cardinality($43::text[]))
        from head,
             (select count(*) as wallets from updated_wallets) as updated,
             (select count(*) as wallets from inserted_wallets) as inserted,
             (select count(*) as wallets from locked_wallets) as locked`;

const statements = {
  json: {
    name: 'append-batch-as-json',
    text: `${writeWallets}, appended_events as (${insertEventsAsJson}
      )${guardWallets}`,
  },
  compact: {
    name: 'append-batch',
    text: `${writeWallets}, appended_events as (${insertCompactEvents}
      )${guardWallets}`,
  },
  withState: {
    name: 'append-batch-with-state',
    text: `${raiseHead}, updated_wallets as (${updateWalletsWithState}
      ), inserted_wallets as (${insertWalletsWithState}
      ), ${recordCommands}, appended_events as (${insertEventsWithState}
      ), written_holds as (${upsertHolds}
      ), written_details as (${upsertDetails}
      ), written_reversals as (${upsertReversals}
      ), written_usage as (${upsertUsage}
      ), locked_wallets as (${lockReadWallets}
      )${guardReadWallets}`,
  },
} as const;

/** Appends a batch and resolves once it is committed. `failureOf` says what a rejection means. */
export async function appendBatch(client: PoolClient, batch: PreparedBatch): Promise<void> {
  if (batch.eventCount === 0) {
    await writeRecords(client, batch);
    return;
  }
  const { rowCount } = await client.query({ ...statements[batch.form], values: [...batch.values] });
  // Every write reads the head. Without a head the statement succeeds and writes nothing.
  if (rowCount !== 1) throw await withoutHead(client);
}

/**
 * For a batch in which every command was refused. There is no event, so the log does not move. The lock keeps
 * the fence where it is until the records are committed.
 */
async function writeRecords(client: PoolClient, batch: PreparedBatch): Promise<void> {
  if (batch.recordCount === 0) return;
  const { rowCount } = await client.query({
    name: 'write-records',
    text: `
      with head as materialized (
        select generation
          from log_head
         where fence = $1::bigint
           for share
      )
      insert into idempotency_keys (${recordColumns}, writer, generation)
      select new.command_id, new.key, decode(new.request_hash, 'hex'), decode(new.meaning_hash, 'hex'), new.status,
             new.headers::jsonb, new.body, new.accepted, new.outcome, $11::uuid, head.generation
        from head,
             unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
                    $9::boolean[], $10::text[])
               as new (${recordColumns})`,
    values: [batch.values[1], ...batch.values.slice(recordsFrom, recordsFrom + recordParameterCount)],
  });
  if (rowCount !== batch.recordCount) throw await withoutHead(client);
}

/** The error of a statement that found no head under its fence. Nothing was written. */
async function withoutHead(client: PoolClient): Promise<Error> {
  const { rowCount } = await client.query({
    name: 'find-head',
    text: `
      select
        from log_head`,
  });
  return rowCount === 0 ? new LogHeadMissingError() : new FenceMovedError();
}

/** Place of $10 in the values. */
const recordsFrom = 9;
/** Nine columns and the process id. */
const recordParameterCount = 10;

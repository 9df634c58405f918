// The one write of the command path. It writes events, outbox rows, wallet rows and idempotency records of a
// batch in one statement, which is one database transaction. It raises `log_head` first. That row lock makes
// position order the commit order, and every other write waits for it, so two batches cannot deadlock.
//
// Invariant: a batch is written whole, and only if the fence of the log and the versions of its wallets are
// those that it was decided on. Wallets that it only read count as well, such as the payee of a hold. The
// snapshot of the statement may be older than the wait for the lock. That is safe, because PostgreSQL
// evaluates the condition of an update, or of a lock, again on the newest row.
import type { PoolClient } from 'pg';
import type { Hold, OpenHolds } from '../domain/hold.ts';
import type { Reversal } from '../domain/reversal.ts';
import type { RuleUse } from '../domain/velocityUse.ts';
import type { Wallet } from '../domain/wallet.ts';
import type { Details } from '../domain/walletEvents.ts';
import { eventParameters, eventStateParameters, type EventToAppend } from './appendEvents.ts';
import { appendStatements } from './appendStatements.ts';
import { arrayText } from './arrayText.ts';
import { cachedWalletParameters } from './cachedWalletRows.ts';
import { hasState } from './eventCodec.ts';
import { writeHold, writeReversal } from './holdRows.ts';
import { levels } from './levels.ts';
import type { LoadedBatch } from './loadBatch.ts';
import { FenceMovedError, LogHeadMissingError } from './logHead.ts';
import { type CommandToRecord, recordColumns, recordParameters } from './recordRows.ts';
import { writeUsage } from './usageRows.ts';
import { readWalletParameters, walletStates, writtenWalletParameters } from './walletRows.ts';

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
  readonly form: keyof typeof appendStatements;
  readonly isLoaded: boolean;
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
  const { isLoaded } = loaded;
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
    ...(isLoaded ? [] : cachedParameters(batch, loaded)),
  ];
  return {
    eventCount: events.length,
    recordCount: records.length,
    form: formOf(compact, withState, isLoaded),
    isLoaded,
    values: values.map((value) => (typeof value === 'object' ? arrayText(value) : value)),
  };
}

function formOf(compact: boolean, withState: boolean, isLoaded: boolean): PreparedBatch['form'] {
  if (isLoaded) return withState ? 'withState' : compact ? 'compact' : 'json';
  if (!compact) throw new TypeError('cached wallets are for a level that allows compact events');
  return withState ? 'cachedWithState' : 'cached';
}

function cachedParameters({ wallets }: BatchToAppend, { state, rowXids }: LoadedBatch) {
  const written = wallets.map(({ id }) => id);
  const isWritten = new Set(written);
  const read = [...state.wallets.keys()].filter((id) => !isWritten.has(id));
  return cachedWalletParameters(written, read, state.wallets, rowXids);
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

/** A command on cached wallets has a record, or the fence was moved. Nothing was written. */
export class UnconfirmedBatchError extends Error {
  override readonly name = 'UnconfirmedBatchError';

  constructor() {
    super('a command of the batch has a record, or the fence was moved: the batch is loaded');
  }
}

export interface AppendedRows {
  /** The database transaction that wrote the rows of the wallets (`xmin`). Absent without an event. */
  readonly rowXid?: string;
}

/**
 * Appends a batch and resolves once it is committed. `failureOf` says what a rejection means. If the batch
 * was decided on cached wallets, it may also reject with an UnconfirmedBatchError.
 */
export async function appendBatch(client: PoolClient, batch: PreparedBatch): Promise<AppendedRows> {
  if (batch.eventCount === 0) {
    await writeRecords(client, batch);
    return {};
  }
  const { rows } = await client.query<{ readonly row_xid: string }>({
    ...appendStatements[batch.form],
    values: [...batch.values],
  });
  // Every write reads the head. Without a head the statement succeeds and writes nothing.
  const [row] = rows;
  if (row !== undefined) return { rowXid: row.row_xid };
  throw batch.isLoaded ? await withoutHead(client) : new UnconfirmedBatchError();
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

// Reads the ledger for the API: one wallet's entries page by page, and the trial balance over all entries.
// The ledger is as far as its checkpoint. The event store may be ahead of it by some milliseconds.
import type { Pool, PoolClient } from 'pg';
import { movementIdOf } from '../../domain/movementId.ts';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { positionMax } from '../../eventStore/logHead.ts';
import { readEventsAt } from '../../eventStore/read/readEvents.ts';
import { decodeEvents } from '../projectEvents.ts';
import { queryLong } from '../../eventStore/longStatement.ts';

/** Longest sum over the whole ledger. The sum of 1,000,000 events takes about half a second. */
const trialBalanceTimeMaxMs = 60_000;

export interface WalletEntry {
  readonly position: bigint;
  /** Names the movement that the entry books. */
  readonly movementId: string;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: bigint;
  readonly currency: string;
  /** The account on the other side of the same event. */
  readonly counterAccount: string;
  readonly balanceAfterMinor: bigint;
  readonly occurredAt: Date;
  /** From the event; empty if the event carries none. */
  readonly description: string;
}

export interface WalletEntriesQuery {
  readonly walletId: string;
  readonly order: 'asc' | 'desc';
  /** Only entries after this position, in the direction of `order`; undefined starts at the beginning. */
  readonly after: bigint | undefined;
  /** Included. */
  readonly from: Date | undefined;
  /** Not included. */
  readonly to: Date | undefined;
  readonly limit: number;
}

interface EntryRow {
  readonly position: string;
  readonly direction: 'debit' | 'credit';
  readonly amount_minor: string;
  readonly currency: string;
  readonly counter_account: string;
  readonly balance_after_minor: string;
  readonly occurred_at: Date;
}

/**
 * At most `limit` entries of one wallet in order of position, so that each balance follows from the one
 * before.
 */
export async function readWalletEntries(pool: Pool, query: WalletEntriesQuery): Promise<WalletEntry[]> {
  const { walletId, order, from, to, limit } = query;
  const after = query.after ?? (order === 'asc' ? 0n : positionMax);
  const values = [`wallet:${walletId}`, after, from ?? '-infinity', to ?? 'infinity', limit];
  const { rows } =
    order === 'asc'
      ? await pool.query<EntryRow>({
          name: 'read-wallet-entries',
          text: `
            select entry.position, entry.direction, entry.amount_minor, entry.currency,
                   counter.account as counter_account, entry.balance_after_minor, entry.occurred_at
              from ledger_entries as entry
              join ledger_entries as counter
                on counter.position = entry.position
               and counter.leg <> entry.leg
             where entry.account = $1::text
               and entry.position > $2::bigint
               and entry.occurred_at >= $3::timestamptz
               and entry.occurred_at < $4::timestamptz
             order by entry.position
             limit $5::integer`,
          values,
        })
      : await pool.query<EntryRow>({
          name: 'read-wallet-entries-newest-first',
          text: `
            select entry.position, entry.direction, entry.amount_minor, entry.currency,
                   counter.account as counter_account, entry.balance_after_minor, entry.occurred_at
              from ledger_entries as entry
              join ledger_entries as counter
                on counter.position = entry.position
               and counter.leg <> entry.leg
             where entry.account = $1::text
               and entry.position < $2::bigint
               and entry.occurred_at >= $3::timestamptz
               and entry.occurred_at < $4::timestamptz
             order by entry.position desc
             limit $5::integer`,
          values,
        });
  const movements = await readBookedMovements(
    pool,
    rows.map(({ position }) => BigInt(position)),
  );
  return rows.map((row) => ({
    position: BigInt(row.position),
    movementId: movements.get(BigInt(row.position))?.id ?? '',
    direction: row.direction,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    counterAccount: row.counter_account,
    balanceAfterMinor: BigInt(row.balance_after_minor),
    occurredAt: row.occurred_at,
    description: movements.get(BigInt(row.position))?.description ?? '',
  }));
}

interface BookedMovement {
  readonly id: string;
  /** Read through the codec, which knows where older versions of an event keep it. */
  readonly description: string;
}

/** The movement booked at each position. A transfer is booked at the position of its first event. */
async function readBookedMovements(
  pool: Pool,
  positions: readonly bigint[],
): Promise<ReadonlyMap<bigint, BookedMovement>> {
  if (positions.length === 0) return new Map();
  const recorded = await readEventsAt(pool, positions);
  const { events } = decodeEvents(recorded);
  const descriptions = new Map(
    events.map(({ position, event }) => [position, 'description' in event ? event.description : '']),
  );
  return new Map(
    recorded.map(({ position, walletId, version }) => [
      position,
      { id: movementIdOf(walletId, version), description: descriptions.get(position) ?? '' },
    ]),
  );
}

export interface AccountClassSum {
  /** `wallet` or `settlement`: the part of an account before the colon. */
  readonly accountClass: string;
  readonly currency: string;
  readonly debitsMinor: bigint;
  readonly creditsMinor: bigint;
}

export interface TrialBalance {
  /** The ledger's checkpoint: the sums cover exactly the events up to here. */
  readonly position: bigint;
  readonly sums: readonly AccountClassSum[];
}

interface SumRow {
  readonly account_class: string;
  readonly currency: string;
  readonly debits_minor: string;
  readonly credits_minor: string;
}

/** Sums and checkpoint from one snapshot, so that they belong together while the ledger goes on. */
export function readTrialBalance(pool: Pool): Promise<TrialBalance> {
  return inDatabaseTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    // Lock before the snapshot: a rebuilt ledger that is swapped in after the snapshot would not match its
    // checkpoint.
    await client.query('lock table ledger_entries in access share mode');
    return { position: await readLedgerPosition(client), sums: await readSums(client) };
  });
}

async function readLedgerPosition(client: PoolClient): Promise<bigint> {
  const { rows } = await client.query<{ position: string }>(
    `select position from projector_checkpoints where projection = 'ledger'`,
  );
  return BigInt(rows[0]?.position ?? 0);
}

async function readSums(client: PoolClient): Promise<AccountClassSum[]> {
  const { rows } = await queryLong<SumRow>(client, trialBalanceTimeMaxMs, {
    text: `
      select split_part(account, ':', 1) as account_class,
             currency,
             coalesce(sum(amount_minor) filter (where direction = 'debit'), 0)::text as debits_minor,
             coalesce(sum(amount_minor) filter (where direction = 'credit'), 0)::text as credits_minor
        from ledger_entries
       group by account_class, currency
       order by account_class, currency`,
  });
  return rows.map((row) => ({
    accountClass: row.account_class,
    currency: row.currency,
    debitsMinor: BigInt(row.debits_minor),
    creditsMinor: BigInt(row.credits_minor),
  }));
}

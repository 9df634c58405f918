// The two forms in which the ledger may be stored. `legs` has two rows a posting, `postings` has one. One row
// of `ledger_form` says which one is in force. Every read and write of the ledger asks it first.
//
// Invariant: the form changes from `legs` to `postings` alone, at the swap of a rebuild, under an exclusive
// lock of `ledger_form`. A database transaction that has read the form keeps it until its end.
import type { Pool, PoolClient } from 'pg';
import { scopedId, type Tenant } from '../../../domain/tenant.ts';
import { type LongStatement, queryLong } from '../../../eventStore/longStatement.ts';
import type { Posting } from '../postings.ts';
import type { ReadDatabase } from '../../../eventStore/tenantReads.ts';

export type LedgerForm = 'legs' | 'postings';

/** One side of a posting, as the booking of a movement shows it. */
export interface BookedEntry {
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Null on settlement accounts. */
  readonly balanceAfterMinor: bigint | null;
}

export interface WalletEntriesQuery {
  readonly walletId: string;
  readonly order: 'asc' | 'desc';
  /** Only entries between these positions, neither included. */
  readonly above: bigint;
  readonly below: bigint;
  /** Included. */
  readonly from: Date | undefined;
  /** Not included. */
  readonly to: Date | undefined;
  readonly limit: number;
}

/** An entry on a wallet's account, as the ledger alone knows it. */
export interface AccountEntry {
  readonly position: bigint;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: bigint;
  readonly currency: string;
  /** The account on the other side of the same posting. */
  readonly counterAccount: string;
  readonly balanceAfterMinor: bigint;
  readonly occurredAt: Date;
}

/** A row of a page of entries, but for the account on the other side, which each form reads its own way. */
export interface AccountEntryRow {
  readonly position: string;
  readonly direction: 'debit' | 'credit';
  readonly amount_minor: string;
  readonly currency: string;
  readonly balance_after_minor: string;
  readonly occurred_at: Date;
}

export function toAccountEntry(row: AccountEntryRow, counterAccount: string): AccountEntry {
  return {
    position: BigInt(row.position),
    direction: row.direction,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    counterAccount,
    balanceAfterMinor: BigInt(row.balance_after_minor),
    occurredAt: row.occurred_at,
  };
}

export interface AccountClassSum {
  /** `wallet` or `settlement`: the part of an account before the colon. */
  readonly accountClass: string;
  readonly currency: string;
  readonly debitsMinor: bigint;
  readonly creditsMinor: bigint;
}

/** A row of the ledger as verification compares it. Every field is text. */
export interface ComparedRow {
  readonly position: bigint;
  /** The row within its event, such as `leg 1`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Everything that is read from and written to the ledger in one of its forms. */
export interface LedgerTable {
  /**
   * Inserts the rows that are missing, under a savepoint. All postings of an event belong in one call. Throws
   * the error of the table, and then nothing was written.
   */
  readonly insert: (client: PoolClient, postings: readonly Posting[]) => Promise<void>;
  readonly deleteAt: (client: PoolClient, positions: readonly bigint[]) => Promise<void>;
  /** The entries of an event, in the order of legs. */
  readonly readAt: (pool: ReadDatabase, position: bigint) => Promise<readonly BookedEntry[]>;
  /**
   * Entries in order of position, so that each balance follows from the one before. Gives at most `limit`
   * entries, and after them the rest of the last event.
   */
  readonly readWalletEntries: (
    pool: ReadDatabase,
    query: WalletEntriesQuery,
  ) => Promise<readonly AccountEntry[]>;
  readonly readSums: (client: PoolClient, tenant: Tenant) => Promise<readonly AccountClassSum[]>;
  /** Every row of the positions (after, through]. */
  readonly readRange: (pool: ReadDatabase, after: bigint, through: bigint) => Promise<readonly ComparedRow[]>;
  /** The rows that a posting should have. */
  readonly toCompared: (posting: Posting) => readonly ComparedRow[];
}

interface LedgerState {
  /** The form that is in force. */
  readonly form: LedgerForm;
  /** The position up to which `ledger_sums` covers the postings. */
  readonly sumsThrough: bigint;
}

export async function readLedgerState(client: Pick<Pool | PoolClient, 'query'>): Promise<LedgerState> {
  const { rows } = await client.query<{ form: LedgerForm; sums_through: string }>({
    name: 'read-ledger-state',
    text: `
      select form, sums_through
        from ledger_form`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('ledger_form is empty: restore its row, "legs" or "postings"');
  return { form: row.form, sumsThrough: BigInt(row.sums_through) };
}

export async function readLedgerForm(client: Pick<Pool | PoolClient, 'query'>): Promise<LedgerForm> {
  return (await readLedgerState(client)).form;
}

/** Longest sum over the whole ledger. The sum of 1,000,000 events takes about half a second. */
const trialBalanceTimeMaxMs = 60_000;

/**
 * Runs a statement that gives a tenant's sums by class of account and currency, in order of both. Its
 * first parameter is the prefix of the tenant's ids, and `values` follow.
 */
export async function querySums(
  client: PoolClient,
  tenant: Tenant,
  { values = [], ...statement }: LongStatement,
): Promise<readonly AccountClassSum[]> {
  const { rows } = await queryLong<{
    readonly account_class: string;
    readonly currency: string;
    readonly debits_minor: string;
    readonly credits_minor: string;
  }>(client, trialBalanceTimeMaxMs, { ...statement, values: [scopedId(tenant, ''), ...values] });
  return rows.map((row) => ({
    accountClass: row.account_class,
    currency: row.currency,
    debitsMinor: BigInt(row.debits_minor),
    creditsMinor: BigInt(row.credits_minor),
  }));
}

/** Keeps the database transaction usable after a refused statement. */
export async function underSavepoint(client: PoolClient, write: () => Promise<unknown>): Promise<void> {
  await client.query('savepoint ledger');
  try {
    await write();
  } catch (error) {
    await client.query('rollback to savepoint ledger');
    throw error;
  }
  await client.query('release savepoint ledger');
}

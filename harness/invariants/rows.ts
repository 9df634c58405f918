// The rows that the stores hold of one round of histories. The invariants judge them. A round uses wallets of
// its own, so its rows are all rows after the position at which it began.

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
  /** The time at which it was written, in milliseconds. Absent in histories that no database kept. */
  readonly keptAtMs?: number;
  /** The first wallet of an accepted outcome, and its command. Absent in answers of the former form. */
  readonly walletId?: string;
  readonly command?: string;
  /** True if the command asked for what was so already. It may have no event. */
  readonly isNothing?: boolean;
}

export interface WalletRow {
  readonly id: string;
  readonly ownerId: string;
  readonly currency: string;
  readonly balanceMinor: bigint;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly heldMinor: bigint;
  readonly minimumMinor: bigint;
  readonly status: string;
  /** Limits and freeze, and metadata and labels, each as JSON with its keys in order. */
  readonly terms: string;
  readonly details: string;
}

/** A row of `wallets`, with the number of open holds that it tells. */
export type StoredWalletRow = WalletRow & { readonly openHolds: number };

export interface HoldRow {
  readonly walletId: string;
  readonly holdId: string;
  readonly amountMinor: bigint;
  readonly capturedMinor: bigint;
  readonly releasedMinor: bigint;
  readonly remainingMinor: bigint;
  readonly endedAs: string | null;
}

/** How much of the event that made this version of the wallet went back. */
export interface ReversalRow {
  readonly walletId: string;
  readonly version: number;
  readonly amountMinor: bigint;
  readonly reversedMinor: bigint;
}

/** One snapshot of the event store. */
export interface StoreRows {
  /** The log's head when the round began; all positions are above it. */
  readonly from: number;
  readonly head: number;
  readonly events: readonly EventRow[];
  readonly wallets: readonly StoredWalletRow[];
  readonly holds: readonly HoldRow[];
  readonly reversals: readonly ReversalRow[];
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

/** Money on hold, as the ledger has it. */
export interface PendingRow {
  readonly position: number;
  readonly walletId: string;
  /** The change of the held amount; negative if less is held. */
  readonly changeMinor: bigint;
  /** The held amount after the event. */
  readonly heldAfterMinor: bigint | null;
}

/** The position and the time at which a round begins. */
export interface RoundStart {
  readonly position: number;
  /** Start of the round by the database's clock. Idempotency records have times of that clock too. */
  readonly at: Date;
}

/** JSON with the keys in order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}

/** Metadata and labels of a wallet as a text, for comparing. */
export function detailsText(
  metadata: Readonly<Record<string, string>> = {},
  labels: readonly string[] = [],
): string {
  return canonicalJson({ metadata, labels });
}

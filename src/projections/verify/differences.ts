// The differences that a comparison reports: names only, never contents, because results are kept in
// Temporal's history.

export interface Difference {
  readonly where:
    | 'document'
    | 'wallet row'
    | 'wallet state'
    | 'stream'
    | 'ledger'
    | 'outbox'
    | 'log'
    | 'record'
    | 'transfer';
  readonly walletId?: string;
  readonly position?: number;
  /** Fields that differ, or `missing`, or `extra`. */
  readonly fields: readonly string[];
}

/** Differences that one comparison keeps. All are counted. */
export const differencesKeptMax = 100;

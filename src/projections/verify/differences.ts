// What a comparison reports. Names only, because results are kept in Temporal's history.

/** A difference by name: never what either side holds. */
export interface Difference {
  readonly where: 'document' | 'wallet row' | 'stream' | 'ledger' | 'outbox';
  readonly walletId?: string;
  readonly position?: number;
  /** Fields that differ, or `missing`, or `extra`. */
  readonly fields: readonly string[];
}

/** Differences that one comparison keeps; all of them are counted. */
export const differencesKeptMax = 100;

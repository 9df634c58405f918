// What a load generator is asked for and what it tells. Two generators keep this contract: `wrk` where it is
// installed, because it leaves most of the machine to what is measured, else autocannon from npm.

export const operations = ['create', 'credit', 'debit', 'transfer'] as const;
export type Operation = (typeof operations)[number];

/** Amounts of every request, in minor units of USD: fixed, so that counts of commands tell sums of money. */
export const movementMinor = 100n;
export const initialBalanceMinor = 10_000n;

export interface Load {
  readonly url: string;
  readonly operation: Operation;
  /** The wallets it works on: `count` of them from number `first`; `create` makes new ones. */
  readonly wallets: { readonly first: number; readonly count: number };
  readonly connections: number;
  readonly seconds: number;
  /** Offered at this pace, whatever the answers; without it each connection sends when it is answered. */
  readonly ratePerS?: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** Answers of 2xx: what the database has to hold. */
  readonly acknowledged: number;
  /** Answers of any other status. */
  readonly refused: number;
  /** Connections that failed and requests that were not answered in time. */
  readonly failed: number;
  readonly latencyMs: Latency;
}

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Runs one load to its end. Requests that are in flight then are cut off: at most one a connection. */
export type Generator = (load: Load, signal: AbortSignal) => Promise<LoadResult>;

/** Longer than any wait that the service allows itself, so that a timeout is a defect and not impatience. */
export const answerWithinS = 20;

/** The wallet number `number` of a seeded database. */
export function walletIdOf(number: number): string {
  return `w-${number}`;
}

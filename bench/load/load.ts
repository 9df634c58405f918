// The contract of a load generator: its load and its result. There are two: `wrk` if it is installed, because
// it leaves most of the machine to the measured system, else autocannon from npm.

export const operations = ['create', 'credit', 'debit', 'transfer'] as const;
export type Operation = (typeof operations)[number];

/**
 * Amounts of every request, in minor units of USD. They are fixed, so that counts of commands give sums of
 * money.
 */
export const movementMinor = 100n;
export const initialBalanceMinor = 10_000n;

export interface Load {
  readonly url: string;
  readonly operation: Operation;
  /** The wallets of the load: `count` of them from number `first`. `create` makes new ones. */
  readonly wallets: { readonly first: number; readonly count: number };
  readonly connections: number;
  readonly seconds: number;
  /**
   * Requests are offered at this pace, whatever the answers. Without it each connection sends after its
   * answer.
   */
  readonly ratePerS?: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** Answers of 2xx. The database has to hold these commands. */
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

/** Runs one load to its end. It then cuts off the requests in flight: at most one a connection. */
export type Generator = (load: Load, signal: AbortSignal) => Promise<LoadResult>;

/** Longer than any wait of the service, so that a time-out is a defect. */
export const answerWithinS = 20;

/** The wallet number `number` of a seeded database. */
export function walletIdOf(number: number): string {
  return `w-${number}`;
}

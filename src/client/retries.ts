// When a request is sent again, and after how long: only what is safe to repeat, a bounded number of times,
// with full jitter, and never before the server's Retry-After.

export interface RetryLimits {
  /** Tries of one call, the first included. */
  readonly attemptsMax: number;
  /** Longest time of one try. */
  readonly attemptTimeoutMs: number;
  /** From the first try to the start of the last. */
  readonly totalTimeoutMs: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
}

export const retryLimitsDefault: RetryLimits = {
  attemptsMax: 6,
  attemptTimeoutMs: 15_000,
  totalTimeoutMs: 30_000,
  delayMinMs: 50,
  delayMaxMs: 2_000,
};

/** Too many requests, and the ways in which a service or a proxy before it is away for a while. */
const statusesToRetry: readonly number[] = [429, 502, 503, 504];

export function isWorthRetrying(status: number): boolean {
  return statusesToRetry.includes(status);
}

/**
 * Milliseconds to wait behind try number `attempt` (from 1), or undefined where it was the last one. `random`
 * is in [0, 1); `elapsedMs` counts from the first try.
 */
export function delayBehind(
  attempt: number,
  { retryAfter, elapsedMs, random }: DelayFacts,
  limits: RetryLimits,
): number | undefined {
  if (attempt >= limits.attemptsMax) return undefined;
  const ceiling = Math.min(limits.delayMaxMs, limits.delayMinMs * 2 ** attempt);
  const delayMs = Math.max(secondsOf(retryAfter) * 1_000, random * ceiling);
  return elapsedMs + delayMs > limits.totalTimeoutMs ? undefined : delayMs;
}

export interface DelayFacts {
  /** The header of that name: seconds. */
  readonly retryAfter: string | null;
  readonly elapsedMs: number;
  readonly random: number;
}

/** The form with a date is none of ours; it counts as no wish. */
function secondsOf(retryAfter: string | null): number {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 0;
}

// Decides whether a request is sent again, and after how long. Invariant: attempts are bounded, the delay has
// full jitter, and no attempt starts before the server's Retry-After.

export interface RetryLimits {
  /** Attempts of one call, the first included. */
  readonly attemptsMax: number;
  /** Longest time of one attempt. */
  readonly attemptTimeoutMs: number;
  /** From the first attempt to the start of the last. */
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

/** Too many requests, and the statuses of a service or proxy that is unavailable for a while. */
const statusesToRetry: readonly number[] = [429, 502, 503, 504];

export function isWorthRetrying(status: number): boolean {
  return statusesToRetry.includes(status);
}

/**
 * Milliseconds to wait after attempt number `attempt` (from 1), or undefined if that was the last one.
 * `random` is in [0, 1). `elapsedMs` counts from the first attempt.
 */
export function delayAfter(
  attempt: number,
  { retryAfter, date, elapsedMs, random }: DelayFacts,
  limits: RetryLimits,
): number | undefined {
  if (attempt >= limits.attemptsMax) return undefined;
  const ceiling = Math.min(limits.delayMaxMs, limits.delayMinMs * 2 ** attempt);
  const delayMs = Math.max(waitOf(retryAfter, date), random * ceiling);
  return elapsedMs + delayMs > limits.totalTimeoutMs ? undefined : delayMs;
}

interface DelayFacts {
  /** The header Retry-After, in seconds or as a date. */
  readonly retryAfter: string | null;
  /** The header Date of the same answer. */
  readonly date: string | null;
  readonly elapsedMs: number;
  readonly random: number;
}

/**
 * Milliseconds. A gateway may send a date. It counts from the same answer's own Date, so that a wrong clock
 * here changes nothing. Without that header it counts for nothing.
 */
function waitOf(retryAfter: string | null, date: string | null): number {
  if (retryAfter === null) return 0;
  if (/^\d{1,6}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const ms = Date.parse(retryAfter) - Date.parse(date ?? '');
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

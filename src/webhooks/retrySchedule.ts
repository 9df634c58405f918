// Says when a failed delivery is tried again, and when an endpoint is disabled. Pure. The delays are those of
// Standard Webhooks: the last attempt comes about three days after the first.

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Before attempt 1, 2 and so on. */
const delaysMs = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const;

export const attemptsMax = delaysMs.length;
/** Endpoints that failed together must not come back together. */
const jitterShare = 0.1;
/** A receiver must not stop its own deliveries for longer. */
const retryAfterMaxMs = 24 * hour;
/** Longer than all attempts of one delivery together. */
const failingMaxMs = 5 * 24 * hour;

/**
 * Milliseconds from the end of the attempt before to attempt number `attempt`, which counts from 1. Undefined
 * if there is no such attempt any more. `random` is in [0, 1). `retryAfterMs` is what the receiver asked for.
 */
export function delayBefore(attempt: number, random: number, retryAfterMs = 0): number | undefined {
  const delayMs = delaysMs[attempt - 1];
  if (delayMs === undefined) return undefined;
  const withJitterMs = delayMs * (1 - jitterShare + 2 * jitterShare * random);
  return Math.round(Math.max(withJitterMs, Math.min(retryAfterMs, retryAfterMaxMs)));
}

/** `failingMs` is the time since the first failure that no success has followed. */
export function isDisabledAfter(failingMs: number): boolean {
  return failingMs >= failingMaxMs;
}

// Shares an expensive reading between many callers, such as scrapes of /metrics. It reads when a caller asks
// and the last reading is too old. Only one reading is under way at a time, and no caller waits for it longer
// than its limit.

export interface CachedReadingOptions<T> {
  readonly read: () => Promise<T>;
  /** How long a reading, or its failure, is reused. */
  readonly ageMaxMs: number;
  /** Longest wait of one caller. */
  readonly waitMaxMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** The latest reading; undefined if it failed or does not arrive in time. Never rejects. */
export function createCachedReading<T>(options: CachedReadingOptions<T>): () => Promise<T | undefined> {
  const { read, ageMaxMs, waitMaxMs, now, onFailure } = options;
  let held: { readonly value: T | undefined; readonly at: number } | undefined;
  let underWay: Promise<T | undefined> | undefined;

  const readOnce = async (): Promise<T | undefined> => {
    let value: T | undefined;
    try {
      value = await read();
    } catch (error) {
      onFailure(error);
    }
    held = { value, at: now() };
    underWay = undefined;
    return value;
  };

  return async () => {
    if (held !== undefined && now() - held.at < ageMaxMs) return held.value;
    underWay ??= readOnce();
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, waitMaxMs, undefined);
    try {
      return await Promise.race([underWay, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

// A reading that many may ask for at once and that costs somebody else: made at most once in a while, one at a time,
// and never waited for longer than a caller can.

export interface CachedReadingOptions<T> {
  readonly read: () => Promise<T>;
  /** How long a reading, or the fact that it failed, is good for. */
  readonly ageMaxMs: number;
  /** Longest wait of one caller. */
  readonly waitMaxMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** The latest reading; undefined where it failed or is not there in time. Never rejects. */
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

// Bounds the wait for one answer. The work itself goes on, and its late result is dropped.

/** The result of `work`. Rejects with an Error of that message if it takes longer than `timeMaxMs`. */
export async function withinDeadline<T>(timeMaxMs: number, work: Promise<T>, message: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(message));
  }, timeMaxMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

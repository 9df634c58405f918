// Makes one answer for many callers, so that any number of probes, pages and scrapes costs what one costs.

/**
 * Makes one answer for all who ask while it is made, and for those who ask within `sharedMs` after that. A
 * failure is shared with those who wait for it, and not kept.
 */
export function createSharedAnswer<T>(
  make: () => Promise<T>,
  sharedMs: number,
  monotonicMs: () => number = () => performance.now(),
): () => Promise<T> {
  let held: { readonly answer: Promise<T>; madeAt: number } | undefined;
  return () => {
    if (held !== undefined && monotonicMs() - held.madeAt < sharedMs) return held.answer;
    const made = { answer: make(), madeAt: Infinity };
    held = made;
    made.answer.then(
      () => (made.madeAt = monotonicMs()),
      () => {
        if (held === made) held = undefined;
      },
    );
    return made.answer;
  };
}

// Asks the read model, but not for a while after it failed. Otherwise each read would wait for the same dead
// Elasticsearch before PostgreSQL answers it.

export interface ReadModelAccess {
  /** The result of `request`, or undefined if it failed or the read model is not asked now. Never rejects. */
  readonly ask: <T>(request: () => Promise<T>) => Promise<T | undefined>;
}

export interface ReadModelAccessOptions {
  /** The time after a failure in which the read model is not asked. */
  readonly breakerOpenMs: number;
  /** Called once for each such time, with the failure that began it. */
  readonly onFailure: (error: unknown) => void;
  /** Called after each answer. */
  readonly onAnswered?: () => void;
  readonly monotonicMs: () => number;
}

export function createReadModelAccess(options: ReadModelAccessOptions): ReadModelAccess {
  const { breakerOpenMs, onFailure, onAnswered, monotonicMs } = options;
  let openUntil = -Infinity;
  return {
    async ask(request) {
      if (monotonicMs() < openUntil) return undefined;
      try {
        const answer = await request();
        onAnswered?.();
        return answer;
      } catch (error) {
        // Many reads may fail together, and only the first of them reports it.
        if (monotonicMs() >= openUntil) onFailure(error);
        openUntil = monotonicMs() + breakerOpenMs;
        return undefined;
      }
    },
  };
}

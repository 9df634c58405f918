// How the API asks the read model: not at all for a moment after it failed, so that reads don't each wait for the
// same dead Elasticsearch before PostgreSQL answers them.

export interface ReadModelAccess {
  /** What `request` resolves with; undefined where the read model can't be asked now. Never rejects. */
  readonly ask: <T>(request: () => Promise<T>) => Promise<T | undefined>;
}

export interface ReadModelAccessOptions {
  /** How long the read model is left alone after a failure. */
  readonly breakerOpenMs: number;
  /** Hears of a failure, once each time the read model is left alone. */
  readonly onFailure: (error: unknown) => void;
  readonly monotonicMs: () => number;
}

export function createReadModelAccess(options: ReadModelAccessOptions): ReadModelAccess {
  const { breakerOpenMs, onFailure, monotonicMs } = options;
  let openUntil = -Infinity;
  return {
    async ask(request) {
      if (monotonicMs() < openUntil) return undefined;
      try {
        return await request();
      } catch (error) {
        // Many reads may fail together; the first of them speaks for all.
        if (monotonicMs() >= openUntil) onFailure(error);
        openUntil = monotonicMs() + breakerOpenMs;
        return undefined;
      }
    },
  };
}

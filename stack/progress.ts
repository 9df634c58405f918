// Tells the person at the terminal which step runs, how far it is and how long it takes.

const REPORT_EVERY_MS = 5_000;

export interface Progress {
  /** Prints one line. */
  readonly say: (line: string) => void;
  /**
   * Runs a long step. Prints its name at the start, its progress every few seconds, and its duration at the
   * end.
   */
  readonly step: <T>(what: string, work: (far: (text: string) => void) => Promise<T>) => Promise<T>;
}

export function createProgress(write: (line: string) => void): Progress {
  return {
    say: write,
    async step(what, work) {
      const startedAt = performance.now();
      let how = '';
      const elapsed = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
      write(`${what} …`);
      const timer = setInterval(() => {
        write(`${what}: ${how === '' ? '' : `${how}, `}${elapsed()}`);
      }, REPORT_EVERY_MS);
      try {
        const result = await work((text) => {
          how = text;
        });
        write(`${what}: done in ${elapsed()}`);
        return result;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

export const silent: Progress = createProgress(() => undefined);

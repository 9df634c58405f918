// Decides whether a process that died is started again, and when. The pauses grow, and their number is
// bounded, so that a process that can't live ends in words instead of a loop.
import { setTimeout as delay } from 'node:timers/promises';

const DEATHS_MAX = 5;
const WINDOW_MS = 300_000;
const PAUSE_MIN_MS = 250;

export interface Restarts {
  /** Resolves to true after the pause, if the process may be started again. */
  readonly wait: (name: string, notice: string, signal: AbortSignal) => Promise<boolean>;
}

/** Without `say` the first death is final, which `giveUp` receives. */
export function createRestarts(
  say: ((line: string) => void) | undefined,
  giveUp: (notice: string) => void,
): Restarts {
  const deaths = new Map<string, readonly number[]>();

  function countDeath(name: string): number {
    const now = performance.now();
    const recent = [...(deaths.get(name) ?? []).filter((at) => now - at < WINDOW_MS), now];
    deaths.set(name, recent);
    return recent.length;
  }

  return {
    async wait(name, notice, signal) {
      const count = countDeath(name);
      if (say === undefined || count > DEATHS_MAX) {
        const often = `\n${name} ended ${count} times in a few minutes and is not started again.`;
        giveUp(say === undefined ? notice : `${notice}${often}`);
        return false;
      }
      const pauseMs = PAUSE_MIN_MS * 2 ** (count - 1);
      say(`${notice}\n${name}: starting it again in ${pauseMs / 1_000} s (${count} of ${DEATHS_MAX})`);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      return !signal.aborted;
    },
  };
}

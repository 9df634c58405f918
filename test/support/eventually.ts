// Waiting for a condition instead of a time: the one way in which tests wait.
import { setTimeout as pause } from 'node:timers/promises';

const pauseMs = 20;

/**
 * Calls `look` until it neither throws nor returns undefined or false, and returns what it returned. Throws the
 * last failure after `waitMaxMs`.
 */
export async function eventually<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  waitMaxMs = 20_000,
): Promise<T> {
  const endsAt = performance.now() + waitMaxMs;
  for (;;) {
    let failure: unknown = new Error(`condition was not met: ${look.toString().slice(0, 200)}`);
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > endsAt) throw failure;
    await pause(pauseMs);
  }
}

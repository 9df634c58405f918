// Waits for a condition instead of a time. Tests wait in no other way.
import { setTimeout as pause } from 'node:timers/promises';

const pauseMs = 20;

/**
 * Calls `check` until it neither throws nor returns undefined or false, and returns its result. Throws the
 * last failure after `waitMaxMs`.
 */
export async function eventually<T>(
  check: () => Promise<T | undefined | false> | T | undefined | false,
  waitMaxMs = 20_000,
): Promise<T> {
  const endsAt = performance.now() + waitMaxMs;
  for (;;) {
    let failure: unknown = new Error(`condition was not met: ${check.toString().slice(0, 200)}`);
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > endsAt) throw failure;
    await pause(pauseMs);
  }
}

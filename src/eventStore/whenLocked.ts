// Tries steps again that gave up because they would have had to wait for a lock. Changes of tables wait for
// locks with a short bound, because every later statement queues after them.
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from 'pg';

interface Tries {
  readonly triesMax: number;
  readonly pauseMs: number;
}

/** Runs a step again if it could not lock its tables. Undefined if it never could. */
export async function whenLocked<Result>(
  { triesMax, pauseMs }: Tries,
  step: () => Promise<Result>,
): Promise<Result | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await step();
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      if (tries >= triesMax) return undefined;
    }
    await pause(pauseMs);
  }
}

/** True if a step gave up because it would have had to wait for a lock. Nothing was changed. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '55P03';
}

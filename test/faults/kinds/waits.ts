// What strikes share: waiting for what must happen, bounded, and choosing whom to strike.
import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../src/eventStore/databaseFailure.ts';
import type { RestartableProcess } from '../restartableProcess.ts';

const pollMs = 5;
const answersWithinMs = 20_000;
const againAfterMs = 100;
/** A process that is being started again takes about a second; two of them on a busy machine several. */
const freeWithinMs = 60_000;

/** True as soon as `look` gives true; false after `waitMaxMs`, or when the run is to end. */
export async function until(
  check: () => boolean | Promise<boolean>,
  waitMaxMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + waitMaxMs;
  for (;;) {
    if (await check()) return true;
    if (signal.aborted || performance.now() > deadline) return false;
    await pause(pollMs);
  }
}

/** Tries again while PostgreSQL is away, which is another strike's doing. */
export async function whenDatabaseAnswers<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const deadline = performance.now() + answersWithinMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseUnavailable(error) || signal.aborted || performance.now() > deadline) throw error;
    }
    await pause(againAfterMs);
  }
}

/** Those that live and that no other strike has; waits until there are so many. */
export async function freeProcesses<P extends RestartableProcess>(
  processes: readonly P[],
  signal: AbortSignal,
  atLeast = 1,
): Promise<readonly P[]> {
  const free = () => processes.filter((each) => each.alive() && !each.isHeld());
  // One that died by itself is nobody's business but ours: the finding is remembered by the stand.
  for (const each of processes) if (!each.alive() && !each.isHeld()) each.restartMeanwhile();
  if (!(await until(() => free().length >= atLeast, freeWithinMs, signal))) {
    signal.throwIfAborted();
    throw new Error(`of ${processes.map(({ name }) => name).join(', ')} fewer than ${atLeast} came back`);
  }
  return free();
}

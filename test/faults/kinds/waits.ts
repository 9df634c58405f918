// What strikes share: waiting for what must happen, bounded, and choosing whom to strike.
import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../src/eventStore/databaseFailure.ts';
import type { SystemProcess } from '../restartableProcess.ts';
import type { Random } from '../../../harness/proxy.ts';

const lookEveryMs = 5;
const answersWithinMs = 20_000;
const againAfterMs = 100;
/** A process that is being started again takes about a second; two of them on a busy machine several. */
const freeWithinMs = 60_000;

/** True as soon as `look` gives true; false after `waitMaxMs`, or when the run is to end. */
export async function until(
  look: () => boolean | Promise<boolean>,
  waitMaxMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + waitMaxMs;
  for (;;) {
    if (await look()) return true;
    if (signal.aborted || performance.now() > deadline) return false;
    await pause(lookEveryMs);
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

/** A whole number from `min` to `max`, both included. */
export function between(min: number, max: number, random: Random): number {
  return min + Math.floor(random() * (max - min + 1));
}

export function pick<T>(choices: readonly T[], random: Random): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new Error('nothing to choose from');
  return choice;
}

/** Those that live and that no other strike has; waits until there are so many. */
export async function freeProcesses<P extends SystemProcess>(
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

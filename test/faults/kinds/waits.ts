// Bounded waits that the faults share, and the choice of the processes that a fault may hit.
import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../src/eventStore/databaseFailure.ts';
import type { RestartableProcess } from '../restartableProcess.ts';

const pollMs = 5;
const answersWithinMs = 20_000;
const againAfterMs = 100;
/** A process that is being started again takes about a second; two of them on a busy machine several. */
const freeWithinMs = 60_000;

/** True as soon as `check` gives true. False after `waitMaxMs`, or when the run is to end. */
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

/** Tries again while another fault keeps PostgreSQL away. */
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

/** Processes that live and that no other fault has. Waits until there are so many. */
export async function freeProcesses<P extends RestartableProcess>(
  processes: readonly P[],
  signal: AbortSignal,
  atLeast = 1,
): Promise<readonly P[]> {
  const free = () => processes.filter((each) => each.alive() && !each.isHeld());
  // A process that died by itself is started again here. The environment has recorded its death as a finding.
  for (const each of processes) if (!each.alive() && !each.isHeld()) each.restartMeanwhile();
  if (!(await until(() => free().length >= atLeast, freeWithinMs, signal))) {
    signal.throwIfAborted();
    throw new Error(`of ${processes.map(({ name }) => name).join(', ')} fewer than ${atLeast} came back`);
  }
  return free();
}

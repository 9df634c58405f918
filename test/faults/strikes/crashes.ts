// Striking processes at a named step: whoever gets there first ends itself, and proves it by the file that it wrote.
import type { CrashPoint } from '../../../src/crashPoints.ts';
import type { SystemProcess } from '../processes.ts';
import type { Struck } from './faultKind.ts';
import { until } from './striking.ts';

/** Kills each of the processes that comes to the step, at least the first, and starts it again meanwhile. */
export async function killAtStep(
  processes: readonly SystemProcess[],
  point: CrashPoint,
  passage: number,
  reachedWithinMs: number,
  signal: AbortSignal,
): Promise<Struck> {
  for (const each of processes) each.crashPoint.arm({ point, passage, signal: 'SIGKILL' });
  await until(() => processes.some((each) => !each.alive()), reachedWithinMs, signal);
  const reached: string[] = [];
  for (const each of processes) {
    // The file first: one that is not there yet may still be written by a process that goes on.
    const isReached = each.crashPoint.isReached() && (await each.ended()) === 'SIGKILL';
    if (isReached) reached.push(each.name);
    if (isReached || !each.alive()) each.restartMeanwhile();
    else each.crashPoint.disarm();
  }
  return { struck: reached.length, detail: { passage, reached } };
}

// Striking processes at a named step: whoever gets there first ends itself, and proves it by the file that it wrote.
import type { FailpointName } from '../../../src/failpoints.ts';
import type { SystemProcess } from '../restartableProcess.ts';
import type { Stand } from '../faultEnvironment.ts';
import type { Struck } from './faultKind.ts';
import { until } from './waits.ts';

const closedWithinMs = 500;

export interface Step {
  readonly point: FailpointName;
  readonly passage: number;
  readonly reachedWithinMs: number;
}

/** Kills each of the processes that comes to the step, at least the first, and starts it again meanwhile. */
export async function killAtStep(
  stand: Stand,
  processes: readonly SystemProcess[],
  { point, passage, reachedWithinMs }: Step,
  signal: AbortSignal,
): Promise<Struck> {
  for (const each of processes) {
    takeInHand(stand, each);
    each.failpoint.arm({ point, passage, signal: 'SIGKILL' });
  }
  await until(() => processes.some((each) => !each.alive()), reachedWithinMs, signal);
  const reached: string[] = [];
  const inHand: string[] = [];
  for (const each of processes) {
    // The file first: one that is not there yet may still be written by a process that goes on.
    const isReached = each.failpoint.isReached() && (await each.ended()) === 'SIGKILL';
    if (isReached) {
      reached.push(each.name);
      inHand.push(...(await leftInHand(stand, each, signal)));
    }
    if (isReached || !each.alive()) each.restartMeanwhile();
    else each.failpoint.disarm();
  }
  return { struck: reached.length, inHand, detail: { passage, reached } };
}

/** Ids of the calls that were with the API process when it died, as the proxy in front of it knows them. */
export async function leftInHand(
  stand: Stand,
  dead: SystemProcess,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (dead.program !== 'server') return [];
  const port = Number(new URL(dead.url).port);
  await until(() => stand.proxies.api.connections(port) === 0, closedWithinMs, signal);
  return takeInHand(stand, dead);
}

/** Asked before a strike, it forgets what earlier faults left. */
export function takeInHand({ proxies }: Stand, { url }: SystemProcess): readonly string[] {
  return proxies.api.takeUnanswered(Number(new URL(url).port));
}

// Striking processes at a named step: whoever gets there first ends itself, and proves it by the file that it wrote.
import type { FailpointName } from '../../../src/failpoints.ts';
import type { RestartableProcess } from '../restartableProcess.ts';
import type { FaultEnvironment } from '../faultEnvironment.ts';
import type { Hits } from './faultKind.ts';
import { until } from './waits.ts';

const closedWithinMs = 500;

export interface Step {
  readonly point: FailpointName;
  readonly passage: number;
  readonly reachedWithinMs: number;
}

/** Kills each of the processes that comes to the step, at least the first, and starts it again meanwhile. */
export async function killAtStep(
  environment: FaultEnvironment,
  processes: readonly RestartableProcess[],
  { point, passage, reachedWithinMs }: Step,
  signal: AbortSignal,
): Promise<Hits> {
  for (const each of processes) {
    takeInFlight(environment, each);
    each.failpoint.arm({ point, passage, signal: 'SIGKILL' });
  }
  await until(() => processes.some((each) => !each.alive()), reachedWithinMs, signal);
  const reached: string[] = [];
  const inFlight: string[] = [];
  for (const each of processes) {
    // The file first: one that is not there yet may still be written by a process that goes on.
    const isReached = each.failpoint.isReached() && (await each.ended()) === 'SIGKILL';
    if (isReached) {
      reached.push(each.name);
      inFlight.push(...(await leftInFlight(environment, each, signal)));
    }
    if (isReached || !each.alive()) each.restartMeanwhile();
    else each.failpoint.disarm();
  }
  return { hits: reached.length, inFlight, detail: { passage, reached } };
}

/** Ids of the calls that were with the API process when it died, as the proxy in front of it knows them. */
export async function leftInFlight(
  environment: FaultEnvironment,
  dead: RestartableProcess,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (dead.program !== 'server') return [];
  const port = Number(new URL(dead.url).port);
  await until(() => environment.proxies.api.connections(port) === 0, closedWithinMs, signal);
  return takeInFlight(environment, dead);
}

/** Asked before a strike, it forgets what earlier faults left. */
export function takeInFlight({ proxies }: FaultEnvironment, { url }: RestartableProcess): readonly string[] {
  return proxies.api.takeUnanswered(Number(new URL(url).port));
}

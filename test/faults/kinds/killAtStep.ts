// Kills processes at a named step. A process that reaches the step ends itself. The file that it wrote before
// proves it.
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

/**
 * Kills each process that reaches the step, at least the first one, and starts it again in the background.
 */
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
    // The file comes first: if it is missing now, a process that still runs may yet write it.
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

/** Called before a fault, it also drops the ids that earlier faults left. */
export function takeInFlight({ proxies }: FaultEnvironment, { url }: RestartableProcess): readonly string[] {
  return proxies.api.takeUnanswered(Number(new URL(url).port));
}

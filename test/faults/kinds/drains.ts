// Looks up and ends the drains and the sweep that run in Temporal. One whose worker was killed waits for its
// heartbeat time-out. One whose store did not answer waits for its back-off. Hundreds of such waits would
// take too long, so the run is terminated, and the next run begins at once.
import { ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import { type ProjectionName, projectionNames } from '../../../src/projections/registry.ts';
import type { FaultEnvironment } from '../faultEnvironment.ts';

export type Drain = ProjectionName;
export const allDrains: readonly Drain[] = projectionNames;
/** The schedules whose runs never end for long. */
export type Looping = `drain-${Drain}` | 'expire-holds';
const allLooping: readonly Looping[] = [
  ...allDrains.map((drain) => `drain-${drain}` as const),
  'expire-holds',
];

/** Terminates the runs that only wait for time to pass. Does nothing while Temporal is away. */
export async function restartWaiting(
  environment: FaultEnvironment,
  schedules: readonly Looping[] = allLooping,
): Promise<void> {
  for (const name of schedules) {
    const schedule = environment.temporal.schedule.getHandle(name);
    try {
      const { info } = await schedule.describe();
      const running = info.runningActions.map(({ workflow }) => workflow.workflowId);
      const waiting: string[] = [];
      for (const id of running) if (await onlyWaits(environment, id)) waiting.push(id);
      for (const id of waiting) {
        await environment.temporal.workflow
          .getHandle(id)
          .terminate('its worker was killed, or its store was away');
      }
      if (waiting.length > 0 || running.length === 0) await schedule.trigger();
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}

/** True if its attempt is on a dead worker, or has not begun because the previous attempt failed. */
async function onlyWaits(environment: FaultEnvironment, workflowId: string): Promise<boolean> {
  const { raw } = await environment.temporal.workflow.getHandle(workflowId).describe();
  const live = environment.workers.filter((worker) => worker.alive()).map((worker) => worker.pid());
  return (raw.pendingActivities ?? []).some(({ attempt, lastWorkerIdentity, lastStartedTime }) => {
    const pid = Number((lastWorkerIdentity ?? '').split('@')[0]);
    return lastStartedTime === undefined || lastStartedTime === null
      ? (attempt ?? 1) > 1
      : !live.includes(pid) || (attempt ?? 1) > 2;
  });
}

/** True if the run has ended, the schedule does not exist yet, or a fault hits Temporal itself. */
function isAway(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError || error instanceof ScheduleNotFoundError) return true;
  return error instanceof Error && (error.name === 'ServiceError' || 'code' in error);
}

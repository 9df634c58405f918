// The drains as Temporal runs them. A drain whose worker was killed waits for its heartbeat to time out, and one whose
// store was away waits for its back-off; a bench that strikes hundreds of times ends such a run, as an operator would,
// so that the next one begins at once.
import { ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import type { FaultEnvironment } from '../faultEnvironment.ts';

export type Drain = 'read-model' | 'ledger';
export const allDrains: readonly Drain[] = ['read-model', 'ledger'];

/** Ends the runs that wait for nothing but time. Where Temporal is away there is nothing to do. */
export async function restartWaitingDrains(
  environment: FaultEnvironment,
  drains: readonly Drain[] = allDrains,
): Promise<void> {
  for (const drain of drains) {
    const schedule = environment.temporal.schedule.getHandle(`drain-${drain}`);
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

/** Its attempt is on a worker that is dead, or has not begun because the one before failed. */
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

/** The run ended meanwhile, the schedule is not made yet, or Temporal itself is under a strike. */
function isAway(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError || error instanceof ScheduleNotFoundError) return true;
  return error instanceof Error && (error.name === 'ServiceError' || 'code' in error);
}

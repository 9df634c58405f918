// Describes one history to record: the workflow, the answers of its activities, and the steps of an operator.
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/activities/activities.ts';
import type { CarriedProgress } from '../../src/workflows/recovery/progress.ts';
import { eventually } from './eventually.ts';

export interface Recording {
  /** Name of the file in test/histories/. */
  readonly name: string;
  readonly type: string;
  /** End of a child's workflow id. The history of that child is then recorded. */
  readonly child?: string;
  readonly args?: readonly unknown[];
  readonly activities: Partial<Activities>;
  /** Sends signals, updates and cancellations while the workflow runs. */
  readonly steer?: (handle: WorkflowHandle) => Promise<void>;
}

/** An activity that waits for the operator. */
export interface Held {
  readonly before: () => Promise<undefined>;
  readonly reached: PromiseWithResolvers<undefined>;
  readonly letGo: PromiseWithResolvers<undefined>;
}

export function held(): Held {
  const reached = Promise.withResolvers<undefined>();
  const letGo = Promise.withResolvers<undefined>();
  return {
    before: () => {
      reached.resolve(undefined);
      return letGo.promise;
    },
    reached,
    letGo,
  };
}

/** Cancels the run once its activity is under way, and lets the activity end once the run has asked it to. */
export async function cancelInActivity(handle: WorkflowHandle, { reached, letGo }: Held): Promise<void> {
  await reached.promise;
  await handle.cancel();
  const isAsked = async () => {
    const { events = [] } = await handle.fetchHistory();
    return events?.some((event) => event.activityTaskCancelRequestedEventAttributes);
  };
  await eventually(isAsked);
  letGo.resolve(undefined);
}

/** The progress that a run hands over when it continues as a new run. */
export function carried(phase: string, done: number, total: number | null): CarriedProgress {
  const marks = [{ activeMs: 45_000, done }];
  return {
    ...{ phase, done, total, marks },
    ...{ unit: 'events', differences: 0, paused: false, activeMs: 60_000 },
  };
}

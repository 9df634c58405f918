// One history to record: which workflow, what its activities answer, and what an operator does meanwhile.
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/activities/activities.ts';
import type { CarriedProgress } from '../../src/workflows/recovery/progress.ts';

export interface Recording {
  /** Name of the file under test/histories/. */
  readonly name: string;
  readonly type: string;
  /** Behind the workflow's id: the child whose history is the one to record. */
  readonly child?: string;
  readonly args?: readonly unknown[];
  readonly activities: Partial<Activities>;
  /** Signals, updates and cancellations while the workflow runs. */
  readonly steer?: (handle: WorkflowHandle) => Promise<void>;
}

/** What a run that goes on as new hands to the next. */
export function carried(phase: string, done: number, total: number | null): CarriedProgress {
  const marks = [{ activeMs: 45_000, done }];
  return {
    ...{ phase, done, total, marks },
    ...{ unit: 'events', differences: 0, paused: false, activeMs: 60_000 },
  };
}

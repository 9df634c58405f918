// One history to record: which workflow, what its activities answer, and what an operator does meanwhile.
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/activities/activities.ts';

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

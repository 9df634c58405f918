// Finds the step of a running recovery that fails and is tried again: what the store said, how often it was
// tried, and when the next attempt comes. The slices of a rebuild are workflows of their own, so they are
// asked as well.
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { timeOf } from './runHealth.ts';
import type { Ask } from './temporalUnavailable.ts';

export interface FailingStep {
  /** The activity that failed. */
  readonly step: string;
  /** Attempts that have failed so far. */
  readonly attempts: number;
  /** The last failure, with the store's own reason. */
  readonly failure: string;
  /** Null while an attempt runs. */
  readonly nextAttemptAt: Date | null;
}

type Described = WorkflowExecutionDescription['raw'];

/** A rebuild has at most this many slices. */
const childrenAskedMax = 16;

/** The step that has failed most often; null if none fails. */
export async function failingStepOf(
  client: Client,
  described: Described,
  ask: Ask,
  now: Date,
): Promise<FailingStep | null> {
  const children = (described.pendingChildren ?? []).slice(0, childrenAskedMax);
  const childrenDescribed = await Promise.all(
    children.map(async ({ workflowId, runId }) => {
      const handle = client.workflow.getHandle(workflowId ?? '', runId ?? undefined);
      // A slice that ends meanwhile fails no longer.
      return ask(() => handle.describe()).then(
        ({ raw }) => raw,
        () => undefined,
      );
    }),
  );
  return failingStepIn([described, ...childrenDescribed], now);
}

export function failingStepIn(runs: readonly (Described | undefined)[], now: Date): FailingStep | null {
  const failing = runs
    .flatMap((run) => run?.pendingActivities ?? [])
    .flatMap(({ activityType, attempt, lastFailure, scheduledTime }) => {
      const failure = lastFailure?.message ?? '';
      if (failure === '') return [];
      const nextAtMs = timeOf(scheduledTime);
      const nextAttemptAt = nextAtMs > now.getTime() ? new Date(nextAtMs) : null;
      return [{ step: activityType?.name ?? '', attempts: (attempt ?? 1) - 1, failure, nextAttemptAt }];
    });
  return failing.toSorted((one, other) => other.attempts - one.attempts)[0] ?? null;
}

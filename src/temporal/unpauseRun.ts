// Ends a pause of a run inside Temporal, which is another thing than the pause of its schedule. A page of the
// Web UI or `temporal activity pause` makes one. Without this a resume would answer "running" and nothing
// would run.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { readRunHealth } from './runHealth.ts';
import { type Ask, TemporalUnavailableError } from './temporalUnavailable.ts';

const lookAgainMs = 50;
const effectiveWithinMs = 6_000;
const identity = 'wallet';

/** Resolves once nothing of the run is paused. Throws TemporalUnavailableError if it stays paused. */
export async function unpauseRun(
  client: Client,
  namespace: string,
  execution: { readonly workflowId: string; readonly runId?: string },
  ask: Ask,
): Promise<void> {
  const { workflowId, runId = '' } = execution;
  const startedAt = performance.now();
  let isRequested = false;
  for (;;) {
    const run = await readRunHealth(client, { TEMPORAL_NAMESPACE: namespace }, execution, ask);
    if (!run?.isPaused) return;
    if (performance.now() - startedAt > effectiveWithinMs)
      throw new TemporalUnavailableError(
        `Temporal took the request to resume "${workflowId}", and it is still paused inside Temporal.`,
      );
    if (!isRequested) {
      isRequested = true;
      const { workflowService } = client;
      for (const id of run.pausedActivities)
        await ask(() =>
          workflowService.unpauseActivity({ namespace, identity, execution: { workflowId, runId }, id }),
        );
      if (run.isWorkflowPaused)
        await ask(() =>
          workflowService.unpauseWorkflowExecution({
            namespace,
            identity,
            workflowId,
            runId,
            reason: 'resume',
          }),
        );
    }
    await pause(lookAgainMs);
  }
}

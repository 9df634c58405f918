// Replays the stored histories with today's workflows. Runs with such histories may be open while a new
// version is deployed. A change of their commands would break those runs, so it has to be a patch.
import { readdirSync, readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, it } from 'vitest';
import { bundleWorkflows } from '../support/temporal.ts';

const histories = new URL('../histories/', import.meta.url);
const files = readdirSync(histories).filter((file) => file.endsWith('.json'));

let workflowBundle: Awaited<ReturnType<typeof bundleWorkflows>>;
beforeAll(async () => {
  workflowBundle = await bundleWorkflows();
});

function readHistory(file: string) {
  return historyFromJSON(JSON.parse(readFileSync(new URL(file, histories), 'utf8')));
}

it.each(files)('%s is replayed without another command', async (file) => {
  const history = readHistory(file);
  // The ids of the children begin with it.
  const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? undefined;
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
});

it('a history with other commands is detected', async () => {
  const history = readHistory('drainReadModel-handover.json');
  const activityType = history.events?.find((event) => event.activityTaskScheduledEventAttributes)
    ?.activityTaskScheduledEventAttributes?.activityType;
  if (!activityType) throw new Error('the history has an activity');
  activityType.name = 'another';
  await expect(Worker.runReplayHistory({ workflowBundle }, history)).rejects.toThrow(
    DeterminismViolationError,
  );
});

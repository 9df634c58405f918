// A workflow that submits a command, as those of the service will. Only tests run it.
import { condition, defineQuery, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { Activities } from '../../src/activities/activities.ts';
import type { WorkflowCommand, WorkflowCommandOutcome } from '../../src/commands/workflowCommands.ts';

export const tryAgain = defineSignal('tryAgain');
export const outcomes = defineQuery<readonly WorkflowCommandOutcome[]>('outcomes');

/** Submits the command until it is accepted. After a refusal it waits for the signal and takes a new key. */
export async function payOnce(argument: {
  readonly activityQueue: string;
  readonly command: WorkflowCommand;
}): Promise<readonly WorkflowCommandOutcome[]> {
  const { submitCommand } = proxyActivities<Pick<Activities, 'submitCommand'>>({
    taskQueue: argument.activityQueue,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '50 milliseconds', maximumInterval: '200 milliseconds' },
  });
  let attemptMax = 1;
  const found: WorkflowCommandOutcome[] = [];
  setHandler(tryAgain, () => {
    attemptMax += 1;
  });
  setHandler(outcomes, () => found);
  for (let attempt = 1; found.at(-1)?.outcome !== 'accepted'; attempt += 1) {
    await condition(() => attempt <= attemptMax);
    found.push(await submitCommand({ step: 'pay', attempt, command: argument.command }));
  }
  return found;
}

// Whether a run gets on, judged from what Temporal tells about it: its pending work and its history.
import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { readRunHealth } from '../../../src/temporal/runHealth.ts';

const [startToClose, scheduleToStart] = [1, 2];
const frozen = 'wallet/0123456789ab 7@host';

/** A run whose workflow task has this attempt, and whose first attempt ended as `ended`. */
function clientOf(attempt: number, ended: object): Client {
  const history = {
    events: [
      { eventId: '4', ...ended },
      { eventId: '3', workflowTaskStartedEventAttributes: { identity: frozen } },
      { eventId: '2', workflowTaskScheduledEventAttributes: {} },
    ],
  };
  const raw = { pendingActivities: [], pendingWorkflowTask: { attempt } };
  return {
    workflow: { getHandle: () => ({ describe: () => Promise.resolve({ raw }) }) },
    workflowService: { getWorkflowExecutionHistoryReverse: () => Promise.resolve({ history }) },
  } as unknown as Client;
}

const timedOut = (timeoutType: number) => ({
  workflowTaskTimedOutEventAttributes: { startedEventId: '3', timeoutType },
});
const failed = { workflowTaskFailedEventAttributes: { failure: { message: 'no such workflow' } } };

it.each([
  ['took the task twice and let its time pass', 3, timedOut(startToClose), { silentWorker: frozen }],
  ['let the time pass once, as a killed one does', 2, timedOut(startToClose), { silentWorker: null }],
  ['is missing, so nobody took the task', 3, timedOut(scheduleToStart), { silentWorker: null }],
  ['fails the task', 3, failed, { silentWorker: null, taskFailure: 'no such workflow' }],
])('of a worker that %s', async (_, attempt, ended, expected) => {
  const config = { TEMPORAL_NAMESPACE: 'default' };
  const ask = <T>(call: () => Promise<T>) => call();
  const health = await readRunHealth(clientOf(attempt, ended), config, { workflowId: 'drain' }, ask);
  expect(health).toMatchObject({ taskAttempt: attempt, taskFailure: null, ...expected });
});

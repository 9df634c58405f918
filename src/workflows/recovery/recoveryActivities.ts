// The limits under which the activities of rebuild and verification run: retried without end, with back-off, because
// a store that is away comes back, and the pending activity says meanwhile what is wrong.
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities.ts';

/** Of activities that heartbeat each second: how soon a dead worker's part goes to another one. */
const heartbeatTimeout = '5 seconds';
/** Far above what one part takes; the heartbeat finds what is dead long before. */
const startToCloseTimeout = '30 minutes';

/** Activities under a summary that tells the Web UI's reader what they are for. */
export function recoveryActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout,
    heartbeatTimeout,
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
    summary,
  });
}

// What the upkeep workflows share: their activities' limits, and going through stretches until one says that it is done.
import { proxyActivities } from '@temporalio/workflow';
import type { Activities, Stretch } from '../../activities/activities.ts';
import type { Recovery } from './runRecovery.ts';

/** Of an activity that heartbeats each second: how soon a dead worker's work goes to another one. */
const heartbeatTimeout = '10 seconds';
/** An activity's own budget is 10 s; above it stands a store that answers slowly. */
const startToCloseTimeout = '5 minutes';

export function upkeepActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout,
    heartbeatTimeout,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
    summary,
  });
}

/** Calls `next` with where the stretch before ended, until one is done; pauses take effect in between. */
export async function throughStretches<S extends Stretch>(
  recovery: Recovery,
  start: number,
  next: (after: number) => Promise<S>,
): Promise<number> {
  let count = 0;
  let after = start;
  for (;;) {
    await recovery.whileNotPaused();
    const stretch = await next(after);
    count += stretch.count;
    after = stretch.after;
    recovery.advance(stretch.count);
    if (stretch.done) return count;
  }
}

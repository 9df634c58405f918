// Gives workflows their activities, under the time limits and the retry policy of each kind of work. Every
// activity heartbeats once a second, except makeParkedDue, which is one statement. Activities are retried
// without end, because a store that is away comes back.
// Invariant: a change of these limits changes no command in a history, so open runs still replay.
import { type ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';

interface Limits {
  /** Time without a heartbeat after which another worker takes the work over. */
  readonly heartbeatTimeout: '5 seconds' | '10 seconds';
  /** Far above the normal duration: the heartbeat shows a dead worker much earlier. */
  readonly startToCloseTimeout: `${number} minutes`;
  /** The pause before the first retry doubles with each attempt up to the longest. */
  readonly retryPauseFirst: '200 milliseconds' | '500 milliseconds' | '1 second';
  readonly retryPauseMax: '10 seconds' | '30 seconds';
}

const limitsOf = {
  /** Drains, and the sweep of what is due. A run may take the largest DRAIN_BUDGET_MS. */
  drain: {
    heartbeatTimeout: '5 seconds',
    startToCloseTimeout: '11 minutes',
    retryPauseFirst: '200 milliseconds',
    retryPauseMax: '10 seconds',
  },
  /** Rebuild of the read model, and verification. */
  readModel: {
    heartbeatTimeout: '5 seconds',
    startToCloseTimeout: '30 minutes',
    retryPauseFirst: '500 milliseconds',
    retryPauseMax: '10 seconds',
  },
  /** The longest statement reads a whole table. */
  ledgerRebuild: {
    heartbeatTimeout: '10 seconds',
    startToCloseTimeout: '65 minutes',
    retryPauseFirst: '500 milliseconds',
    retryPauseMax: '10 seconds',
  },
  /** An activity ends by itself after 10 s, unless PostgreSQL answers slowly. */
  upkeep: {
    heartbeatTimeout: '10 seconds',
    startToCloseTimeout: '5 minutes',
    retryPauseFirst: '1 second',
    retryPauseMax: '30 seconds',
  },
} as const satisfies Record<string, Limits>;

interface Bounds {
  /** An activity that is tried for a bounded time ends the workflow's wait, even if its store is away. */
  readonly triedFor?: `${number} seconds` | undefined;
  /** Says if a cancelled workflow waits for the end of the activity. By default it does not. */
  readonly cancellationType?: ActivityCancellationType;
}

/** The Web UI shows `summary` beside the activity. */
export function activitiesFor(
  work: keyof typeof limitsOf,
  summary: string,
  // Named, because the SDK documents another default than the one that it has.
  { triedFor, cancellationType = 'TRY_CANCEL' }: Bounds = {},
): Activities {
  const { heartbeatTimeout, startToCloseTimeout, retryPauseFirst, retryPauseMax }: Limits = limitsOf[work];
  return proxyActivities<Activities>({
    startToCloseTimeout,
    heartbeatTimeout,
    cancellationType,
    ...(triedFor === undefined ? {} : { scheduleToCloseTimeout: triedFor }),
    retry: { initialInterval: retryPauseFirst, backoffCoefficient: 2, maximumInterval: retryPauseMax },
    summary,
  });
}

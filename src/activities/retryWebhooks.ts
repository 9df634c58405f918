// The activity of the workflow of a webhook endpoint: one round of attempts. It returns normally if its
// worker stops. Only a few rounds run at once in a process, so failing receivers leave the drains their
// slots.
import { Context } from '@temporalio/activity';
import type { RetryDeps } from '../webhooks/round.ts';
import { createRoundTurns } from '../webhooks/roundTurns.ts';
import { retryRound, type RetryRound } from '../webhooks/retryRound.ts';
import { throwIfCancelled, withHeartbeats } from './heartbeats.ts';

export interface RoundsDeps extends RetryDeps {
  /** Rounds of this process at once. */
  readonly roundsMax: number;
}

export interface WebhookActivityDeps {
  /** Undefined in a process without WEBHOOK_SECRETS_KEY. */
  readonly webhooks?: RoundsDeps | undefined;
  readonly stopping: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface RetryArgument {
  readonly endpointId: string;
  /** True makes everything due first. */
  readonly now: boolean;
}

/** A round that finds no room comes again after this time and a part of it. */
const busyMs = 2_000;

export function createWebhookActivities(deps: WebhookActivityDeps) {
  const turns = createRoundTurns(deps.webhooks?.roundsMax ?? 0, deps.now);
  return {
    retryWebhooks: async ({ endpointId, now }: RetryArgument): Promise<RetryRound> => {
      const { webhooks, stopping } = deps;
      if (webhooks === undefined)
        throw new Error('this worker has no WEBHOOK_SECRETS_KEY, so it can sign no webhooks: set it');
      if (!turns.begin(endpointId, now))
        return {
          ...{ state: 'enabled', delivered: 0, failed: 0, pending: 0 },
          nextMs: Math.round(busyMs * (1 + webhooks.random())),
        };
      try {
        return await withHeartbeats({ details: () => undefined, now: deps.now }, async () => {
          const stop = AbortSignal.any([stopping, Context.current().cancellationSignal]);
          const round = await retryRound(webhooks, endpointId, now, stop);
          throwIfCancelled(stopping);
          return round;
        });
      } finally {
        turns.end();
      }
    },
  };
}

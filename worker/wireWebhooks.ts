// Wires the webhooks of the worker process: the end of the log that all endpoints share, the drain of the
// fast lane, and the rounds of the workflows of endpoints that fail.
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { RoundsDeps } from '../src/activities/retryWebhooks.ts';
import { createCommandIdCover } from '../src/api/wallets/commandIdCover.ts';
import type { Config } from '../src/config/config.ts';
import { followCommandIdSecret } from '../src/eventStore/commandIdCover.ts';
import { failpointsOf } from '../src/failpoints.ts';
import { createFeedTail } from '../src/feed/feedTail.ts';
import type { SelfDrained } from '../src/projections/drain/drain.ts';
import type { WakeUps } from '../src/projections/drain/wakeUp.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { WorkerMetrics } from '../src/telemetry/workerMetrics.ts';
import { createStartRetry } from '../src/temporal/webhookRetries.ts';
import { createWebhookLane } from '../src/webhooks/drainWebhooks.ts';
import { createOpenSecrets } from '../src/webhooks/openSecrets.ts';
import { resealSecrets } from '../src/webhooks/resealSecrets.ts';
import { createSecretBox } from '../src/webhooks/secretBox.ts';
import { createSender } from '../src/webhooks/sender.ts';
import { createWebhookProjection } from '../src/webhooks/webhookProjection.ts';

interface WebhookWiring {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Pick<WorkerMetrics, 'webhooks'>;
  readonly pool: Pool;
  readonly wakeUps: WakeUps;
  readonly client: Client;
  readonly stopping: AbortSignal;
}

export interface WorkerWebhooks {
  readonly projection: SelfDrained;
  /** Undefined without WEBHOOK_SECRETS_KEY. */
  readonly retries: RoundsDeps | undefined;
}

export async function wireWebhooks(
  wiring: WebhookWiring,
  closings: AsyncDisposableStack,
): Promise<WorkerWebhooks> {
  const { config, log, metrics, pool, wakeUps, client, stopping } = wiring;
  const box = createSecretBox(config);
  if (box === undefined) return { projection: createWebhookProjection(pool, undefined), retries: undefined };
  const secret = await followCommandIdSecret(pool, (error) => {
    log.debug({ err: error }, 'the cover of command ids could not be read again');
  });
  closings.defer(secret.close);
  const show = createCommandIdCover(secret.current).shown;
  const sender = createSender({ config, log, metrics: metrics.webhooks, stopped: afterGrace(stopping) });
  closings.defer(sender.close);
  const tail = createFeedTail({
    ...{ pool, show, commits: wakeUps, now: Date.now, monotonicMs: () => performance.now() },
    // This process hears of every commit anyway, for its drains.
    listen: () => () => undefined,
    onFailure: (error) => {
      log.debug({ err: error }, 'the end of the log could not be read for the webhooks');
    },
    onPassed: () => undefined,
    onWorked: () => undefined,
  });
  closings.defer(tail.close);
  const shared = {
    ...{ pool, show, random: Math.random, monotonicMs: () => performance.now() },
    ...failpointsOf(config.TEST_CRASH_POINT_FILE),
    deliver: sender.deliver,
    openSecrets: createOpenSecrets(box),
    onLeft: (endpointId: string, reason: string) => {
      log.warn({ endpointId, reason }, 'a webhook endpoint left the fast lane');
    },
  };
  const lane = createWebhookLane({
    ...shared,
    tail,
    startRetry: createStartRetry(client, config),
    resealSecrets: async () => {
      const resealed = await resealSecrets(pool, box);
      if (resealed > 0) log.info({ resealed }, 'secrets of webhooks were stored under the first key');
    },
    onFailure: (endpointId, error) => {
      log.warn({ endpointId, err: error }, 'a webhook endpoint stands still and is tried again soon');
    },
  });
  const retries = { ...shared, roundsMax: config.WEBHOOK_RETRY_ROUNDS_MAX };
  return { projection: createWebhookProjection(pool, lane), retries };
}

/** How long requests under way may go on after the process was told to stop. The drain waits as long. */
const sendGraceMs = 1_000;

function afterGrace(stopping: AbortSignal): AbortSignal {
  const stopped = new AbortController();
  const stop = () => {
    setTimeout(() => {
      stopped.abort(new Error('this process stops'));
    }, sendGraceMs).unref();
  };
  if (stopping.aborted) stop();
  else stopping.addEventListener('abort', stop, { once: true });
  return stopped.signal;
}

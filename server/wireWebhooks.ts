// Wires the webhooks of the API process: where endpoints may lead, how their secrets are kept, and the test
// of an endpoint. The worker sends everything else.
import type { ServedWebhooks } from '../src/api/webhooks/webhookRequests.ts';
import type { Config } from '../src/config/config.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { WebhookMetrics } from '../src/telemetry/webhookMetrics.ts';
import { createAddressGuard } from '../src/webhooks/addressGuard.ts';
import { createDeliver } from '../src/webhooks/delivery.ts';
import { createSecretBox } from '../src/webhooks/secretBox.ts';
import { createSendTurns } from '../src/webhooks/turns.ts';
import { sendLimits, type SendRequest, sendWebhook } from '../src/webhooks/send.ts';
import { createWebhookAgent } from '../src/webhooks/webhookAgent.ts';

/** A test that is under way when the process stops ends at once. */
export function wireWebhooks(
  config: Config,
  metrics: WebhookMetrics,
  log: Log,
  stopping: AbortSignal,
): {
  readonly webhooks: ServedWebhooks;
  /** How the secrets begin that this process can read. Empty without a key. */
  readonly heads: readonly Buffer[];
  readonly close: () => Promise<void>;
} {
  const guard = createAddressGuard(config);
  const agent = createWebhookAgent({ guard });
  const send = (request: SendRequest) => sendWebhook(agent, request, { ...sendLimits, signal: stopping });
  const inTurn = createSendTurns(config.WEBHOOK_REQUESTS_MAX);
  const box = createSecretBox(config);
  return {
    heads: box?.heads ?? [],
    webhooks: {
      box,
      guard,
      deliver: createDeliver({
        ...{ send, inTurn, metrics, stopped: stopping, now: Date.now },
        onError: (error) => {
          log.error({ err: error }, 'a webhook could not be sent');
        },
      }),
      endpointsPerTenantMax: config.WEBHOOK_ENDPOINTS_MAX,
    },
    close: agent.close,
  };
}

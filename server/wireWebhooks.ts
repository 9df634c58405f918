// Wires the webhooks of the API process: where endpoints may lead, how their secrets are kept, and the test
// of an endpoint. The worker sends everything else.
import type { ServedWebhooks } from '../src/api/webhooks/webhookRequests.ts';
import type { Config } from '../src/config/config.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { WebhookMetrics } from '../src/telemetry/webhookMetrics.ts';
import { createSecretBox } from '../src/webhooks/secretBox.ts';
import { createSender } from '../src/webhooks/sender.ts';

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
  const { guard, deliver, close } = createSender({ config, log, metrics, stopped: stopping });
  const box = createSecretBox(config);
  return {
    heads: box?.heads ?? [],
    webhooks: {
      ...{ box, guard, deliver },
      endpointsPerTenantMax: config.WEBHOOK_ENDPOINTS_MAX,
    },
    close,
  };
}

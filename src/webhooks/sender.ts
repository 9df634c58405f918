// Everything with which a process sends webhooks: the guard of addresses, connections, turns, and what is
// logged. The API sends the tests of endpoints with it, and the worker sends the rest.
import type { Config } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';
import type { WebhookMetrics } from '../telemetry/webhookMetrics.ts';
import { type AddressGuard, createAddressGuard } from './addressGuard.ts';
import { createDeliver, type Deliver } from './delivery.ts';
import { sendLimits, sendWebhook } from './send.ts';
import { createSendTurns } from './turns.ts';
import { createWebhookAgent } from './webhookAgent.ts';

interface SenderDeps {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: WebhookMetrics;
  /** Ends what is under way. */
  readonly stopped: AbortSignal;
}

export interface Sender {
  readonly guard: AddressGuard;
  readonly deliver: Deliver;
  readonly close: () => Promise<void>;
}

/** A process has one, because it holds the turns of all that the process sends. */
export function createSender({ config, log, metrics, stopped }: SenderDeps): Sender {
  const guard = createAddressGuard(config);
  const agent = createWebhookAgent({ guard });
  const deliver = createDeliver({
    send: (request, cutOff) => sendWebhook(agent, request, { ...sendLimits, signal: stopped, cutOff }),
    inTurn: createSendTurns(config.WEBHOOK_REQUESTS_MAX),
    ...{ metrics, stopped, now: Date.now, monotonicMs: () => performance.now() },
    onError: (error) => {
      log.error({ err: error }, 'a webhook could not be sent');
    },
  });
  return { guard, deliver, close: agent.close };
}

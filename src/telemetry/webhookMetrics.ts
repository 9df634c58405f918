// The metrics of the deliveries of webhooks that a process makes: how attempts end, how long they take, and
// how late an event arrives.
// Invariant: no label names an endpoint, a URL or a tenant. Each value would be a series of its own.
import { Histogram, type Registry } from 'prom-client';

/** How an attempt ended. `error` is a fault of ours. */
const attemptOutcomes = [
  'delivered',
  'gone',
  'slow_down',
  'refused',
  'redirect',
  'timeout',
  'connection',
  'not_allowed',
  'error',
] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

const lanes = ['fast', 'retry'] as const;
export type DeliveryLane = (typeof lanes)[number];

export interface WebhookMetrics {
  readonly attempted: (outcome: AttemptOutcome, seconds: number) => void;
  /** An event arrived this long after its own time. */
  readonly delivered: (lane: DeliveryLane, seconds: number) => void;
}

/** From a receiver in the same rack to the longest attempt, which is ended after 15 s. */
const attemptBucketsS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
/** From a delivery that begins with the commit to one at the end of three days. */
const lagBucketsS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600, 3_600, 86_400, 259_200];

export function createWebhookMetrics(registers: Registry[]): WebhookMetrics {
  const attempts = new Histogram({
    name: 'wallet_webhook_attempt_duration_seconds',
    help: `Time of an attempt to deliver a webhook, without the wait for its turn, by outcome: ${attemptOutcomes.join(', ')}.`,
    labelNames: ['outcome'],
    buckets: attemptBucketsS,
    registers,
  });
  const lag = new Histogram({
    name: 'wallet_webhook_delivery_lag_seconds',
    help: 'Age of an event when its webhook was delivered, by lane: fast at the first attempt, retry at a later one. Replays do not count.',
    labelNames: ['lane'],
    buckets: lagBucketsS,
    registers,
  });
  // Every series exists from the start: a rate needs a first sample.
  for (const outcome of attemptOutcomes) attempts.zero({ outcome });
  for (const lane of lanes) lag.zero({ lane });
  return {
    attempted: (outcome, seconds) => {
      attempts.observe({ outcome }, seconds);
    },
    delivered: (lane, seconds) => {
      lag.observe({ lane }, Math.max(0, seconds));
    },
  };
}

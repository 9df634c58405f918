// Gauges about webhooks that are read from the database: endpoints by state, what waits, and the keys of the
// secrets. Each process shows them, because the worker may be away when they matter. Without an answer of
// PostgreSQL they are absent, because stale values would mislead.
import { Gauge } from 'prom-client';
import { createCachedReading } from './cachedReading.ts';
import type { MetricsRegistry } from './registry.ts';

/** The status of an endpoint as the API shows it. */
type EndpointStatus = 'delivering' | 'retrying' | 'disabled';
/** `later` is a key after the first one of WEBHOOK_SECRETS_KEY, and `unknown` none of them. */
type SecretKey = 'first' | 'later' | 'unknown';

export interface WebhookCounts {
  readonly endpoints: Readonly<Record<EndpointStatus, number>>;
  /** Deliveries that failed and are tried again. */
  readonly deliveriesWaiting: number;
  /** Wallets whose event failed ten times, and holds up later ones. */
  readonly walletsHeldUp: number;
  readonly secrets: Readonly<Record<SecretKey, number>>;
}

/** As for the backlog: many scrapers cost what one costs, and none waits long. */
const waitMaxMs = 1_000;
const ageMaxMs = 1_000;

export function addWebhookGauges(
  { registry, beforeScrape }: MetricsRegistry,
  read: () => Promise<WebhookCounts>,
  onFailure: (error: unknown) => void,
): void {
  const latest = createCachedReading({
    ...{ read, ageMaxMs, waitMaxMs, onFailure },
    now: () => performance.now(),
  });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const endpoints = gauge(
    'wallet_webhook_endpoints',
    'Webhook endpoints by status: delivering, retrying, disabled.',
    ['status'],
  );
  const waiting = gauge(
    'wallet_webhook_deliveries_waiting',
    'Deliveries of webhooks that failed and are tried again; 10,000 stands for more.',
  );
  const heldUp = gauge(
    'wallet_webhook_wallets_held_up',
    'Wallets whose event failed ten times and holds up later ones; 10,000 stands for more.',
  );
  const secrets = gauge(
    'wallet_webhook_secrets',
    'Stored secrets of webhooks by the key they are stored under: the first one of WEBHOOK_SECRETS_KEY, a later one, or an unknown one.',
    ['key'],
  );
  beforeScrape(async () => {
    const counts = await latest();
    for (const labelled of [endpoints, secrets]) labelled.reset();
    for (const plain of [waiting, heldUp]) plain.remove();
    if (counts === undefined) return;
    for (const [status, count] of Object.entries(counts.endpoints)) endpoints.set({ status }, count);
    for (const [key, count] of Object.entries(counts.secrets)) secrets.set({ key }, count);
    waiting.set(counts.deliveriesWaiting);
    heldUp.set(counts.walletsHeldUp);
  });
}

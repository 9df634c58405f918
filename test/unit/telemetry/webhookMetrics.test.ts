// What the metrics of webhooks tell of an attempt, and that docs/webhooks.md has each of them.
import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMetricsRegistry } from '../../../src/telemetry/registry.ts';
import { addWebhookGauges } from '../../../src/telemetry/webhookGauges.ts';
import { createWebhookMetrics } from '../../../src/telemetry/webhookMetrics.ts';
import { createDeliver, type DeliverDeps } from '../../../src/webhooks/delivery.ts';
import { newSecret, parseSecret } from '../../../src/webhooks/signature.ts';

const page = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
const counts = {
  endpoints: { delivering: 3, retrying: 2, disabled: 1 },
  deliveriesWaiting: 5,
  walletsHeldUp: 4,
  secrets: { first: 6, later: 7, unknown: 8 },
};

async function samplesOf(registry: Registry) {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.flatMap(({ name, values }) =>
    values.map(({ labels, value, ...more }) => {
      const metricName = 'metricName' in more ? String(more.metricName) : name;
      return { name: metricName, labels: labels as Readonly<Record<string, string>>, value };
    }),
  );
}

/** Outcomes that were counted, by the metrics of one attempt. */
async function outcomesOf(attempt: Awaited<ReturnType<DeliverDeps['send']>> | Error) {
  const registry = new Registry();
  const deliver = createDeliver({
    send: () => (attempt instanceof Error ? Promise.reject(attempt) : Promise.resolve(attempt)),
    inTurn: (_, work) => work(new AbortController().signal),
    metrics: createWebhookMetrics([registry]),
    now: () => 9_000,
    monotonicMs: () => 0,
    onError: () => undefined,
  });
  const secrets = [parseSecret(newSecret('hmac').text)];
  const measured = { lane: 'retry', occurredAt: new Date(2_000) } as const;
  await deliver(() => ({ tenant: '', url: 'https://x.test/', secrets }), {
    id: 'evt_1',
    text: '{}',
    measured,
  });
  const samples = await samplesOf(registry);
  const counted = (name: string, label: string) =>
    samples.filter((one) => one.name === name && one.value > 0).map(({ labels }) => labels[label]);
  return {
    attempts: counted('wallet_webhook_attempt_duration_seconds_count', 'outcome'),
    arrived: counted('wallet_webhook_delivery_lag_seconds_count', 'lane'),
    lagS: samples.find((one) => one.name === 'wallet_webhook_delivery_lag_seconds_sum' && one.value > 0)
      ?.value,
  };
}

describe('an attempt', () => {
  it.each([
    ['gone', { outcome: 'gone', status: 410, reason: 'status' }],
    ['slow_down', { outcome: 'slowDown', status: 429, reason: 'status' }],
    ['refused', { outcome: 'failed', status: 500, reason: 'status' }],
    ['redirect', { outcome: 'failed', status: 302, reason: 'redirect' }],
    ['timeout', { outcome: 'failed', status: null, reason: 'timeout' }],
    ['timeout', { outcome: 'failed', status: null, reason: 'connectTimeout' }],
    ['connection', { outcome: 'failed', status: null, reason: 'nameNotResolved' }],
    ['connection', { outcome: 'failed', status: null, reason: 'tls' }],
    ['not_allowed', { outcome: 'failed', status: null, reason: 'addressNotAllowed' }],
    ['not_allowed', { outcome: 'failed', status: null, reason: 'urlNotAllowed' }],
  ] as const)('is counted as %s after %o', async (outcome, attempt) => {
    expect(await outcomesOf({ ...attempt, ms: 1 })).toEqual({ attempts: [outcome], arrived: [] });
  });

  it('that failed by a fault of ours is counted as error', async () => {
    expect((await outcomesOf(new Error('UND_ERR_DESTROYED'))).attempts).toEqual(['error']);
  });

  it('that delivered counts how old the event was', async () => {
    const delivered = { outcome: 'delivered', status: 200, reason: 'status', ms: 1 } as const;
    expect(await outcomesOf(delivered)).toEqual({ attempts: ['delivered'], arrived: ['retry'], lagS: 7 });
  });
});

describe('the metrics of webhooks', () => {
  const metrics = createMetricsRegistry();
  createWebhookMetrics([metrics.registry]);
  addWebhookGauges(
    metrics,
    () => Promise.resolve(counts),
    () => undefined,
  );

  it('are the ones that docs/webhooks.md tells of', () => {
    const named = [...page.matchAll(/^\| `(wallet_webhook_\w+)`/gm)].map(([, name]) => name);
    const all = metrics.registry.getMetricsAsArray().map(({ name }) => name);
    expect(named.toSorted()).toEqual(all.filter((name) => name.startsWith('wallet_webhook_')).toSorted());
  });

  it('have labels of a few words alone, which docs/webhooks.md tells too', async () => {
    await metrics.exposition();
    const words = (await samplesOf(metrics.registry))
      .filter(({ name }) => name.startsWith('wallet_webhook_'))
      .flatMap(({ labels }) => Object.entries(labels))
      .flatMap(([label, word]) => (label === 'le' ? [] : [word]));
    expect(words.length).toBeGreaterThan(0);
    for (const word of words) expect(page).toContain(`\`${word}\``);
  });

  it('show what the database counts, and nothing while it does not answer', async () => {
    const { text } = await metrics.exposition();
    for (const line of ['endpoints{status="retrying"} 2', 'secrets{key="later"} 7', 'wallets_held_up 4'])
      expect(text).toContain(`wallet_webhook_${line}`);
    const other = createMetricsRegistry();
    addWebhookGauges(
      other,
      () => Promise.reject(new Error('away')),
      () => undefined,
    );
    const lines = (await other.exposition()).text.split('\n');
    expect(lines.filter((line) => line.startsWith('wallet_webhook_'))).toEqual([]);
  });
});

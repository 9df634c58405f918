// The webhooks as a projection: its checkpoint, one loop for each process, and a process without the key of
// the secrets.
import { beforeAll, expect, it } from 'vitest';
import { ensureCheckpoints } from '../../../src/projections/checkpoints.ts';
import { createMetricsRegistry } from '../../../src/telemetry/registry.ts';
import { createWorkerMetrics } from '../../../src/telemetry/workerMetrics.ts';
import { createWebhookProjection } from '../../../src/webhooks/webhookProjection.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { walletStream } from '../../support/walletStream.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, answers, createTestLane, gotBy, startTestReceiver } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;
const deps = { now: () => performance.now(), budgetMs: 60_000 };

beforeAll(async () => {
  await ensureCheckpoints(pool);
});

async function checkpoint(): Promise<string | undefined> {
  const { rows } = await pool.query<{ position: string }>(
    `select position from projector_checkpoints where projection = 'webhooks'`,
  );
  return rows[0]?.position;
}

it('without endpoints the checkpoint of the webhooks is at the head of the log', async () => {
  const { lane, close } = createTestLane(pool, []);
  const stop = new AbortController();
  const ended = createWebhookProjection(pool, lane).drain(deps, stop.signal, () => undefined);
  await appendEvents(pool, walletStream('p-1', 1n, [1n]));
  const { rows } = await pool.query<{ position: string }>('select position from log_head');
  await eventually(async () => (await checkpoint()) === rows[0]?.position);
  stop.abort();
  expect(await ended).toMatchObject({ processed: 0, reason: 'stopped' });
  await close();
});

it('a second drain of the webhooks in one process leaves everything to the first', async () => {
  const receiver = await startTestReceiver();
  const { lane, close } = createTestLane(pool, [receiver]);
  await addEndpoint(pool, receiver.url);
  const projection = createWebhookProjection(pool, lane);
  const stop = new AbortController();
  const first = projection.drain(deps, stop.signal, () => undefined);
  expect(await projection.drain(deps, stop.signal, () => undefined)).toMatchObject({ reason: 'superseded' });
  await appendEvents(pool, walletStream('p-2', 1n));
  await eventually(() => gotBy(receiver).some(({ wallet }) => wallet === 'p-2'));
  stop.abort();
  expect(await first).toMatchObject({ processed: 1, parked: 0 });
  const next = projection.drain({ ...deps, budgetMs: 0 }, new AbortController().signal, () => undefined);
  expect(await next).toMatchObject({ reason: 'budget' });
  await close();
  await receiver.close();
});

it('a pass that parks more than it delivers is a pass like any other, also for the metrics', async () => {
  const receiver = await startTestReceiver(answers(500));
  const { lane, close, told } = createTestLane(pool, [receiver]);
  const id = await addEndpoint(pool, receiver.url);
  const registry = createMetricsRegistry();
  const metrics = createWorkerMetrics(registry, { projections: ['webhooks'], invariants: [] });
  const stop = new AbortController();
  const ended = createWebhookProjection(pool, lane).drain(deps, stop.signal, (pass) => {
    metrics.passed('webhooks', pass);
  });
  await appendEvents(pool, walletStream('p-3', 1n));
  await eventually(() => told.includes(id));
  stop.abort();
  expect(await ended).toMatchObject({ processed: 1, parked: 1, reason: 'stopped' });
  expect((await registry.exposition()).text).toContain(
    'wallet_projection_items_total{projection="webhooks",result="parked"} 1',
  );
  await close();
  await receiver.close();
});

it('a run that ends by its time hands over, and one that was stopped stores what is under way', async () => {
  const { lane, close } = createTestLane(pool, []);
  const ends: string[] = [];
  const end: typeof lane.end = (why) => {
    ends.push(why);
    return lane.end(why);
  };
  const projection = createWebhookProjection(pool, { ...lane, end });
  const drain = (budgetMs: number, stop: AbortSignal) =>
    projection.drain({ ...deps, budgetMs }, stop, () => undefined);
  expect(await drain(0, new AbortController().signal)).toMatchObject({ reason: 'budget' });
  expect(await drain(60_000, AbortSignal.abort())).toMatchObject({ reason: 'stopped' });
  expect(ends).toEqual(['handOver', 'stop']);
  await close();
});

it('a process without the key of the secrets says so as soon as there is an endpoint', async () => {
  const projection = createWebhookProjection(pool, undefined);
  const begin = () =>
    projection.drain({ ...deps, budgetMs: 0 }, new AbortController().signal, () => undefined);
  expect(await begin()).toMatchObject({ reason: 'budget' });
  await addEndpoint(pool, 'http://127.0.0.1:1/');
  await expect(begin()).rejects.toThrow('WEBHOOK_SECRETS_KEY');
});

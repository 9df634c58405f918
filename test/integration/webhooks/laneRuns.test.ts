// The runs of the fast lane: what one endpoint costs the others, when a run ends, and when the store refuses
// what it left behind.
import type { Pool } from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readEndpoint } from '../../../src/webhooks/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { createWebhookFixture, type WebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, answers, gotBy } from '../../support/webhookLane.ts';

let fixture: WebhookFixture;
let pool: Pool;

beforeAll(async () => {
  fixture = await createWebhookFixture();
  ({ pool } = fixture);
});
afterAll(() => fixture.close());
afterEach(() => fixture.endTest());

it('a hand-over does not wait for a receiver that has been silent for long', async () => {
  const silent = await fixture.startReceiver(() => undefined);
  await addEndpoint(pool, silent.url);
  let laterMs = 0;
  const { lane } = fixture.startLane({ now: () => Date.now() + laterMs });
  await lane.begin();
  await lane.pass();
  await fixture.commit(0);
  await eventually(() => silent.received.length === 1);
  laterMs = 10_000;
  // A wait of the hand-over would be a timer that ends after this one.
  const ended = lane.end('handOver').then(() => 'ended');
  expect(await Promise.race([ended, pause(50, 'waited')])).toBe('ended');
});

it('an endpoint whose parked events the store refuses holds up no other', async () => {
  const [sick, well] = [await fixture.startReceiver(answers(500)), await fixture.startReceiver()];
  const [sickId, wellId] = [await addEndpoint(pool, sick.url), await addEndpoint(pool, well.url)];
  await pool.query(
    `alter table webhook_deliveries add constraint refused_by_test check (wallet_id not like 'refused%')`,
  );
  const lane = fixture.startLane();
  const run = lane.run();
  const wallets = [await fixture.commit(0, 'refused'), await fixture.commit(0)];
  await eventually(() => lane.failures.length > 0);
  const later = await fixture.commit(1);
  await eventually(() => gotBy(well).some(({ wallet, version }) => wallet === later && version === 2));
  await eventually(async () => (await readEndpoint(pool, '', wellId))?.delivered === 4);
  expect(await readEndpoint(pool, '', sickId)).toMatchObject({ lane: 'fast', delivered: 0, pending: 0 });
  expect(lane.failures[0]).toMatchObject({ constraint: 'refused_by_test' });
  await run.stop();
  await pool.query('alter table webhook_deliveries drop constraint refused_by_test');
  // Nothing of it was passed.
  sick.answerWith((response) => response.writeHead(200).end());
  fixture.startLane().run();
  await eventually(() => {
    const got = gotBy(sick).map(({ wallet }) => wallet);
    return [...wallets, later].every((wallet) => got.includes(wallet));
  });
});

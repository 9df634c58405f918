// Receivers that never answer, beside others of their tenant. Their requests outlast the test.
import { expect, it, onTestFinished } from 'vitest';
import { createWebhookMetrics } from '../../../src/telemetry/webhookMetrics.ts';
import { createDeliver } from '../../../src/webhooks/delivery.ts';
import { inFlightMax } from '../../../src/webhooks/endpoint.ts';
import { readEndpoint } from '../../../src/webhooks/endpoints.ts';
import { sendLimits, sendWebhook } from '../../../src/webhooks/send.ts';
import { createSendTurns } from '../../../src/webhooks/turns.ts';
import { eventually } from '../../support/eventually.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, gotBy, type TestReceiver } from '../../support/webhookLane.ts';
import { testAgent } from '../../support/webhookReceiver.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;

/** Requests that a process has under way, silent ones left out. A tenant has six of them. */
const requestsMax = 8;

function createPatientDeliver(receivers: readonly TestReceiver[]) {
  const agent = testAgent({ ports: receivers.map(({ port }) => port) });
  onTestFinished(agent.close);
  return createDeliver({
    send: (request, cutOff) =>
      sendWebhook(agent, request, { ...sendLimits, totalTimeoutMs: 600_000, cutOff }),
    ...{ inTurn: createSendTurns(requestsMax), metrics: createWebhookMetrics([]) },
    ...{ now: Date.now, monotonicMs: () => performance.now(), onError: () => undefined },
  });
}

it('receivers of one tenant get their events while others of it owe more answers than it has turns', async () => {
  const silent = [await fixture.startReceiver(() => undefined), await fixture.startReceiver(() => undefined)];
  const well = [await fixture.startReceiver(), await fixture.startReceiver()];
  const all = [...silent, ...well];
  const ids: string[] = [];
  for (const { url } of all) ids.push(await addEndpoint(pool, url, { ordered: false }));
  const wallet = await fixture.commit(inFlightMax * 2);

  fixture.startLane({ deliver: createPatientDeliver(all) }).run();
  await eventually(() => well.every((one) => gotBy(one).length === inFlightMax * 2 + 1));
  const later = await fixture.commit(0);
  await eventually(() => well.every((one) => gotBy(one).some((got) => got.wallet === later)));

  for (const one of silent) {
    const got = gotBy(one);
    expect(got.length).toBeGreaterThan(0);
    expect(got.length).toBeLessThanOrEqual(inFlightMax);
    expect(got.every((event) => event.wallet === wallet)).toBe(true);
    // Each of them is still owed its answer. A connection may be open before its request is read.
    await eventually(() => one.connections().open === gotBy(one).length);
  }
  for (const id of ids.slice(0, silent.length))
    expect(await readEndpoint(pool, '', id)).toMatchObject({ delivered: 0, pending: 0, lastStatus: null });
});

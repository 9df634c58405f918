// Alerts as deliveries of their own: each has a webhook-id, is parked, retried and sent once more as itself,
// and comes after its event.
import { beforeEach, expect, it } from 'vitest';
import type { AlertRule } from '../../../src/domain/alerts.ts';
import type { NewEvent } from '../../../src/domain/events.ts';
import { writeAlertRules } from '../../../src/eventStore/alertCodec.ts';
import { encodeEvent } from '../../../src/eventStore/eventCodec.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { listDeliveries } from '../../../src/webhooks/deliveries.ts';
import { insertReplay } from '../../../src/webhooks/replayStore.ts';
import { webhookIdOf } from '../../../src/webhooks/endpoint.ts';
import { appendRows, type EventRow } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { someTime, walletStream } from '../../support/walletStream.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, gotBy, ok, type TestLane, type TestReceiver } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;
let receiver: TestReceiver;
let wallets = 0;

beforeEach(async () => {
  receiver = await fixture.startReceiver();
});

function startLane(): TestLane {
  const started = fixture.startLane();
  started.run();
  return started;
}

const rules: readonly AlertRule[] = ['low', 'high'].map((name) => ({
  ...{ name, field: 'available', op: 'above' },
  amountMinor: 1n,
}));

/** An event with alerts has a state of its own, as of a wallet with rules. */
function crossingRow({ event, ...envelope }: NewEvent): EventRow {
  const { data, ...encoded } = encodeEvent({ ...event, heldMinor: 1n });
  const fields = JSON.parse(data) as object;
  return {
    ...{ ...envelope, ...encoded },
    data: JSON.stringify({ ...fields, alerts: writeAlertRules(rules) }),
  };
}

/** A new wallet, whose second event crosses two rules, and whose third one crosses none. */
async function commit(): Promise<string> {
  wallets += 1;
  const walletId = `a-${wallets}`;
  const rows = walletStream(walletId, 1n, [1n, 1n]).map((one) =>
    one.version === 2 ? crossingRow(one) : { ...one, ...encodeEvent(one.event) },
  );
  await appendRows(pool, rows);
  return walletId;
}

const seen = () => gotBy(receiver).map(({ eventId }) => eventId);
const idsOf = (eventId: string) => [
  ...new Set(
    gotBy(receiver)
      .filter((got) => got.eventId === eventId)
      .map(({ id }) => id),
  ),
];

async function hasPassed(endpointId: string): Promise<void> {
  const head = await readHead(pool);
  await eventually(async () => {
    const { rows } = await pool.query<{ position: string }>(
      'select position from webhook_endpoints where id = $1',
      [endpointId],
    );
    return BigInt(rows[0]?.position ?? 0) >= head;
  });
}

/** The receiver refuses this event as long as it is told so. */
function refuse(eventId: string): void {
  receiver.answerWith((response, got) => {
    if (got.eventId === eventId) response.writeHead(500).end();
    else ok(response, got);
  });
}

const rowsOf = async (endpointId: string) =>
  (await listDeliveries(pool, endpointId, undefined, { position: 2n ** 62n, alertNumber: 0 }, 10)).map(
    ({ version, alertNumber, type, state, attempts }) => ({ version, alertNumber, type, state, attempts }),
  );

it('a movement that crosses two rules is three deliveries, in order, each under its own webhook-id', async () => {
  const id = await addEndpoint(pool, receiver.url);
  startLane();
  const walletId = await commit();
  const wanted = ['@1', '@2', '@2:01', '@2:02', '@3'].map((end) => `${walletId}${end}`);
  await eventually(() => seen().includes(`${walletId}@3`));
  expect(seen()).toEqual(wanted);
  expect(new Set(gotBy(receiver).map((got) => got.id)).size).toBe(5);
  await hasPassed(id);
  expect(await rowsOf(id)).toEqual([]);
});

it('an alert that fails is parked and retried as itself, and its wallet goes on with the next alert', async () => {
  const id = await addEndpoint(pool, receiver.url);
  const lane = startLane();
  refuse(`a-${wallets + 1}@2:01`);
  const walletId = await commit();
  await eventually(() => seen().includes(`${walletId}@2:01`));
  await hasPassed(id);
  const row = { version: 2, alertNumber: 1, type: 'wallet.alert.v1' };
  expect(await rowsOf(id)).toEqual([{ ...row, state: 'pending', attempts: 1 }]);
  receiver.answerWith(ok);
  expect(await lane.retry(id, true)).toMatchObject({ delivered: 3, failed: 0, pending: 0 });
  expect(seen()).toEqual(['@1', '@2', '@2:01', '@2:01', '@2:02', '@3'].map((end) => `${walletId}${end}`));
  expect(idsOf(`${walletId}@2:01`)).toEqual([webhookIdOf(id, { walletId, version: 2, alertNumber: 1 })]);
  expect(await rowsOf(id)).toEqual([{ ...row, state: 'delivered', attempts: 2 }]);
});

it('an event that fails holds up its alerts, and they follow it once it is delivered', async () => {
  const id = await addEndpoint(pool, receiver.url);
  const lane = startLane();
  refuse(`a-${wallets + 1}@2`);
  const walletId = await commit();
  await eventually(() => seen().includes(`${walletId}@2`));
  await hasPassed(id);
  receiver.answerWith(ok);
  expect(await lane.retry(id, true)).toMatchObject({ delivered: 4, pending: 0 });
  expect(seen()).toEqual(['@1', '@2', '@2', '@2:01', '@2:02', '@3'].map((end) => `${walletId}${end}`));
});

it('without order an alert that fails is retried alone', async () => {
  const id = await addEndpoint(pool, receiver.url, { ordered: false });
  const lane = startLane();
  refuse(`a-${wallets + 1}@2:02`);
  const walletId = await commit();
  await hasPassed(id);
  expect(await rowsOf(id)).toMatchObject([{ version: 2, alertNumber: 2, state: 'pending' }]);
  receiver.answerWith(ok);
  expect(await lane.retry(id, true)).toMatchObject({ delivered: 1, pending: 0 });
  expect(seen().at(-1)).toBe(`${walletId}@2:02`);
  expect(seen()).toHaveLength(6);
});

it('an endpoint of alerts alone goes on with the second alert after the first failed', async () => {
  const id = await addEndpoint(pool, receiver.url, { types: ['wallet.alert.v1'] });
  const lane = startLane();
  refuse(`a-${wallets + 1}@2:01`);
  const walletId = await commit();
  await eventually(() => seen().includes(`${walletId}@2:01`));
  await hasPassed(id);
  receiver.answerWith(ok);
  expect(await lane.retry(id, true)).toMatchObject({ delivered: 2, pending: 0 });
  expect(seen()).toEqual(['@2:01', '@2:01', '@2:02'].map((end) => `${walletId}${end}`));
});

it('a replay sends alerts once more, each under the webhook-id of before', async () => {
  const id = await addEndpoint(pool, receiver.url);
  const lane = startLane();
  const walletId = await commit();
  await eventually(() => seen().includes(`${walletId}@3`));
  await hasPassed(id);
  await insertReplay(pool, {
    ...{ id: 'whr_alerts', tenant: '', endpointId: id, types: ['wallet.alert.v1'] },
    ...{ from: new Date(0), until: new Date(someTime.getTime() + 60_000), createdBy: 'test' },
    ...{ idempotencyKey: 'alerts', requestHash: 'hash' },
  });
  await lane.retry(id);
  const again = gotBy(receiver).slice(5);
  expect(again.filter(({ wallet }) => wallet === walletId).map(({ eventId }) => eventId)).toEqual([
    `${walletId}@2:01`,
    `${walletId}@2:02`,
  ]);
  for (const number of [1, 2])
    expect(idsOf(`${walletId}@2:0${number}`)).toEqual([
      webhookIdOf(id, { walletId, version: 2, alertNumber: number }),
    ]);
});

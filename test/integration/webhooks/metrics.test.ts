// Metrics of real deliveries: attempts, the age of events on arrival, and the counts of the database.
import { expect, it } from 'vitest';
import { changeEndpoint } from '../../../src/webhooks/endpointChanges.ts';
import { insertReplay } from '../../../src/webhooks/replayStore.ts';
import { readWebhookCounts } from '../../../src/webhooks/webhookCounts.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { walletStream } from '../../support/walletStream.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import {
  addEndpoint,
  answers,
  boxUnder,
  createTestLane,
  gotBy,
  ok,
  secretsKey,
  startTestReceiver,
  type TestLane,
} from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;

const newKey = Buffer.alloc(32, 'new');
const headsOf = (...keys: readonly Buffer[]) => boxUnder(keys).heads;

async function countOf(lane: TestLane, name: string, label: string): Promise<number> {
  const line = (await lane.metrics.metrics())
    .split('\n')
    .find((one) => one.startsWith(`${name}_count{`) && one.includes(`"${label}"`));
  return Number(line?.split(' ')[1]);
}

it('attempts count by their outcome, and events by their lane, but for replays', async () => {
  const receiver = await startTestReceiver();
  const id = await addEndpoint(pool, receiver.url);
  const lane = createTestLane(pool, [receiver]);
  lane.run();
  receiver.answerWith((response, got) => {
    (got.version === 2 ? answers(500) : ok)(response, got);
  });
  await appendEvents(pool, walletStream('m-1', 1n, [1n]));
  await eventually(async () => (await readWebhookCounts(pool, [])).deliveriesWaiting === 1);
  receiver.answerWith(ok);
  expect(await lane.retry(id, true)).toMatchObject({ delivered: 1 });
  const range = { from: new Date(0), until: new Date(Date.now() + 60_000), types: null };
  const replay = { id: 'whr_1', tenant: '', endpointId: id, createdBy: 'test', ...range };
  await insertReplay(pool, { ...replay, idempotencyKey: 'r', requestHash: 'r' });
  await lane.retry(id, true);
  expect(gotBy(receiver)).toHaveLength(5);
  const attempts = 'wallet_webhook_attempt_duration_seconds';
  expect(await countOf(lane, attempts, 'delivered')).toBe(4);
  expect(await countOf(lane, attempts, 'refused')).toBe(1);
  const lag = 'wallet_webhook_delivery_lag_seconds';
  expect(await countOf(lane, lag, 'fast')).toBe(1);
  expect(await countOf(lane, lag, 'retry')).toBe(1);
  await lane.close();
  await receiver.close();
  await pool.query('delete from webhook_endpoints');
});

it('endpoints are counted by status, and secrets by their key', async () => {
  const ids = [];
  for (let made = 0; made < 3; made += 1) ids.push(await addEndpoint(pool, 'http://127.0.0.1:1/'));
  const [retrying, disabled = ''] = ids;
  await pool.query(`update webhook_endpoints set lane = 'retry' where id = $1`, [retrying]);
  await changeEndpoint(pool, '', disabled, { enabled: false });
  for (const [number, state] of ['failed', 'failed', 'pending', 'delivered'].entries())
    await pool.query(
      `insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, state, attempts, next_attempt_at, settled_at)
       values ($1, $2, 0, $3, 1, 'wallet.created.v1', $4, $5, 1, $6, $7)`,
      [
        ...[retrying, number + 1, `m-${number}`, number !== 1, state],
        ...(state === 'pending' ? [new Date(), null] : [null, new Date()]),
      ],
    );
  const counts = {
    endpoints: { delivering: 1, retrying: 1, disabled: 1 },
    deliveriesWaiting: 1,
    walletsHeldUp: 1,
  };
  const secrets = { first: 0, later: 0, unknown: 0 };
  expect(await readWebhookCounts(pool, headsOf(secretsKey))).toEqual({
    ...counts,
    secrets: { ...secrets, first: 3 },
  });
  expect((await readWebhookCounts(pool, headsOf(newKey, secretsKey))).secrets).toEqual({
    ...secrets,
    later: 3,
  });
  expect((await readWebhookCounts(pool, [])).secrets).toEqual({ ...secrets, unknown: 3 });
});

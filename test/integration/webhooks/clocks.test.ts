// Clocks that are set while webhooks are delivered. The clock of a process rules no wait and no stored time.
import { afterEach, expect, it, vi } from 'vitest';
import { readEndpoint } from '../../../src/webhooks/endpoints.ts';
import { eventually } from '../../support/eventually.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, answers, gotBy, ok } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;
const hour = 3_600_000;
const day = 24 * hour;

afterEach(() => {
  vi.useRealTimers();
});

/** Sets the clock of this process. Timers and the monotonic clock go on as before. */
function setClockBy(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
}

it.each([
  ['back by an hour', -hour],
  ['forward by an hour', hour],
])('an endpoint that stood still goes on after five seconds, although the clock is set %s', async (_, ms) => {
  const receiver = await fixture.startReceiver();
  const id = await addEndpoint(pool, receiver.url);
  const nothing = Buffer.alloc(40);
  const box = await pool.query<{ box: Buffer }>('select box from webhook_secrets where endpoint_id = $1', [
    id,
  ]);
  const setBox = (to: Buffer | undefined) =>
    pool.query('update webhook_secrets set box = $2 where endpoint_id = $1', [id, to]);
  await setBox(nothing);
  let laterMs = 0;
  const lane = fixture.startLane({ monotonicMs: () => performance.now() + laterMs });
  lane.run();
  await eventually(() => lane.failures.length > 0);
  await setBox(box.rows[0]?.box);
  setClockBy(ms);
  const failures = lane.failures.length;
  const wallet = await fixture.commit(0);
  laterMs = 5_000;
  await eventually(() => gotBy(receiver).some((got) => got.wallet === wallet));
  expect(lane.failures).toHaveLength(failures);
});

it('a clock that is set forward by days disables no endpoint, and moves no stored time', async () => {
  const receiver = await fixture.startReceiver(answers(500));
  const id = await addEndpoint(pool, receiver.url);
  const lane = fixture.startLane();
  lane.run();
  await fixture.commit(0, 'first');
  const found = async () => readEndpoint(pool, '', id);
  await eventually(async () => (await found())?.pending === 1);
  setClockBy(6 * day);
  await fixture.commit(0, 'second');
  await eventually(async () => (await found())?.pending === 2);
  expect(await found()).toMatchObject({ state: 'enabled', disabledReason: null });
  expect(await lane.retry(id, true)).toMatchObject({ state: 'enabled', failed: 2 });
  receiver.answerWith(ok);
  const third = await fixture.commit(0, 'third');
  await eventually(() => gotBy(receiver).some((got) => got.wallet === third));
  await eventually(async () => (await found())?.lastSuccessAt !== null);
  const { rows } = await pool.query<{ is_past: boolean }>(
    'select last_success_at <= clock_timestamp() as is_past from webhook_endpoints where id = $1',
    [id],
  );
  expect(rows).toEqual([{ is_past: true }]);
});

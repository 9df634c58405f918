// The fast lane over real receivers: every event arrives, in the order of its wallet, and one receiver that
// fails holds up no other.
import { describe, expect, it } from 'vitest';
import { changeEndpoint, resumeEndpoint } from '../../../src/webhooks/endpointChanges.ts';
import { readEndpoint } from '../../../src/webhooks/endpoints.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { walletStream } from '../../support/walletStream.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import {
  addEndpoint,
  answers,
  firstsInOrder,
  gotBy,
  ok,
  type TestReceiver,
} from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;

const { startReceiver: receiver, startLane, commit } = fixture;

/** Waits until the receiver has each event of the wallets at least once. */
async function hasAll(from: TestReceiver, wanted: Readonly<Record<string, number>>): Promise<void> {
  await eventually(() => {
    const ids = new Set(gotBy(from).map(({ wallet, version }) => `${wallet}@${version}`));
    for (const [wallet, versions] of Object.entries(wanted))
      for (let version = 1; version <= versions; version += 1) expect(ids).toContain(`${wallet}@${version}`);
    return true;
  });
}

const stateOf = async (id: string) => {
  const endpoint = await readEndpoint(pool, '', id);
  if (endpoint === undefined) throw new Error('the endpoint is gone');
  return endpoint;
};

async function rowsOf(id: string) {
  const { rows } = await pool.query<{ wallet_id: string; version: string; state: string; attempts: number }>(
    'select wallet_id, version, state, attempts from webhook_deliveries where endpoint_id = $1 order by position',
    [id],
  );
  return rows.map(({ version, ...row }) => ({ ...row, version: Number(version) }));
}

/** Five minutes pass for what waits. */
async function ageAttempts(id: string): Promise<void> {
  await pool.query(
    `update webhook_deliveries
        set first_attempt_at = first_attempt_at - interval '5 minutes',
            last_attempt_at = last_attempt_at - interval '5 minutes'
      where endpoint_id = $1`,
    [id],
  );
}

describe('the fast lane', () => {
  it('delivers every event once, in the order of its wallet, from the making of the endpoint on', async () => {
    await commit(3);
    const one = await receiver();
    const id = await addEndpoint(pool, one.url);
    const run = startLane().run();
    const [a, b] = [await commit(30), await commit(5)];
    await hasAll(one, { [a]: 31, [b]: 6 });
    await run.stop();
    const got = gotBy(one);
    expect(got).toHaveLength(37);
    expect(firstsInOrder(got)).toBe(true);
    expect(new Set(got.map((event) => event.id)).size).toBe(37);
    expect(await rowsOf(id)).toEqual([]);
    expect(await stateOf(id)).toMatchObject({ delivered: 37, lane: 'fast', firstFailureAt: null });
  });

  it('goes on at its cursor after a restart, and sends nothing twice', async () => {
    const one = await receiver();
    await addEndpoint(pool, one.url);
    const first = startLane();
    const run = first.run();
    const a = await commit(3);
    await hasAll(one, { [a]: 4 });
    await run.stop();
    const b = await commit(2);
    startLane().run();
    await hasAll(one, { [a]: 4, [b]: 3 });
    expect(gotBy(one)).toHaveLength(7);
  });

  it('parks the wallet whose event fails, sends the others, and the retries send the rest in order', async () => {
    const one = await receiver();
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    lane.run();
    one.answerWith((response, got) => {
      (got.wallet.startsWith('bad') && got.version === 2 ? answers(500) : ok)(response, got);
    });
    const [bad, good] = [await commit(4, 'bad'), await commit(4)];
    await hasAll(one, { [good]: 5, [bad]: 2 });
    await eventually(async () => (await rowsOf(id)).length === 1);
    expect(await rowsOf(id)).toEqual([{ wallet_id: bad, version: 2, state: 'pending', attempts: 1 }]);
    await eventually(() => lane.told.includes(id));
    expect(gotBy(one).filter(({ wallet, version }) => wallet === bad && version > 2)).toEqual([]);
    one.answerWith(ok);
    // The later ones come by the retries, or by the drain if it has not stored its cursor after them yet.
    expect(await lane.retry(id, true)).toMatchObject({ failed: 0, pending: 0, nextMs: null });
    await hasAll(one, { [bad]: 5 });
    expect(firstsInOrder(gotBy(one))).toBe(true);
    expect(await rowsOf(id)).toEqual([{ wallet_id: bad, version: 2, state: 'delivered', attempts: 2 }]);
  });

  it('an event that comes while its wallet stops being parked is not lost', async () => {
    const one = await receiver();
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    const run = lane.run();
    one.answerWith((response, { version, ...rest }) => {
      (version === 1 ? answers(500) : ok)(response, { version, ...rest });
    });
    const [credits, late] = [Array.from({ length: 3 }, () => 1n), 3];
    const stream = walletStream('late', 1n, [...credits, ...credits]);
    await appendEvents(pool, stream.slice(0, 1));
    await eventually(async () => (await rowsOf(id)).length === 1);
    await run.stop();
    // The pump passes over these, and the retries end the parking before its cursor is stored.
    let mayStore = Promise.resolve();
    const slow = new Proxy(pool, {
      get: (target, name) =>
        name === 'query'
          ? async (...args: unknown[]) => {
              const [{ name: statement = '' } = {}] = args as { readonly name?: string }[];
              if (statement === 'move-webhook-cursors') await mayStore;
              return (target.query as (...given: unknown[]) => unknown)(...args);
            }
          : (Reflect.get(target, name) as unknown),
    });
    const gate = Promise.withResolvers<undefined>();
    mayStore = gate.promise;
    one.answerWith(ok);
    const second = startLane({ pool: slow });
    second.run();
    await appendEvents(pool, stream.slice(1, 1 + late));
    await appendEvents(pool, walletStream('other-of-late', 1n));
    await hasAll(one, { 'other-of-late': 1 });
    await lane.retry(id, true);
    gate.resolve(undefined);
    await appendEvents(pool, stream.slice(1 + late));
    await hasAll(one, { late: stream.length });
    expect(firstsInOrder(gotBy(one))).toBe(true);
  });

  it('without order, only the delivery that failed waits', async () => {
    const one = await receiver();
    const id = await addEndpoint(pool, one.url, { ordered: false });
    const lane = startLane();
    lane.run();
    one.answerWith((response, got) => {
      (got.version === 2 ? answers(500) : ok)(response, got);
    });
    const wallet = await commit(4);
    await hasAll(one, { [wallet]: 5 });
    await eventually(async () => (await rowsOf(id)).length === 1);
    one.answerWith(ok);
    expect(await lane.retry(id, true)).toMatchObject({ delivered: 1, pending: 0, nextMs: null });
    expect(await rowsOf(id)).toEqual([{ wallet_id: wallet, version: 2, state: 'delivered', attempts: 2 }]);
  });
});

describe('a receiver that fails', () => {
  it.each([
    ['answers 500', answers(500)],
    ['redirects', answers(302)],
    ['closes in the middle', (response) => response.writeHead(200).write('half', () => response.destroy())],
    ['never answers', () => undefined],
  ] satisfies [string, Parameters<typeof receiver>[0]][])(
    'and %s leaves the lane, holds up nobody, and has everything once it is well',
    async (_, answer) => {
      const [sick, well] = [await receiver(answer), await receiver()];
      const [sickId, wellId] = [await addEndpoint(pool, sick.url), await addEndpoint(pool, well.url)];
      const lane = startLane();
      lane.run();
      const wanted: Record<string, number> = {};
      for (let wallet = 0; wallet < 12; wallet += 1) wanted[await commit(2)] = 3;
      await hasAll(well, wanted);
      await eventually(async () => (await stateOf(sickId)).lane === 'retry');
      const later = await commit(1);
      await hasAll(well, { [later]: 2 });
      expect(await stateOf(wellId)).toMatchObject({ lane: 'fast', firstFailureAt: null });
      expect(await lane.retry(sickId, true)).toMatchObject({ delivered: 0, failed: 1 });
      sick.answerWith(ok);
      expect(await lane.retry(sickId, true)).toMatchObject({ failed: 0, pending: 0, nextMs: null });
      await hasAll(sick, { ...wanted, [later]: 2 });
      expect(firstsInOrder(gotBy(sick))).toBe(true);
      expect(firstsInOrder(gotBy(well))).toBe(true);
      expect(await stateOf(sickId)).toMatchObject({ lane: 'fast', firstFailureAt: null });
    },
    60_000,
  );

  it('leaves the lane at the third failure, also if its drain was restarted after the second', async () => {
    const one = await receiver(answers(500));
    const id = await addEndpoint(pool, one.url);
    const before = startLane().run();
    await commit(0);
    await eventually(async () => (await rowsOf(id)).length === 1);
    await commit(0);
    await eventually(async () => (await rowsOf(id)).length === 2);
    await before.stop();
    expect(await stateOf(id)).toMatchObject({ lane: 'fast' });
    startLane().run();
    await commit(0);
    await eventually(async () => (await stateOf(id)).lane === 'retry');
    expect(await rowsOf(id)).toHaveLength(3);
  });

  it('is tried again before its events are due, which costs them no attempt', async () => {
    const one = await receiver(answers(500));
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    lane.run();
    const wanted: Record<string, number> = {};
    for (let wallet = 0; wallet < 4; wallet += 1) wanted[await commit(0)] = 1;
    await eventually(async () => (await stateOf(id)).lane === 'retry');
    await pool.query(`update webhook_deliveries set next_attempt_at = now() + interval '10 hours'`);
    const before = await rowsOf(id);
    expect(await lane.retry(id)).toMatchObject({ failed: 0, delivered: 0 });
    await ageAttempts(id);
    const { failed, nextMs } = await lane.retry(id);
    expect(failed).toBe(1);
    expect(nextMs).toBeLessThanOrEqual(300_000);
    expect(nextMs).toBeGreaterThan(200_000);
    expect(await rowsOf(id)).toEqual(before);
    one.answerWith(ok);
    await ageAttempts(id);
    expect(await lane.retry(id)).toMatchObject({ delivered: 1, failed: 0, nextMs: 0 });
    expect((await stateOf(id)).lane).toBe('fast');
    await lane.retry(id);
    await hasAll(one, wanted);
  });

  it('is left alone for as long as it asks, whatever is due, unless an operator nudges', async () => {
    const one = await receiver((response) => response.writeHead(429, { 'retry-after': '3600' }).end());
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    lane.run();
    const wallet = await commit(1);
    await eventually(async () => (await stateOf(id)).lane === 'retry');
    await pool.query('update webhook_deliveries set next_attempt_at = now()');
    await ageAttempts(id);
    const waits = await lane.retry(id);
    expect(waits).toMatchObject({ delivered: 0, failed: 0, pending: 1 });
    expect(waits.nextMs).toBeGreaterThan(3_500_000);
    expect(gotBy(one)).toHaveLength(1);
    one.answerWith(ok);
    expect(await lane.retry(id, true)).toMatchObject({ failed: 0, pending: 0 });
    await hasAll(one, { [wallet]: 2 });
  });

  it('that refuses some events for their own sake gets new ones, one at a time', async () => {
    const one = await receiver((response, got) => {
      (got.wallet.startsWith('poison') ? answers(500) : ok)(response, got);
    });
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    lane.run();
    for (let wallet = 0; wallet < 3; wallet += 1) await commit(0, 'poison');
    await eventually(async () => (await stateOf(id)).lane === 'retry');
    const parked = (await rowsOf(id)).length;
    const [another, good] = [await commit(0, 'poison'), await commit(1)];
    expect(await lane.retry(id, true)).toMatchObject({ delivered: 0 });
    expect((await stateOf(id)).lane).toBe('retry');
    await ageAttempts(id);
    expect(await lane.retry(id, true)).toMatchObject({ delivered: 0, failed: 1 });
    // The drain tries one event, which is poison too, and leaves the rest to the next time.
    await eventually(async () => (await rowsOf(id)).length === parked + 1);
    await eventually(async () => (await stateOf(id)).lane === 'retry');
    expect((await rowsOf(id)).at(-1)).toMatchObject({ wallet_id: another });
    expect(gotBy(one).filter((got) => got.wallet === good)).toEqual([]);
    await ageAttempts(id);
    await lane.retry(id, true);
    await hasAll(one, { [good]: 2 });
    await eventually(async () => (await stateOf(id)).firstFailureAt === null);
    expect((await stateOf(id)).lane).toBe('fast');
  });

  it('is disabled by 410, and has everything after it was enabled', async () => {
    const one = await receiver(answers(410));
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    lane.run();
    const wallet = await commit(3);
    await eventually(async () => (await stateOf(id)).state === 'disabled');
    expect((await stateOf(id)).disabledReason).toBe('gone');
    expect(await lane.retry(id)).toMatchObject({ state: 'disabled', nextMs: null });
    const later = await commit(2);
    one.answerWith(ok);
    await changeEndpoint(pool, '', id, { enabled: true });
    await lane.retry(id, true);
    await hasAll(one, { [wallet]: 4, [later]: 3 });
    expect(firstsInOrder(gotBy(one))).toBe(true);
  });

  it('is disabled once nothing succeeded for five days, and nothing is lost', async () => {
    const one = await receiver(answers(500));
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    lane.run();
    const wallet = await commit(1);
    await eventually(async () => (await rowsOf(id)).length === 1);
    await pool.query(
      `update webhook_endpoints set first_failure_at = now() - interval '121 hours' where id = $1`,
      [id],
    );
    expect(await lane.retry(id, true)).toMatchObject({ state: 'disabled', failed: 1 });
    expect(await stateOf(id)).toMatchObject({
      state: 'disabled',
      disabledReason: 'failing',
    });
    one.answerWith(ok);
    await resumeEndpoint(pool, '', id, 'parked');
    await lane.retry(id);
    await hasAll(one, { [wallet]: 2 });
  });

  it.each([[true], [false]])(
    'fails no longer once a retry succeeded, whatever its drain knew (ordered: %s)',
    async (ordered) => {
      const [one, witness] = [await receiver(answers(500)), await receiver()];
      const id = await addEndpoint(pool, one.url, { ordered, types: ['wallet.created.v1'] });
      await addEndpoint(pool, witness.url);
      const lane = startLane();
      const run = lane.run();
      const wallet = `cleared-${ordered}`;
      const stream = walletStream(wallet, 1n, [1n, 1n]);
      await appendEvents(pool, stream.slice(0, 1));
      await eventually(async () => (await rowsOf(id)).length === 1);
      one.answerWith(ok);
      expect(await lane.retry(id, true)).toMatchObject({ delivered: 1 });
      // The cursor passes these, and the endpoint wants none of them.
      await appendEvents(pool, stream.slice(1));
      await hasAll(witness, { [wallet]: 3 });
      await run.stop();
      expect(await stateOf(id)).toMatchObject({ firstFailureAt: null, lastReason: null });
    },
  );

  it('resumed from now, an endpoint leaves out what waited and what happened', async () => {
    const one = await receiver(answers(500));
    const id = await addEndpoint(pool, one.url);
    const lane = startLane();
    lane.run();
    const wallet = await commit(1);
    await eventually(async () => (await rowsOf(id)).length === 1);
    await resumeEndpoint(pool, '', id, 'now');
    one.answerWith(ok);
    const later = await commit(1);
    await hasAll(one, { [later]: 2 });
    expect(gotBy(one).filter((got) => got.wallet === wallet && got.version === 2)).toEqual([]);
    expect(await rowsOf(id)).toEqual([{ wallet_id: wallet, version: 1, state: 'skipped', attempts: 1 }]);
  });
});

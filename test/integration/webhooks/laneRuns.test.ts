// The runs of the fast lane: what one endpoint costs the others, when a run ends, and when the store refuses
// what it left behind.
import { setImmediate as turnOfLoop, setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { changeEndpoint, resumeEndpoint } from '../../../src/webhooks/endpointChanges.ts';
import { parkedMax } from '../../../src/webhooks/endpoint.ts';
import { readEndpoint } from '../../../src/webhooks/endpoints.ts';
import { retryRound } from '../../../src/webhooks/retryRound.ts';
import { eventually } from '../../support/eventually.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, answers, gotBy } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;

it('a hand-over does not wait for a receiver that has been silent for long', async () => {
  const silent = await fixture.startReceiver(() => undefined);
  await addEndpoint(pool, silent.url);
  let laterMs = 0;
  const { lane } = fixture.startLane({ monotonicMs: () => performance.now() + laterMs });
  await lane.begin();
  await lane.pass();
  await fixture.commit(0);
  await eventually(() => silent.received.length === 1);
  laterMs = 10_000;
  // A wait of the hand-over would be a timer that ends after this one.
  const ended = lane.end('handOver').then(() => 'ended');
  expect(await Promise.race([ended, pause(50, 'waited')])).toBe('ended');
});

it('a receiver that owes an answer for a second gets no further request, and the others get theirs', async () => {
  const [silentUrl, wellUrl] = ['http://127.0.0.1:1/silent', 'http://127.0.0.1:1/well'];
  for (const url of [silentUrl, wellUrl]) await addEndpoint(pool, url, { ordered: false });
  const answer = Promise.withResolvers<undefined>();
  const asked: string[] = [];
  const askedOf = (url: string) => asked.filter((one) => one === url).length;
  let laterMs = 0;
  const lane = fixture.startLane({
    monotonicMs: () => performance.now() + laterMs,
    deliver: async (current) => {
      const url = (await current())?.url ?? '';
      asked.push(url);
      if (url === silentUrl) await answer.promise;
      return { outcome: 'delivered', status: 200, reason: null, ms: 1 };
    },
  });
  lane.run();
  await fixture.commit(0);
  await eventually(() => askedOf(silentUrl) === 1 && askedOf(wellUrl) === 1);
  laterMs = 1_000;
  await fixture.commit(4);
  await eventually(() => askedOf(wellUrl) === 6);
  expect(askedOf(silentUrl)).toBe(1);
  answer.resolve(undefined);
  await eventually(() => askedOf(silentUrl) === 6);
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

it('an endpoint whose parked events were delivered meanwhile may park as many again', async () => {
  const id = await addEndpoint(pool, 'http://127.0.0.1:1/', { ordered: false });
  await pool.query(
    `insert into webhook_deliveries
       (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, attempts, next_attempt_at)
     select $1, position, 0, 'w', position, 'wallet.created.v1', false, 1, now() + interval '1 hour'
       from generate_series(1000001, 1000000 + $2::integer - 2) as position`,
    [id, parkedMax],
  );
  const { lane } = fixture.startLane({
    deliver: (_, { text }) =>
      Promise.resolve(
        text.includes('"refused-')
          ? { outcome: 'failed', status: 500, reason: 'status', ms: 1 }
          : { outcome: 'delivered', status: 200, reason: null, ms: 1 },
      ),
  });
  await lane.begin();
  await lane.pass();
  await pool.query(
    `update webhook_deliveries set state = 'delivered', next_attempt_at = null, settled_at = now()`,
  );
  for (const parked of [1, 2]) {
    await fixture.commit(0, 'refused');
    await fixture.commit(0);
    await eventually(async () => {
      await lane.pass();
      const endpoint = await readEndpoint(pool, '', id);
      return endpoint?.pending === parked && endpoint.delivered === parked;
    });
    await lane.pass();
  }
  expect(await readEndpoint(pool, '', id)).toMatchObject({ lane: 'fast' });
  await lane.end('stop');
});

it('a round of retries sends where its endpoint is now, and nothing once it is disabled', async () => {
  const before = await fixture.startReceiver((response, { wallet }) => {
    response.writeHead(wallet.startsWith('bad') ? 500 : 200).end();
  });
  const after = await fixture.startReceiver();
  const id = await addEndpoint(pool, before.url);
  const lane = fixture.startLane();
  const run = lane.run();
  const bad = await fixture.commit(3, 'bad');
  const witness = await fixture.commit(0);
  await eventually(() => gotBy(before).some((got) => got.wallet === witness));
  await eventually(async () => (await readEndpoint(pool, '', id))?.pending === 1);
  // It passes the events that wait for the parked one.
  await run.stop();
  const changes = [
    () => changeEndpoint(pool, '', id, { url: after.url }),
    () => changeEndpoint(pool, '', id, { enabled: false }),
  ];
  const sentBefore = before.received.length;
  for (const receiver of [before, after])
    receiver.answerWith((response) => {
      void (changes.shift() ?? (() => Promise.resolve()))().then(() => response.writeHead(200).end());
    });
  // More than a second passes between two requests.
  let nowMs = 0;
  const monotonicMs = () => (nowMs += 400);
  const round = await retryRound({ ...lane.deps, monotonicMs }, id, true, new AbortController().signal);
  expect(round).toMatchObject({ delivered: 2, failed: 0 });
  const versions = (got: ReturnType<typeof gotBy>) =>
    got.map(({ wallet, version }) => `${wallet}@${version}`);
  expect(versions(gotBy(before).slice(sentBefore))).toEqual([`${bad}@1`]);
  expect(versions(gotBy(after))).toEqual([`${bad}@2`]);
});

it('a delivery that was resumed has its schedule anew, and keeps its row once it succeeds', async () => {
  const one = await fixture.startReceiver(answers(500));
  const id = await addEndpoint(pool, one.url);
  const lane = fixture.startLane();
  lane.run();
  await fixture.commit(0);
  const rows = async (): Promise<readonly object[]> => {
    const text = 'select state, attempts from webhook_deliveries where endpoint_id = $1';
    return (await pool.query<{ state: string; attempts: number }>(text, [id])).rows;
  };
  await eventually(async () => (await rows()).length === 1);
  await pool.query('update webhook_deliveries set attempts = 9 where endpoint_id = $1', [id]);
  await lane.retry(id, true);
  expect(await rows()).toEqual([{ state: 'failed', attempts: 10 }]);
  await resumeEndpoint(pool, '', id, 'parked');
  expect(await rows()).toEqual([{ state: 'pending', attempts: 1 }]);
  await lane.retry(id, true);
  expect(await rows()).toEqual([{ state: 'pending', attempts: 2 }]);
  one.answerWith((response) => response.writeHead(200).end());
  await lane.retry(id, true);
  expect(await rows()).toEqual([{ state: 'delivered', attempts: 3 }]);
});

it('a round of retries that fails ends only after everything that it has under way', async () => {
  const id = await addEndpoint(pool, 'http://127.0.0.1:1/', { ordered: false });
  const wallet = await fixture.commit(2);
  await pool.query(
    `insert into webhook_deliveries (
            endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, attempts, next_attempt_at)
     select $1, position, 0, wallet_id, version, 'test', false, 1, now()
       from events
      where wallet_id = $2`,
    [id, wallet],
  );
  const answer = Promise.withResolvers<undefined>();
  let asked = 0;
  const lane = fixture.startLane({
    deliver: async () => {
      asked += 1;
      if (asked === 1) throw new Error('nobody can tell where to send');
      await answer.promise;
      return undefined;
    },
  });
  let isOver = false;
  const round = lane.retry(id).finally(() => {
    isOver = true;
  });
  round.catch(() => undefined);
  await eventually(() => asked === 3);
  for (let turn = 0; turn < 3; turn += 1) await turnOfLoop();
  expect(isOver).toBe(false);
  answer.resolve(undefined);
  await expect(round).rejects.toThrow('nobody can tell where to send');
});

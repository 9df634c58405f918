// The workflows of failing endpoints are told of what waits: each endpoint by itself, and soon, whatever
// Temporal does with the others.
import { beforeEach, expect, it } from 'vitest';
import {
  createRetryTeller,
  type RetryTeller,
  type RetryTellerDeps,
} from '../../../src/webhooks/retryTeller.ts';
import { eventually } from '../../support/eventually.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, answers, gotBy, ok } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;
let nowMs = 0;

beforeEach(() => {
  nowMs = 0;
});

/** Endpoints in the order of their ids, each with a wish. */
async function wishing(count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push(await addEndpoint(pool, 'http://127.0.0.1:1/'));
  await pool.query('update webhook_endpoints set retry_wanted = retry_wanted + 1 where id = any($1)', [ids]);
  return ids.sort();
}

interface Told {
  readonly teller: RetryTeller;
  /** Ids in the order of the attempts. */
  readonly tried: readonly string[];
  readonly failed: readonly string[];
}

function createTold(start: RetryTellerDeps['startRetry']): Told {
  const tried: string[] = [];
  const failed: string[] = [];
  const teller = createRetryTeller({
    ...{ pool, monotonicMs: () => nowMs, onRoom: () => undefined, onFailure: (id) => failed.push(id) },
    startRetry: (id) => {
      tried.push(id);
      return start(id);
    },
  });
  return { teller, tried, failed };
}

/** A pass each 250 ms of the clock, as a drain makes them. */
async function passesFor(teller: RetryTeller, ms: number): Promise<void> {
  for (const endsAt = nowMs + ms; nowMs < endsAt; nowMs += 250) {
    await teller.tell();
    await teller.idle();
  }
}

const untold = async () => {
  const { rows } = await pool.query<{ id: string }>(
    'select id from webhook_endpoints where retry_wanted > retry_told order by id',
  );
  return rows.map(({ id }) => id);
};

const refuse = () => Promise.reject(new Error('refused by Temporal'));

it('a workflow that can not be started holds up no other, wherever its id stands', async () => {
  const ids = await wishing(40);
  const sick = ids.filter((_, at) => at % 10 === 0);
  const { teller, failed } = createTold((id) => (sick.includes(id) ? refuse() : Promise.resolve()));
  await passesFor(teller, 1_000);
  expect(await untold()).toEqual(sick);
  expect(new Set(failed)).toEqual(new Set(sick));
});

it('a workflow that can not be started is tried again after 1 s, 2 s, 4 s and so on, up to a minute', async () => {
  const [id] = await wishing(1);
  const times: number[] = [];
  const { teller } = createTold(() => {
    times.push(nowMs);
    return refuse();
  });
  await passesFor(teller, 200_000);
  const waits = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(await untold()).toEqual([id]);
});

it('a workflow for which Temporal does not answer takes one turn, and the others are told meanwhile', async () => {
  const ids = await wishing(40);
  const answer = Promise.withResolvers<undefined>();
  const { teller, tried } = createTold((id) => (id === ids[0] ? answer.promise : Promise.resolve()).then());
  await eventually(async () => {
    await teller.tell();
    return (await untold()).length === 1;
  });
  expect(await untold()).toEqual([ids[0]]);
  expect(tried.filter((id) => id === ids[0])).toHaveLength(1);
  answer.resolve(undefined);
  await teller.idle();
  expect(await untold()).toEqual([]);
});

it('while Temporal is away, two workflows a second are tried, another pair each time', async () => {
  const ids = await wishing(60);
  let isAway = true;
  const { teller, tried } = createTold(() => (isAway ? refuse() : Promise.resolve()));
  await passesFor(teller, 1_000);
  const atFirst = tried.length;
  expect(atFirst).toBeLessThanOrEqual(20);
  await passesFor(teller, 10_000);
  expect(tried.length - atFirst).toBe(20);
  // Those of low ids were tried first, and wait longer by now.
  expect(new Set(tried).size).toBeGreaterThan(30);
  isAway = false;
  await passesFor(teller, 60_000);
  expect(await untold()).toEqual([]);
  expect(new Set(tried)).toEqual(new Set(ids));
});

it('a wish that comes while its workflow is told is told as well', async () => {
  const [id = ''] = await wishing(1);
  const answer = Promise.withResolvers<undefined>();
  const { teller, tried } = createTold(() => answer.promise.then());
  await teller.tell();
  await pool.query('update webhook_endpoints set retry_wanted = retry_wanted + 1 where id = $1', [id]);
  answer.resolve(undefined);
  await teller.idle();
  expect(await untold()).toEqual([id]);
  await passesFor(teller, 250);
  expect(await untold()).toEqual([]);
  expect(tried).toEqual([id, id]);
});

it('the parked events of a page are one signal to the workflow of their endpoint', async () => {
  const receiver = await fixture.startReceiver((response, got) => {
    (got.wallet.startsWith('bad') ? answers(500) : ok)(response, got);
  });
  const id = await addEndpoint(pool, receiver.url, { ordered: false });
  const lane = fixture.startLane({ monotonicMs: () => nowMs });
  lane.run();
  const parked = async () =>
    (await pool.query('select from webhook_deliveries where endpoint_id = $1', [id])).rowCount;
  for (const prefix of ['bad', 'w', 'bad', 'w', 'bad', 'w']) {
    const wallet = await fixture.commit(0, prefix);
    await eventually(() => gotBy(receiver).some((got) => got.wallet === wallet));
  }
  await eventually(async () => (await parked()) === 3);
  expect(lane.told).toEqual([]);
  nowMs = 1_000;
  await eventually(async () => (await untold()).length === 0);
  expect(lane.told).toEqual([id]);
});

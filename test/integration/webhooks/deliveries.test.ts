// What an endpoint gets and how it is signed: filters, tenants, secrets that replace each other, replays, and
// what happens after a worker died between a request and its cursor.
import type { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { insertReplay, type NewReplay } from '../../../src/webhooks/replayStore.ts';
import { changeEndpoint, type EndpointChange } from '../../../src/webhooks/endpointChanges.ts';
import { type NewEndpoint, readEndpoint } from '../../../src/webhooks/endpoints.ts';
import { addSecret } from '../../../src/webhooks/endpointSecrets.ts';
import { createSecretBox } from '../../../src/webhooks/secretBox.ts';
import { retryRound } from '../../../src/webhooks/retryRound.ts';
import type { RetryDeps } from '../../../src/webhooks/round.ts';
import { newSecret } from '../../../src/webhooks/signature.ts';
import { createTenant } from '../../../src/access/tenants.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { walletStream } from '../../support/walletStream.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, firstsInOrder, gotBy, type TestReceiver } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;
let one: TestReceiver;

beforeAll(async () => {
  await createTenant(pool, 'acme', 'Acme');
});
beforeEach(async () => {
  one = await fixture.startReceiver();
});

const startLane = (over = pool) => fixture.startLane({}, over);
const commit = (credits: number, prefix = 'd') => fixture.commit(credits, prefix);

const seen = () => gotBy(one).map(({ wallet, version }) => `${wallet}@${version}`);

/** A member of the pool, which calls its own members. */
function boundOf(target: Pool, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name);
  return typeof member === 'function' ? (member.bind(target) as unknown) : member;
}

async function sees(...ids: readonly string[]): Promise<void> {
  await eventually(() => ids.every((id) => seen().includes(id)));
}

it('an endpoint gets the types and wallets that it asked for, and no other', async () => {
  const [wanted, other] = ['chosen-1', 'chosen-2'];
  await addEndpoint(pool, one.url, { types: ['wallet.credited.v1'], walletIds: [wanted] });
  startLane().run();
  for (const walletId of [other, wanted]) await appendEvents(pool, walletStream(walletId, 1n, [1n, 1n]));
  await sees(`${wanted}@3`);
  expect(seen()).toEqual([`${wanted}@2`, `${wanted}@3`]);
});

it('an endpoint that asks for labels gets the wallets that have one of them', async () => {
  const label = async (walletId: string, labels: readonly string[]) =>
    pool.query(`insert into wallet_details (wallet_id, metadata, labels) values ($1, '{}', $2)`, [
      walletId,
      labels,
    ]);
  for (const [id, labels] of [
    ['l-1', ['vip', 'x']],
    ['l-2', ['x']],
    ['l-3', ['gold']],
  ] as const) {
    await label(id, labels);
    await pool.query(
      `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
       values ($1, 'o', 'USD', 0, 1, now(), now())`,
      [id],
    );
  }
  await addEndpoint(pool, one.url, { labels: ['vip', 'gold'] });
  startLane().run();
  for (const walletId of ['l-1', 'l-2', 'l-3']) await appendEvents(pool, walletStream(walletId, 1n));
  await sees('l-3@1');
  expect(seen()).toEqual(['l-1@1', 'l-3@1']);
});

it('another filter counts from the next event on', async () => {
  const id = await addEndpoint(pool, one.url, { types: ['wallet.created.v1'] });
  startLane().run();
  const first = await commit(1);
  await sees(`${first}@1`);
  await hasPassed(id);
  await changeEndpoint(pool, '', id, { types: ['wallet.credited.v1'] });
  let last = '';
  await eventually(async () => {
    last = await commit(1);
    return seen().includes(`${last}@2`) || seen().some((got) => got.endsWith('@2'));
  });
  expect(seen()).not.toContain(`${first}@2`);
});

/** Waits until the stored cursor has passed everything. */
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

/** Parks a wallet. Its owner changes the filter after the event arrived, and before that is stored. */
async function changedWhileRetried(
  before: Partial<NewEndpoint>,
  change: EndpointChange,
  walletId: string,
): Promise<void> {
  const witness = await fixture.startReceiver();
  one.answerWith((response) => response.writeHead(500).end());
  const id = await addEndpoint(pool, one.url, before);
  await addEndpoint(pool, witness.url);
  const lane = startLane();
  const run = lane.run();
  const stream = walletStream(walletId, 1n, [1n, 1n]);
  await appendEvents(pool, stream.slice(0, 1));
  await eventually(async () => (await readEndpoint(pool, '', id))?.pending === 1);
  one.answerWith((response) => response.writeHead(200).end());
  const deliver: RetryDeps['deliver'] = async (...given) => {
    const attempt = await lane.deps.deliver(...given);
    if (gotBy(witness).length > 1) return attempt;
    await changeEndpoint(pool, '', id, change);
    await appendEvents(pool, stream.slice(1));
    await eventually(() => gotBy(witness).length === stream.length);
    // The end of a run stores each cursor.
    await run.stop();
    lane.run();
    await hasPassed(id);
    return attempt;
  };
  await retryRound({ ...lane.deps, deliver }, id, true, new AbortController().signal);
  await lane.retry(id, true);
}

it('a filter counts for each event that is committed after its change', async () => {
  const id = await addEndpoint(pool, one.url, { types: ['wallet.created.v1'] });
  const lane = startLane();
  await lane.lane.begin();
  await lane.lane.pass();
  const stream = walletStream('widened-alone', 1n, [1n]);
  await appendEvents(pool, stream.slice(0, 1));
  await sees('widened-alone@1');
  await changeEndpoint(pool, '', id, { types: ['wallet.created.v1', 'wallet.credited.v1'] });
  // The lane does not know it yet. It passes over the credit and delivers what follows.
  await appendEvents(pool, stream.slice(1));
  await appendEvents(pool, walletStream('widened-beside', 1n));
  await sees('widened-beside@1');
  lane.run();
  await sees('widened-alone@2');
});

it('an event that another filter wants is not lost if it came while its wallet was retried', async () => {
  const types = ['wallet.created.v1', 'wallet.credited.v1'];
  await changedWhileRetried({ types: ['wallet.created.v1'] }, { types }, 'widened');
  await sees('widened@1', 'widened@2', 'widened@3');
});

it('a parked wallet that another filter leaves out gets nothing further', async () => {
  await changedWhileRetried({}, { walletIds: ['another'] }, 'narrowed');
  expect(new Set(seen())).toEqual(new Set(['narrowed@1']));
});

it('an endpoint gets events of its own tenant alone, under bare ids', async () => {
  await addEndpoint(pool, one.url, { tenant: 'acme' });
  startLane().run();
  await commit(1);
  await appendEvents(pool, walletStream('acme/w-1', 1n, [1n]));
  await sees('w-1@2');
  expect(seen()).toEqual(['w-1@1', 'w-1@2']);
  expect(one.received.map(({ body }) => body.toString()).join()).not.toContain('acme/w-1');
});

it('an endpoint of a suspended tenant waits, and has everything after it was resumed', async () => {
  const id = await addEndpoint(pool, one.url, { tenant: 'acme' });
  await pool.query(`update tenants set suspended_at = now(), suspension_reason = 'test' where id = 'acme'`);
  const lane = startLane();
  lane.run();
  const own = await addEndpoint(pool, one.url, { walletIds: ['beside'] });
  await appendEvents(pool, walletStream('acme/w-2', 1n));
  await appendEvents(pool, walletStream('beside', 1n));
  await sees('beside@1');
  expect(await lane.retry(id)).toMatchObject({ state: 'disabled' });
  expect(seen()).toEqual(['beside@1']);
  await pool.query(`update tenants set suspended_at = null, suspension_reason = null where id = 'acme'`);
  await sees('w-2@1');
  expect(await readEndpoint(pool, '', own)).toMatchObject({ state: 'enabled' });
});

it('while a secret replaces another one, each request verifies under both', async () => {
  const box = createSecretBox({ WEBHOOK_SECRETS_KEY: [Buffer.alloc(32, 'key')] });
  if (box === undefined) throw new Error('a key makes a box');
  const [before, after] = [newSecret('hmac').text, newSecret('hmac').text];
  const id = 'whe_aaaaaaaaaaaaaaaaaaaaaaaa';
  await addEndpoint(pool, one.url, { id, box: box.seal(before, id) });
  expect(await addSecret(pool, '', id, { box: box.seal(after, id), signing: 'hmac', overlapHours: 24 })).toBe(
    true,
  );
  startLane().run();
  const wallet = await commit(0);
  await sees(`${wallet}@1`);
  const [request] = one.received;
  if (request === undefined) throw new Error('nothing was received');
  const headers = request.headers as Record<string, string>;
  for (const secret of [before, after])
    expect(() => new Webhook(secret).verify(request.body.toString(), headers)).not.toThrow();
  await pool.query(`update webhook_secrets set valid_until = now() where endpoint_id = $1 and number = 1`, [
    id,
  ]);
  await eventually(async () => {
    const next = await commit(0);
    await sees(`${next}@1`);
    const last = one.received.at(-1);
    return String(last?.headers['webhook-signature']).split(' ').length === 1;
  });
  const last = one.received.at(-1);
  expect(() =>
    new Webhook(before).verify(String(last?.body), last?.headers as Record<string, string>),
  ).toThrow('No matching signature');
});

it('after a worker died before it stored its cursors, every event comes again, in order', async () => {
  const id = await addEndpoint(pool, one.url);
  // A process that dies stores nothing any more.
  const dying = new Proxy(pool, {
    get: (target, name) =>
      name === 'query'
        ? (...args: unknown[]) =>
            (args[0] as { readonly name?: string }).name === 'move-webhook-cursors'
              ? Promise.reject(new Error('the process is dead'))
              : (target.query as (...given: unknown[]) => unknown)(...args)
        : boundOf(target, name),
  });
  const dead = startLane(dying);
  await dead.lane.begin();
  await dead.lane.pass();
  const wallet = await commit(5);
  await sees(...Array.from({ length: 6 }, (_, index) => `${wallet}@${index + 1}`));
  await expect(dead.lane.pass()).rejects.toThrow('the process is dead');
  expect(await readEndpoint(pool, '', id)).toMatchObject({ delivered: 0 });
  startLane().run();
  await eventually(() => seen().filter((got) => got === `${wallet}@6`).length === 2);
  const got = gotBy(one);
  expect(got).toHaveLength(12);
  expect(firstsInOrder(got)).toBe(true);
  expect(new Set(got.map((event) => event.id)).size).toBe(6);
});

it('a delivery that a stopping process ended is not begun again at once', async () => {
  await addEndpoint(pool, one.url);
  let calls = 0;
  // Without a bound, a pump that begins again at once would keep this test from failing.
  const deliver = () => {
    calls += 1;
    return calls < 100 ? Promise.resolve(undefined) : new Promise<undefined>(() => undefined);
  };
  const { lane } = fixture.startLane({ deliver });
  await lane.begin();
  await lane.pass();
  await commit(0);
  await eventually(() => calls > 0);
  expect(calls).toBe(1);
});

it('a failure of the store between a request and its cursor loses no event of a live process', async () => {
  const id = await addEndpoint(pool, one.url);
  let fails = 1;
  const shaky = new Proxy(pool, {
    get: (target, name) =>
      name === 'connect'
        ? () => {
            fails -= 1;
            if (fails >= 0) return Promise.reject(new Error('the store is away'));
            return target.connect();
          }
        : boundOf(target, name),
  });
  one.answerWith((response, { version }) => response.writeHead(version === 2 ? 500 : 200).end());
  const lane = startLane(shaky);
  await lane.lane.begin();
  await lane.lane.pass();
  const wallet = await commit(2);
  await sees(`${wallet}@2`);
  let failure: unknown;
  await eventually(async () => {
    await lane.lane.pass().catch((error: unknown) => (failure = error));
    return failure !== undefined;
  });
  expect(failure).toMatchObject({ message: 'the store is away' });
  lane.run();
  await eventually(async () => {
    const { rows } = await pool.query('select from webhook_deliveries where endpoint_id = $1', [id]);
    return rows.length === 1;
  });
  one.answerWith((response) => response.writeHead(200).end());
  expect(await lane.retry(id, true)).toMatchObject({ delivered: 2, pending: 0 });
  expect(firstsInOrder(gotBy(one))).toBe(true);
});

it('a replay sends a part of the past again, in order, and under the ids of before', async () => {
  const id = await addEndpoint(pool, one.url);
  const lane = startLane();
  lane.run();
  const wallet = await commit(3);
  await sees(...[1, 2, 3, 4].map((version) => `${wallet}@${version}`));
  await hasPassed(id);
  const { rows } = await pool.query<{ occurred_at: Date }>(
    'select occurred_at from events where wallet_id = $1 order by version',
    [wallet],
  );
  const [, from, until] = rows.map(({ occurred_at }) => occurred_at);
  if (from === undefined || until === undefined) throw new Error('events are missing');
  const replay = {
    ...{ id: 'whr_1', tenant: '', endpointId: id, types: null, from, until },
    ...{ createdBy: 'test', idempotencyKey: 'r', requestHash: 'h' },
  };
  expect(await insertReplay(pool, replay)).toMatchObject({ kind: 'made' });
  expect(await insertReplay(pool, { ...replay, id: 'whr_2' })).toMatchObject({
    kind: 'repeated',
    replay: { id: 'whr_1' },
  });
  const before = gotBy(one).length;
  expect(await lane.retry(id)).toMatchObject({ failed: 0, nextMs: null });
  const again = gotBy(one)
    .slice(before)
    .filter((got) => got.wallet === wallet);
  expect(again.map(({ version }) => version)).toEqual([2, 3]);
  const first = gotBy(one).slice(0, before);
  for (const got of again) expect(first).toContainEqual(got);
});

it('an event that no attempt delivered keeps its row, however many others were settled since', async () => {
  const id = await addEndpoint(pool, one.url, { ordered: false });
  await pool.query(
    `insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet,
                                     state, attempts, settled_at)
     select $1, n, 0, 'w', n, 'WalletCredited', false, case when n = 1 then 'failed' else 'delivered' end, 10,
            now() - interval '2 days' + n * interval '1 second'
       from generate_series(1, 1101) as n`,
    [id],
  );
  await startLane().retry(id);
  const { rows } = await pool.query(
    `select state, count(*)::integer as count from webhook_deliveries group by state order by state`,
  );
  expect(rows).toEqual([
    { state: 'delivered', count: 1_001 },
    { state: 'failed', count: 1 },
  ]);
});

/** A replay of everything that happened, as its owner asks for it. */
const wholeReplay = (endpointId: string): NewReplay => ({
  ...{ id: 'whr_1', tenant: '', endpointId, types: null, from: new Date(0), until: new Date() },
  ...{ createdBy: 'test', idempotencyKey: 'r', requestHash: 'h' },
});

it('a replay sends only what was sent before: no event of a parked wallet, and none after the cursor', async () => {
  const [parked, whole, later] = ['replayed-parked', 'replayed-whole', 'replayed-later'];
  const id = await addEndpoint(pool, one.url, { walletIds: [parked, whole, later] });
  const lane = startLane();
  const run = lane.run();
  one.answerWith((response, { version }) => response.writeHead(version === 3 ? 500 : 200).end());
  await appendEvents(pool, walletStream(parked, 1n, [1n, 1n, 1n]));
  await appendEvents(pool, walletStream(whole, 1n, [1n]));
  await sees(`${parked}@3`, `${whole}@2`);
  await run.stop();
  await appendEvents(pool, walletStream(later, 1n));
  const before = seen().length;
  expect(await insertReplay(pool, wholeReplay(id))).toMatchObject({ kind: 'made' });
  // The parked event waits, and the receiver would take it by now.
  await pool.query(`update webhook_deliveries set next_attempt_at = now() + interval '1 hour'`);
  one.answerWith((response) => response.writeHead(200).end());
  await lane.retry(id);
  const again = seen().slice(before);
  expect(again.toSorted()).toEqual([`${parked}@1`, `${parked}@2`, `${whole}@1`, `${whole}@2`].toSorted());
});

it('a replay to a slow receiver goes on in the next round where its last one ended', async () => {
  const wallet = 'replayed-slowly';
  const id = await addEndpoint(pool, one.url, { walletIds: [wallet] });
  const lane = startLane();
  lane.run();
  await appendEvents(pool, walletStream(wallet, 1n, [1n, 1n, 1n, 1n, 1n]));
  await sees(`${wallet}@6`);
  await hasPassed(id);
  const before = seen().length;
  await insertReplay(pool, wholeReplay(id));
  // Each delivery takes eight seconds of a round of twenty.
  const slow: RetryDeps = { ...lane.deps, monotonicMs: () => 8_000 * (seen().length - before) };
  const rounds: number[] = [];
  await eventually(async () => {
    const { delivered, nextMs } = await retryRound(slow, id, false, new AbortController().signal);
    rounds.push(delivered);
    return nextMs === null;
  });
  expect(rounds.slice(0, 2)).toEqual([3, 3]);
  expect(seen().slice(before)).toEqual([1, 2, 3, 4, 5, 6].map((version) => `${wallet}@${version}`));
});

it('a replay ends soon after its last event, however long the log is', async () => {
  const id = await addEndpoint(pool, one.url);
  await commit(3);
  await insertReplay(pool, { ...wholeReplay(id), until: new Date(1) });
  const { rows } = await pool.query('select position, until_position from webhook_replays');
  expect(rows).toEqual([{ position: '0', until_position: '0' }]);
});

it('a replay sends no type that its endpoint does not want', async () => {
  const wallet = 'replayed-in-part';
  const id = await addEndpoint(pool, one.url, { types: ['wallet.credited.v1'], walletIds: [wallet] });
  const lane = startLane();
  lane.run();
  await appendEvents(pool, walletStream(wallet, 1n, [1n]));
  await sees(`${wallet}@2`);
  await hasPassed(id);
  await insertReplay(pool, { ...wholeReplay(id), types: ['wallet.created.v1', 'wallet.credited.v1'] });
  expect(await lane.retry(id)).toMatchObject({ delivered: 1, nextMs: null });
  expect(seen()).toEqual([`${wallet}@2`, `${wallet}@2`]);
});

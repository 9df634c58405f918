// The reader of the fast lane: which rows it reads again after which change, and that no change is lost
// between its statements.
import type { Pool } from 'pg';
import { expect, it } from 'vitest';
import { changeEndpoint, deleteEndpoint } from '../../../src/webhooks/endpointChanges.ts';
import { addSecret } from '../../../src/webhooks/endpointSecrets.ts';
import { type LeftBehind, type Move, moveAndPark, moveCursors } from '../../../src/webhooks/lane.ts';
import { createLaneReader, type LaneReader, type LaneRow } from '../../../src/webhooks/laneReader.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;

/** Endpoints at the beginning of the log, in the order of their ids. */
async function addEndpoints(count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.push(await addEndpoint(pool, `http://127.0.0.1:1/${ids.length}`));
  return ids;
}

/** The rows of one read. `ids` is undefined if nothing was given. */
async function readOnce(reader: LaneReader, again: readonly string[] = []) {
  const rows: LaneRow[] = [];
  let ids: readonly string[] | undefined;
  await reader.read(again, { ids: (given) => (ids = [...given]), row: (row) => rows.push(row) });
  return { ids, rows, read: rows.map(({ id }) => id) };
}

const nothing = { ids: undefined, rows: [], read: [] };

/** The failure of another process, which raises no counter of changes. */
async function fail(id: string): Promise<void> {
  await pool.query('update webhook_endpoints set first_failure_at = now() where id = $1', [id]);
}

/** A move that only passes events. */
function moveOf({ id, position, filterRevision }: LaneRow): Move {
  return {
    ...{ id, from: position, to: position + 1n, filterRevision, fence: null, delivered: 0 },
    ...{ lastEventAt: null, last: null, succeededAgoMs: null, failedAgoMs: null },
  };
}

/** What a failure of the event after the cursor leaves. */
function leftOf({ position }: LaneRow): LeftBehind {
  const attempt = { outcome: 'failed', status: 500, reason: 'status', ms: 1 } as const;
  const event = { position: position + 1n, alertNumber: 0, walletId: 'w', version: 1 };
  return {
    ...{ parksWallets: true, isBack: false, disabled: null, pauseMs: null, lane: 'fast' },
    parked: [{ ...event, type: 'wallet.created.v1', attempt, delayMs: 60_000 }],
  };
}

const rename = (id: string) => changeEndpoint(pool, '', id, { url: 'http://127.0.0.1:1/renamed' });

it('reads all endpoints at first, and afterwards those that changed', async () => {
  const [a = '', b = '', c = ''] = await addEndpoints(3);
  const reader = createLaneReader(pool);
  expect(await readOnce(reader)).toMatchObject({ ids: [a, b, c], read: [a, b, c] });
  expect(await readOnce(reader)).toEqual(nothing);
  await rename(b);
  const { ids, rows } = await readOnce(reader);
  expect(ids).toEqual([a, b, c]);
  expect(rows).toMatchObject([{ id: b, url: 'http://127.0.0.1:1/renamed' }]);
  await deleteEndpoint(pool, '', a);
  expect(await readOnce(reader)).toMatchObject({ ids: [b, c], read: [] });
  const [d = ''] = await addEndpoints(1);
  expect(await readOnce(reader)).toMatchObject({ ids: [b, c, d], read: [d] });
});

it('reads an endpoint again that left the lane and came back', async () => {
  const [a = '', b = ''] = await addEndpoints(2);
  const reader = createLaneReader(pool);
  await readOnce(reader);
  await changeEndpoint(pool, '', a, { enabled: false });
  expect(await readOnce(reader)).toMatchObject({ ids: [b], read: [] });
  await changeEndpoint(pool, '', a, { enabled: true });
  expect(await readOnce(reader)).toMatchObject({ ids: [a, b], read: [a] });
});

it('a move by this process is no reason to read a row again, and any other update of it is one', async () => {
  const [a = '', b = '', c = ''] = await addEndpoints(3);
  const reader = createLaneReader(pool);
  const { rows } = await readOnce(reader);
  await fail(b);
  const moved = await moveCursors(pool, rows.map(moveOf));
  expect([...moved.keys()].toSorted()).toEqual([a, b, c]);
  reader.moved(moved);
  await rename(c);
  const { rows: changed } = await readOnce(reader);
  expect(changed.map(({ id }) => id)).toEqual([b, c]);
  expect(changed[0]).toMatchObject({ position: 1n, failingMs: expect.any(Number) as number });
});

it('an event that is parked makes a drain read its own endpoint alone, and no other drain anything', async () => {
  const [a = '', b = ''] = await addEndpoints(2);
  const statements: unknown[] = [];
  const counting = {
    query: (...given: unknown[]) => {
      statements.push((given[0] as { readonly name: string }).name);
      return (pool.query as (...args: unknown[]) => unknown).apply(pool, given);
    },
  } as Pick<Pool, 'query'>;
  const [own, other] = [createLaneReader(counting), createLaneReader(pool)];
  const { rows } = await readOnce(own);
  await readOnce(other);
  const [row] = rows;
  if (row === undefined) throw new Error('there are two rows');
  expect(await moveAndPark(pool, moveOf(row), leftOf(row))).toBe(true);
  own.parked(a);
  statements.length = 0;
  const found = await readOnce(own);
  expect(found).toMatchObject({ ids: undefined, rows: [{ id: a, parked: 1, parkedWallets: ['w'] }] });
  expect(statements).toEqual(['read-webhook-changes', 'read-fast-lane']);
  expect(await readOnce(own)).toEqual(nothing);
  expect(await readOnce(other)).toEqual(nothing);
  // The endpoint leaves the lane.
  const [parked] = found.rows;
  if (parked === undefined) throw new Error('its row was read');
  await moveAndPark(pool, moveOf(parked), { ...leftOf(parked), lane: 'retry', parked: [] });
  own.parked(a);
  expect(await readOnce(own)).toMatchObject({ ids: [b], read: [] });
  expect(await readOnce(other)).toMatchObject({ ids: [b], read: [] });
});

it('an update that leaves everything as it was, and a wish for a workflow, raise no counter', async () => {
  const [a = ''] = await addEndpoints(1);
  const reader = createLaneReader(pool);
  await readOnce(reader);
  await changeEndpoint(pool, '', a, { description: 'another' });
  await pool.query('update webhook_endpoints set retry_wanted = retry_wanted + 1');
  await pool.query('update webhook_endpoints set lane = lane, state = state, fence = fence');
  expect(await readOnce(reader)).toEqual(nothing);
});

it.each([
  ['the URL', `url = 'http://127.0.0.1:1/other'`],
  ['the types', `types = '{wallet.created.v1}'`],
  ['the wallets', `wallet_ids = '{w}'`],
  ['the labels', `labels = '{l}'`],
  ['the state', `state = 'disabled', disabled_at = now(), disabled_reason = 'owner'`],
  ['the lane', `lane = 'trial'`],
  ['the fence', 'fence = fence + 1'],
])('a change of %s makes every drain read the endpoint', async (_, change) => {
  const [a = '', b = ''] = await addEndpoints(2);
  const reader = createLaneReader(pool);
  await readOnce(reader);
  await pool.query(`update webhook_endpoints set ${change} where id = $1`, [a]);
  const isOut = change.startsWith('state');
  expect(await readOnce(reader)).toMatchObject({ ids: isOut ? [b] : [a, b], read: isOut ? [] : [a] });
});

it.each(['read-webhook-changes', 'read-fast-lane-versions', 'read-fast-lane'])(
  'a change that commits right after the statement %s is known by the next read',
  async (statement) => {
    const [a = ''] = await addEndpoints(2);
    let change: (() => Promise<unknown>) | undefined;
    const reader = createLaneReader({
      query: async (...given: unknown[]) => {
        const result = await (pool.query as (...args: unknown[]) => Promise<unknown>).apply(pool, given);
        const [{ name }] = given as [{ readonly name: string }];
        const now = name === statement ? change : undefined;
        if (now !== undefined) change = undefined;
        await now?.();
        return result;
      },
    } as Pick<Pool, 'query'>);
    await readOnce(reader);
    change = () => changeEndpoint(pool, '', a, { labels: ['late'] });
    // Something has to have changed, so that each statement runs.
    await rename(a);
    const found = [...(await readOnce(reader)).rows, ...(await readOnce(reader)).rows];
    expect(change).toBeUndefined();
    expect(found.at(-1)).toMatchObject({ id: a, labels: ['late'] });
  },
);

it('reads again what it is asked for, and everything after it forgot', async () => {
  const [a = '', b = ''] = await addEndpoints(2);
  const reader = createLaneReader(pool);
  await readOnce(reader);
  expect((await readOnce(reader, [b])).read).toEqual([b]);
  reader.forget([a]);
  expect((await readOnce(reader)).read).toEqual([a]);
  reader.forget();
  expect((await readOnce(reader)).read).toEqual([a, b]);
});

it('reads an endpoint with two secrets at each change, because one of them may have ended', async () => {
  const [a = '', b = ''] = await addEndpoints(2);
  const box = Buffer.from('another');
  expect(await addSecret(pool, '', a, { box, signing: 'hmac', overlapHours: 24 })).toBe(true);
  const reader = createLaneReader(pool);
  await readOnce(reader);
  await pool.query(`update webhook_secrets set valid_until = now() where endpoint_id = $1 and number = 1`, [
    a,
  ]);
  const { rows } = await readOnce(reader);
  expect(rows).toMatchObject([{ id: a, boxes: [box] }]);
  await rename(b);
  expect((await readOnce(reader)).read).toEqual([b]);
});

it('reads more endpoints than one statement gives', async () => {
  const ids = await addEndpoints(230);
  const reader = createLaneReader(pool);
  expect((await readOnce(reader)).read.toSorted()).toEqual([...ids].toSorted());
  expect(await readOnce(reader)).toEqual(nothing);
});

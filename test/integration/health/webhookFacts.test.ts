// Which webhook endpoints the health model is told of, from rows that stand for each kind.
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createTenant, resumeTenant, suspendTenant } from '../../../src/access/tenants.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { readPostgresFacts } from '../../../src/health/facts/postgresFacts.ts';
import { ensureCheckpoints } from '../../../src/projections/checkpoints.ts';
import { addSecret } from '../../../src/webhooks/endpointSecrets.ts';
import { newSecret } from '../../../src/webhooks/signature.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { addEndpoint, boxUnder, secretsKey } from '../../support/webhookLane.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;

const url = 'http://127.0.0.1:1/';
const none = { count: 0, first: null, since: null };
const newBox = boxUnder([Buffer.alloc(32, 'new')]);
const { heads } = boxUnder([secretsKey]);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-webhooks-test', () => undefined);
  await ensureCheckpoints(pool);
  await createTenant(pool, 'acme', 'Acme');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
afterEach(async () => {
  await pool.query('delete from webhook_endpoints');
  await resumeTenant(pool, 'acme');
});

const factsFor = async (webhookHeads: readonly Buffer[] = heads) =>
  (await readPostgresFacts(pool, '', { webhookHeads })).webhooks;
const set = (id: string, change: string) =>
  pool.query(`update webhook_endpoints set ${change} where id = $1`, [id]);
const ago = (hours: number) => `now() - ${hours} * interval '1 hour'`;

function addDelivery(id: string, position: number, state: string, parksWallet: boolean) {
  const isOpen = state === 'pending';
  return pool.query(
    `insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, state, attempts, next_attempt_at, settled_at)
     values ($1, $2::bigint, 0, 'w-' || $2::text, 1, 'wallet.created.v1', $3, $4, 10, $5, $6)`,
    [id, position, parksWallet, state, isOpen ? new Date() : null, isOpen ? null : new Date(position)],
  );
}

it('endpoints that are well are counted, and nothing else is told of them', async () => {
  await addEndpoint(pool, url);
  await addEndpoint(pool, url);
  const well = { givenUp: none, failing: none, heldUp: none, unreadable: { ...none, keyIds: [] } };
  expect(await factsFor()).toEqual({ endpoints: 2, hasKey: true, ...well });
  expect(await factsFor([])).toEqual({ endpoints: 2, hasKey: false, ...well });
});

it('an endpoint that was retried for a day is told, and the longest failing is named', async () => {
  const [hour, day, days] = [
    await addEndpoint(pool, url),
    await addEndpoint(pool, url),
    await addEndpoint(pool, url, { tenant: 'acme' }),
  ];
  await set(hour, `lane = 'retry', first_failure_at = ${ago(23)}`);
  await set(day, `lane = 'retry', first_failure_at = ${ago(25)}`);
  await set(days, `lane = 'retry', first_failure_at = ${ago(70)}`);
  expect((await factsFor()).failing).toMatchObject({ count: 2, first: { id: days, tenant: 'acme' } });
  // The events of a suspended tenant wait, and nothing is tried.
  await suspendTenant(pool, 'acme', 'a test');
  expect((await factsFor()).failing).toMatchObject({ count: 1, first: { id: day, tenant: '' } });
});

it('a wallet is told that an event holds up which failed for the last time', async () => {
  const id = await addEndpoint(pool, url);
  await addDelivery(id, 1, 'pending', true);
  await addDelivery(id, 2, 'failed', false);
  await addDelivery(id, 3, 'delivered', true);
  expect((await factsFor()).heldUp).toEqual(none);
  await addDelivery(id, 5, 'failed', true);
  await addDelivery(id, 4, 'failed', true);
  expect((await factsFor()).heldUp).toEqual({ count: 2, first: { id, tenant: '' }, since: new Date(4) });
});

it('an endpoint whose newest secret is under an unknown key is told, with the id of the key', async () => {
  const id = await addEndpoint(pool, url);
  const other = await addEndpoint(pool, url);
  const more = { signing: 'hmac', overlapHours: 24 } as const;
  const box = boxUnder([secretsKey]).seal(newSecret('hmac').text, other);
  await addSecret(pool, '', other, { box, ...more });
  const sealed = newBox.seal(newSecret('hmac').text, id);
  await addSecret(pool, '', id, { box: sealed, ...more });
  const { unreadable } = await factsFor();
  expect(unreadable).toMatchObject({ count: 1, first: { id, tenant: '' } });
  expect(unreadable.keyIds).toEqual([sealed.subarray(1, 5).toString('hex')]);
  // Only the newest one counts, so the same endpoint is well under that key.
  expect((await factsFor(newBox.heads)).unreadable).toMatchObject({ count: 1, first: { id: other } });
  await set(id, `state = 'disabled', disabled_at = now(), disabled_reason = 'owner'`);
  expect((await factsFor()).unreadable.count).toBe(0);
});

it('an endpoint that was given up is told, and one that its owner disabled is not', async () => {
  const [gone, owner] = [await addEndpoint(pool, url), await addEndpoint(pool, url)];
  await set(gone, `state = 'disabled', disabled_at = to_timestamp(7), disabled_reason = 'gone'`);
  await set(owner, `state = 'disabled', disabled_at = now(), disabled_reason = 'owner'`);
  const { givenUp } = await factsFor();
  expect(givenUp).toEqual({ count: 1, first: { id: gone, tenant: '' }, since: new Date(7_000) });
});

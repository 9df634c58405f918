// The key of the secrets is changed, and it is lost: what is stored under which key, and which endpoints
// deliver.
import { expect, it } from 'vitest';
import { addSecret } from '../../../src/webhooks/endpointSecrets.ts';
import { createOpenSecrets } from '../../../src/webhooks/openSecrets.ts';
import { resealSecrets } from '../../../src/webhooks/resealSecrets.ts';
import { newSecret } from '../../../src/webhooks/signature.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { walletStream } from '../../support/walletStream.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import {
  addEndpoint,
  boxUnder,
  createTestLane,
  gotBy,
  secretsKey,
  startTestReceiver,
} from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;

const newKey = Buffer.alloc(32, 'new');
const [before, both, after] = [boxUnder([secretsKey]), boxUnder([newKey, secretsKey]), boxUnder([newKey])];

async function storedBoxes(): Promise<readonly { readonly id: string; readonly box: Buffer }[]> {
  const { rows } = await pool.query<{ id: string; box: Buffer }>(
    'select endpoint_id as id, box from webhook_secrets order by endpoint_id, number',
  );
  return rows;
}

/** Gives the endpoint so many secrets more, all under the key of before. */
async function addSecrets(endpointId: string, count: number): Promise<void> {
  await pool.query(
    `insert into webhook_secrets (endpoint_id, number, box)
     select $1, number + 1, box from unnest($2::bytea[]) with ordinality as boxes (box, number)`,
    [endpointId, Array.from({ length: count }, () => before.seal(newSecret('hmac').text, endpointId))],
  );
}

it('secrets under a later key are stored under the first one, and stay what they are', async () => {
  const id = await addEndpoint(pool, 'http://127.0.0.1:1/');
  // More than a page.
  await addSecrets(id, 500);
  const secrets = (await storedBoxes()).map(({ box }) => before.open(box, id));
  expect(await resealSecrets(pool, before)).toBe(0);
  expect(await resealSecrets(pool, both)).toBe(501);
  expect((await storedBoxes()).map(({ box }) => after.open(box, id))).toEqual(secrets);
  expect(await resealSecrets(pool, both)).toBe(0);
});

it('a secret that is damaged keeps no other one from the new key', async () => {
  const [damaged, good] = [
    await addEndpoint(pool, 'http://127.0.0.1:1/'),
    await addEndpoint(pool, 'http://127.0.0.1:1/'),
  ];
  await pool.query(
    `update webhook_secrets set box = set_byte(box, 30, get_byte(box, 30) # 1) where endpoint_id = $1`,
    [damaged],
  );
  expect(await resealSecrets(pool, both)).toBe(1);
  const [first, second] = await storedBoxes();
  expect(() => both.open(first?.box ?? Buffer.alloc(0), damaged)).toThrow('damaged');
  expect(after.open(second?.box ?? Buffer.alloc(0), good)).toMatch(/^whsec_/);
});

it('a run of the drain begins by storing the secrets under the first key', async () => {
  const id = await addEndpoint(pool, 'http://127.0.0.1:1/');
  const { lane, close } = createTestLane(pool, [], {
    openSecrets: createOpenSecrets(both),
    resealSecrets: async () => {
      await resealSecrets(pool, both);
    },
  });
  await lane.begin();
  const [stored] = await storedBoxes();
  expect(after.open(stored?.box ?? Buffer.alloc(0), id)).toMatch(/^whsec_/);
  await close();
});

it('without its key an endpoint stands still and counts as late, until its secret is rotated', async () => {
  const receiver = await startTestReceiver();
  const id = await addEndpoint(pool, receiver.url);
  const other = await addEndpoint(pool, receiver.url);
  await pool.query('update webhook_secrets set box = $2 where endpoint_id = $1', [
    other,
    after.seal(newSecret('hmac').text, other),
  ]);
  const { lane, failures, run, close } = createTestLane(pool, [receiver], {
    openSecrets: createOpenSecrets(after),
  });
  const { rows } = await pool.query<{ position: string }>('select position from log_head');
  const runs = run();
  await appendEvents(pool, walletStream('lost-1', 1n));
  // The endpoint whose key is known gets the event.
  await eventually(() => gotBy(receiver).length > 0);
  await runs.stop();
  expect(String(failures[0])).toContain('rotate the secret if that key is lost');
  await lane.begin();
  expect((await lane.pass()).position).toBe(BigInt(rows[0]?.position ?? 0));
  await lane.end('stop');
  const overlapHours = 24;
  const next = { box: after.seal(newSecret('hmac').text, id), signing: 'hmac', overlapHours } as const;
  expect(await addSecret(pool, '', id, next)).toBe(true);
  run();
  const ofRotated = () => receiver.received.filter(({ headers }) => headers['webhook-id']?.includes(id));
  await eventually(() => ofRotated().length > 0);
  const [sent] = ofRotated();
  expect(String(sent?.headers['webhook-signature']).split(' ')).toHaveLength(1);
  await close();
  await receiver.close();
});

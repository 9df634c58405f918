// Two database transactions about webhooks beside each other. They take their locks in one order, and they
// keep the bound of all endpoints together.
import { expect, it } from 'vitest';
import { insertEndpoint, type NewEndpoint } from '../../../src/webhooks/endpoints.ts';
import { type Move, moveCursors } from '../../../src/webhooks/lane.ts';
import { wishForLostRetries } from '../../../src/webhooks/retryWishes.ts';
import { beside, waitsForLock } from '../../support/besides.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint } from '../../support/webhookLane.ts';

const fixture = await openWebhookFixture();
const { pool } = fixture;

const moveOf = (id: string): Move => ({
  ...{ id, from: 0n, to: 1n, filterRevision: 0n, fence: null, delivered: 0 },
  ...{ lastEventAt: null, last: null, succeededAgoMs: null, failedAgoMs: null },
});

it.each([
  ['moved cursors', 'fast', (ids: readonly string[]) => moveCursors(pool, ids.map(moveOf))],
  ['wishes for lost retries', 'retry', () => wishForLostRetries(pool)],
])('%s lock endpoints in the order of their ids', async (_, lane, change) => {
  const [first, second] = [
    await addEndpoint(pool, 'http://127.0.0.1:1/'),
    await addEndpoint(pool, 'http://127.0.0.1:1/'),
  ];
  await pool.query('update webhook_endpoints set lane = $1', [lane]);
  // The row of the first one comes after that of the second one now.
  await pool.query('update webhook_endpoints set description = id where id = $1', [first]);
  let changed: Promise<unknown> = Promise.resolve();
  await beside(pool, async (client) => {
    await client.query('select from webhook_endpoints where id = $1 for update', [first]);
    changed = change([second, first]);
    await waitsForLock(pool, 'webhook_endpoints as endpoints');
    // Rejects if the change has locked it already.
    await client.query('select from webhook_endpoints where id = $1 for update nowait', [second]);
  });
  await changed;
});

it('two tenants together make no more endpoints than there may be', async () => {
  const given = (number: number): NewEndpoint => ({
    ...{ id: `whe_${String(number).padStart(24, '0')}`, tenant: '', url: 'https://x.test/', types: null },
    ...{ walletIds: null, labels: null, ordered: true, description: '', signing: 'hmac', createdBy: 'test' },
    ...{ idempotencyKey: undefined, requestHash: undefined, box: Buffer.from('box') },
  });
  await pool.query(`insert into tenants (id, name) values ('beside', 'beside') on conflict do nothing`);
  expect(await insertEndpoint(pool, given(1), 5, 2)).toMatchObject({ kind: 'made' });
  let made: ReturnType<typeof insertEndpoint> | undefined;
  await beside(pool, async (client) => {
    await client.query(
      `insert into webhook_endpoints (id, tenant, url, ordered, description, signing, created_by, position)
       values ('whe_of_another', 'beside', 'https://x.test/', true, '', 'hmac', 'test', 0)`,
    );
    made = insertEndpoint(pool, given(2), 5, 2);
    // In a statement of its own, or in the trigger of the insert.
    await waitsForLock(pool, 'webhook_');
  });
  expect(await made).toEqual({ kind: 'tooMany' });
});

// Webhook endpoints through the typed client: every operation on them, and answers that get lost.
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest';
import { everyPage, valueOf, type WalletClient } from 'wallet-service/client';
import { createTestApi, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { createLossyClient, type LossyClient } from '../support/lossyClient.ts';

const url = 'https://hooks.example.com/wallets';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let client: WalletClient;
let lose: LossyClient['lose'];

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  ({ client, lose } = createLossyClient(api, { retries: { delayMinMs: 1, delayMaxMs: 2 } }));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

it('an endpoint is made, read, changed, tested, replayed, resumed and deleted', async () => {
  const made = valueOf(await client.createWebhookEndpoint({ url, types: ['wallet.credited.v1'] }));
  expect(made.secret).toMatch(/^whsec_/);
  const endpointId = made.id;
  expect(valueOf(await client.listWebhookEndpoints()).endpoints).toMatchObject([{ id: endpointId, url }]);
  expect(valueOf(await client.getWebhookEndpoint({ endpointId }))).not.toHaveProperty('secret');
  const changed = await client.changeWebhookEndpoint({ endpointId, types: null, enabled: false });
  expect(valueOf(changed)).toMatchObject({ types: null, status: 'disabled', disabledReason: 'owner' });
  const rotated = valueOf(await client.rotateWebhookSecret({ endpointId, signing: 'ed25519' }));
  expect(rotated).toMatchObject({ overlapHours: 24, secret: expect.stringMatching(/^whpk_/) as string });
  expect(valueOf(await client.testWebhookEndpoint({ endpointId })).outcome).toBe('delivered');
  const replayed = valueOf(await client.replayWebhookEvents({ endpointId, from: '2026-01-01T00:00:00Z' }));
  expect(replayed).toMatchObject({ from: '2026-01-01T00:00:00.000Z', types: null, outcome: null });
  const replay = { endpointId, replayId: replayed.id };
  expect(valueOf(await client.getWebhookReplay(replay))).toEqual(replayed);
  expect(valueOf(await client.listWebhookReplays({ endpointId })).replays).toEqual([replayed]);
  expectTypeOf(replayed.outcome).toEqualTypeOf<'sent' | 'failed' | null>();
  const resumed = await client.resumeWebhookEndpoint({ endpointId, from: 'parked' });
  expect(valueOf(resumed)).toMatchObject({ status: 'delivering', disabledAt: null });
  expect(valueOf(await client.deleteWebhookEndpoint({ endpointId })).id).toBe(endpointId);
  expect(await client.getWebhookEndpoint({ endpointId })).toMatchObject({
    ok: false,
    problem: { code: 'WEBHOOK_ENDPOINT_NOT_FOUND' },
  });
});

it('a creation whose answer got lost makes one endpoint, and gives the secret that signs', async () => {
  lose(1);
  const made = await client.createWebhookEndpoint({ url, description: 'once' });
  expect(made).toMatchObject({ ok: true, facts: { attempts: 2, replayed: true } });
  const { secret, id } = valueOf(made);
  expect(valueOf(await client.listWebhookEndpoints()).endpoints).toHaveLength(1);
  const again = await client.createWebhookEndpoint(
    { url, description: 'once' },
    { idempotencyKey: made.facts.idempotencyKey ?? '' },
  );
  expect(valueOf(again)).toMatchObject({ secret, id });
  await client.deleteWebhookEndpoint({ endpointId: id });
});

it('a replay whose answer got lost sends once, and its repeat shows how far it is', async () => {
  const { id: endpointId } = valueOf(await client.createWebhookEndpoint({ url }));
  const input = { endpointId, from: '2026-01-01T00:00:00Z' };
  lose(1);
  const asked = await client.replayWebhookEvents(input);
  const idempotencyKey = asked.facts.idempotencyKey ?? '';
  expect(asked.facts).toMatchObject({ attempts: 2, replayed: true });
  await api.pool.query(
    "update webhook_replays set sent = 17, outcome = 'sent', ended_at = now(), next_attempt_at = null",
  );
  const later = valueOf(await client.replayWebhookEvents(input, { idempotencyKey }));
  expect(later).toMatchObject({ id: valueOf(asked).id, sent: 17, outcome: 'sent' });
  const { rowCount } = await api.pool.query('select from webhook_replays');
  expect(rowCount).toBe(1);
  await client.deleteWebhookEndpoint({ endpointId });
});

it('the deliveries are walked page by page, each once', async () => {
  const { id: endpointId } = valueOf(await client.createWebhookEndpoint({ url }));
  await api.pool.query(
    `insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet,
                                     attempts, state, next_attempt_at, last_status, last_reason, last_ms)
     select $1, 7000 + one, 0, 'w-' || one, 1, 'wallet.created.v1', true, 1, 'pending', now(), 500, 'status', 3
       from generate_series(1, 5) as one`,
    [endpointId],
  );
  const found: string[] = [];
  for await (const page of everyPage((cursor) =>
    client.listWebhookDeliveries({ endpointId, status: 'pending', limit: 2, ...cursor }),
  ))
    found.push(...page.deliveries.map(({ eventId }) => eventId));
  expect(found).toEqual(['w-5@1', 'w-4@1', 'w-3@1', 'w-2@1', 'w-1@1']);
  await client.deleteWebhookEndpoint({ endpointId });
});

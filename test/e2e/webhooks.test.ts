// Webhooks through whole processes: a worker is killed between a request and its cursor, and the next one
// goes on without a gap. Three receivers answer as they like meanwhile.
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startProcess } from '../../harness/processes.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { firstsInOrder, gotBy, ok, startTestReceiver } from '../support/webhookLane.ts';

const wallets = 8;
const credits = 12;

async function post(url: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status, url).toBeLessThan(300);
  return (await response.json()) as Record<string, unknown>;
}

it('after a worker was killed between a request and its cursor, no event is missing or too early', async () => {
  const database = await createTestDatabase();
  const crashFile = path.join(tmpdir(), `webhook-crash-${randomBytes(6).toString('hex')}`);
  const config = testConfig(database.url, {
    WEBHOOK_SECRETS_KEY: randomBytes(32).toString('base64'),
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    TEST_CRASH_POINT_FILE: crashFile,
    DRAIN_INTERVAL_S: '1',
    LOG_LEVEL: 'warn',
  });
  let requests = 0;
  const endpoints: string[] = [];
  const receivers = [
    await startTestReceiver(),
    await startTestReceiver((response, got) => {
      requests += 1;
      if (requests % 7 === 0) response.writeHead(503).end();
      else ok(response, got);
    }),
    await startTestReceiver((response, got) => {
      if (got.version === 3 && requests < 40) response.destroy();
      else ok(response, got);
    }),
  ];
  const server = await startProcess('server', config);
  const first = await startProcess('worker', config);
  for (const { url } of receivers)
    endpoints.push(String((await post(`${server.url}/webhook-endpoints`, { url })).id));
  writeFileSync(
    crashFile,
    JSON.stringify({ point: 'beforeWebhookCursors', passage: 3, signal: 'SIGKILL', arming: 1 }),
  );
  const ids = Array.from({ length: wallets }, (_, at) => `wallet-${at}`);
  for (const walletId of ids) await post(`${server.url}/wallets`, { walletId, ownerId: 'o' });
  const load = Promise.all(
    ids.map(async (walletId) => {
      for (let credit = 0; credit < credits; credit += 1)
        await post(`${server.url}/wallets/${walletId}/credit`, { amount: '1.00' });
    }),
  );
  expect(await first.ended).toBe('SIGKILL');
  expect(readFileSync(`${crashFile}.reached`, 'utf8')).toContain('beforeWebhookCursors');
  const second = await startProcess('worker', config);
  await load;
  const events = wallets * (credits + 1);
  const has = (receiver: (typeof receivers)[number]) => new Set(gotBy(receiver).map(({ id }) => id)).size;
  const [well] = receivers;
  // Nothing that the others do holds it up.
  await eventually(() => well !== undefined && has(well) === events, 60_000);
  for (const [at, receiver] of receivers.entries()) {
    receiver.answerWith(ok);
    await post(`${server.url}/webhook-endpoints/${endpoints[at] ?? ''}/resume`, { from: 'parked' });
    await eventually(() => has(receiver) === events, 60_000);
    expect(firstsInOrder(gotBy(receiver))).toBe(true);
  }
  await second.stop();
  await server.stop();
  for (const receiver of receivers) await receiver.close();
  await database.drop();
}, 240_000);

// The life of a webhook endpoint from a terminal: a receiver that works, fails and works again, through the
// real server and worker. What the receiver gets is verified with the secrets that the terminal showed.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { verifyWebhook, WebhookVerificationError } from '../../src/client/verifyWebhook.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { walletProgram } from '../support/walletProgram.ts';
import { type Receiver, startReceiver } from '../support/webhookReceiver.ts';

/** A retry has a workflow of its own, which starts slowly on a busy machine. */
const waitMaxMs = 60_000;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;
let worker: SystemProcess;
let receiver: Receiver;
let status = 200;
const { wallet, json } = walletProgram(() => server.url);

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, {
    WEBHOOK_SECRETS_KEY: randomBytes(32).toString('base64'),
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    DRAIN_INTERVAL_S: '1',
  });
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
  receiver = await startReceiver((response) => response.writeHead(status).end(), { isPlain: true });
});
afterAll(async () => {
  await Promise.all([server.stop(), worker.stop()]);
  await receiver.close();
  await database.drop();
});

const requestsWith = (eventId: string) =>
  receiver.received.filter(({ body }) => body.includes(`"${eventId}"`));

/** How often the receiver got the event so far, signed with this secret. */
function timesGot(eventId: string, secret: string): number {
  return requestsWith(eventId).filter(({ headers, body }) => {
    try {
      return verifyWebhook({ secret, headers, body }).id === eventId;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    }
  }).length;
}

const untilGot = (eventId: string, secret: string, times = 1) =>
  eventually(() => timesGot(eventId, secret) >= times, waitMaxMs);

it('an endpoint is made, tested, fails, goes on, is replayed, gets a new secret and is deleted', async () => {
  const url = `http://127.0.0.1:${receiver.port}/`;
  await wallet('create', 'w-1', '--owner', 'o-1');
  const made = await wallet('webhooks', 'create', url, '--wallet', 'w-1', '--key', 'endpoint-1');
  expect(made.code, made.err).toBe(0);
  const secret = made.out.trim();
  expect(secret).toMatch(/^whsec_/);
  const id = /whe_[0-9a-f]{24}/.exec(made.err)?.[0] ?? '';
  expect((await wallet('webhooks', 'create', url, '--wallet', 'w-1', '--key', 'endpoint-1')).out).toBe(
    `${secret}\n`,
  );
  expect((await wallet('webhooks', 'list')).err).toContain('that is all: 1 endpoints');

  expect((await wallet('webhooks', 'test', id)).out).toMatch(/^test +delivered\nanswer +2xx$/m);
  await wallet('credit', 'w-1', '1.00');
  await untilGot('w-1@2', secret);
  expect((await wallet('webhooks', 'deliveries', id)).out).toBe(
    'Every event was delivered at the first attempt.\n',
  );

  status = 503;
  expect(await wallet('webhooks', 'test', id)).toMatchObject({
    code: 4,
    out: expect.stringMatching(/^answer +5xx$/m) as string,
  });
  await wallet('credit', 'w-1', '2.00');
  await eventually(async () => {
    const { out } = await wallet('webhooks', 'deliveries', id, '--status', 'pending');
    return /^w-1@3 +wallet\.credited\.v1 +pending +\d+ +503 +20\S+Z +20\S+Z +yes$/m.test(out);
  }, waitMaxMs);
  status = 200;
  expect(await json('webhooks', 'resume', id, '--from', 'parked')).toMatchObject({ id });
  await eventually(async () => {
    const { out } = await wallet('webhooks', 'deliveries', id, '--status', 'delivered');
    return /^w-1@3 +wallet\.credited\.v1 +delivered +\d+ +200 +20\S+Z +– +no$/m.test(out);
  }, waitMaxMs);
  await eventually(async () => (await json('webhooks', 'show', id)).status === 'delivering', waitMaxMs);

  const replay = ['webhooks', 'replay', id, '--from', '2020-01-01T00:00:00Z', '--key', 'again'];
  const before = timesGot('w-1@2', secret);
  expect((await wallet(...replay)).out).toMatch(/^outcome +under way$/m);
  const { id: replayId } = await json(...replay);
  const shown = ['webhooks', 'show-replay', id, String(replayId)];
  await eventually(async () => (await json(...shown)).outcome === 'sent', waitMaxMs);
  expect((await wallet('webhooks', 'replays', id)).out).toMatch(/ 100 % +sent /);
  expect(timesGot('w-1@2', secret)).toBeGreaterThan(before);

  const rotated = (await wallet('webhooks', 'rotate-secret', id, '--overlap-hours', '1')).out.trim();
  expect(rotated).not.toBe(secret);
  // A drain that has read the endpoint just before signs with the old secret alone for a moment.
  let version = 3;
  await eventually(async () => {
    await wallet('credit', 'w-1', '3.00');
    version += 1;
    await eventually(() => requestsWith(`w-1@${version}`).length > 0, waitMaxMs);
    return timesGot(`w-1@${version}`, rotated) > 0;
  }, waitMaxMs);
  expect(timesGot(`w-1@${version}`, secret)).toBeGreaterThan(0);

  expect((await wallet('webhooks', 'delete', id)).out).toBe(`${id} is deleted.\n`);
  expect(await wallet('webhooks', 'show', id)).toMatchObject({
    code: 1,
    err: expect.stringContaining('WEBHOOK_ENDPOINT_NOT_FOUND') as string,
  });
}, 240_000);

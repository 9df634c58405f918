// A person on duty has events sent to a receiver, sees it fail and why, acts, and sees it recover, on a
// desktop and on a phone. A viewer sees the same and can do nothing.
import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWalletClient, valueOf, type WalletClient } from 'wallet-service/client';
import { verifyWebhook } from 'wallet-service/client/webhooks';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { testConfig } from '../support/api.ts';
import { launchBrowser } from '../support/browser.ts';
import { overhangOf, violationsOf } from '../support/consoleBrowser.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { groupOfRole, type GuardedServer, keyWith, startGuardedServer } from '../support/guardedServer.ts';
import { testPool } from '../support/projections.ts';
import { answers, gotBy, ok, startTestReceiver, type TestReceiver } from '../support/webhookLane.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let guarded: GuardedServer;
let worker: SystemProcess;
let apiKey: string;
let client: WalletClient;
let browser: Browser;
let receiver: TestReceiver;
let page: Page;
/** The errors and warnings of the browser. */
let complaints: string[];

const started = { waitUntil: 'commit' } as const;
/** Longest wait for something on the page, on a busy machine. */
const waitMaxMs = 180_000;
/** A test that waits for deliveries and their retries several times, one after the other. */
const testMaxMs = 600_000;
const devices: readonly (readonly [string, BrowserContextOptions])[] = [
  ['a desktop', { viewport: { width: 1280, height: 900 } }],
  ['a phone', { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true }],
];

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, {
    ...{ SHUTDOWN_NOTICE_MS: '0', DRAIN_INTERVAL_S: '1' },
    WEBHOOK_SECRETS_KEY: randomBytes(32).toString('base64'),
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  });
  pool = testPool(database.url);
  [guarded, worker, browser] = await Promise.all([
    startGuardedServer(config),
    startProcess('worker', config),
    launchBrowser(),
  ]);
  apiKey = await keyWith(pool, ['*']);
  client = createWalletClient({ url: guarded.server.url, apiKey });
});
afterAll(async () => {
  await browser.close();
  await Promise.all([guarded.stop(), worker.stop()]);
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  receiver = await startTestReceiver();
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(await page.locator('body').innerText());
  await page.context().close();
  // No endpoint of an earlier test may wait for a receiver that is gone.
  await pool.query('delete from webhook_endpoints');
  await receiver.close();
  expect(complaints).toEqual([]);
});

const live = () => page.getByText('Live', { exact: true }).waitFor();

async function signInAs(options: BrowserContextOptions, role: keyof typeof groupOfRole): Promise<void> {
  guarded.provider.signsIn({ sub: role, groups: [groupOfRole[role]], preferred_username: 'Mia' });
  await open(options);
  await page.getByRole('link', { name: 'Sign in with your account' }).click();
  await live();
}

async function open(options: BrowserContextOptions): Promise<void> {
  complaints = [];
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  context.setDefaultTimeout(waitMaxMs);
  page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(`${guarded.server.url}/console`, started);
}

const panel = (name: string) => page.getByRole('region', { name, exact: true });
const row = (table: string, text: string) => panel(table).getByRole('row').filter({ hasText: text });
const button = (name: string) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const confirm = (name: string) => dialog().getByRole('button', { name, exact: true });
const done = (words: string) => page.getByRole('status', { name: 'Last action' }).getByText(words).waitFor();

async function fill(filled: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(filled)) {
    const field = dialog().getByLabel(label, { exact: true });
    if ((await field.evaluate(({ tagName }) => tagName)) === 'SELECT') await field.selectOption(text);
    else await field.fill(text);
  }
}

async function act(name: string, confirmed: string, filled: Readonly<Record<string, string>> = {}) {
  await button(name).click();
  await fill(filled);
  await confirm(confirmed).click();
}

/** Reads the page again until the place is there. */
async function refreshUntil(place: () => Locator): Promise<void> {
  await eventually(async () => {
    const answered = page.waitForResponse(/\/webhook-endpoints/);
    await button('Refresh').click();
    await answered;
    return (await place().count()) > 0;
  }, waitMaxMs);
}

/** The page is whole on this device: nobody scrolls sideways, and axe finds nothing. */
async function expectWellMade(): Promise<void> {
  expect(await overhangOf(page)).toBe(0);
  expect(await violationsOf(page)).toEqual([]);
}

/** The browser reports each refused request, which is no error of the page. */
function forgive(status: RegExp): void {
  complaints = complaints.filter((text) => !status.test(text));
}

let wallets = 0;
async function createWallets(count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => `wallet-${(wallets += 1)}`);
  for (const walletId of ids) valueOf(await client.createWallet({ walletId, ownerId: 'o' }));
  return ids;
}

/** Copies what the dialog shows once, and closes it. */
async function takeSecret(): Promise<string> {
  const shown = dialog().getByRole('region', { name: 'What the receiver verifies with' });
  await shown.waitFor();
  await expectWellMade();
  await dialog().getByRole('button', { name: 'Copy' }).click();
  await dialog().getByRole('button', { name: 'Copied' }).waitFor();
  const secret = (await shown.textContent()) ?? '';
  await confirm('I have it').click();
  return secret;
}

/** Makes an endpoint by the page. Returns its secret. */
async function makeEndpoint(): Promise<string> {
  await page.goto(`${guarded.server.url}/console#/webhooks`, started);
  await panel('Webhook endpoints').getByText('No program is told of events').waitFor();
  await button('New endpoint').click();
  await expectWellMade();
  await fill({ URL: receiver.url, Description: 'bookkeeping of the shop' });
  await dialog().getByLabel('wallet.created.v1').check();
  await confirm('Make it').click();
  return takeSecret();
}

async function makeByApi(): Promise<string> {
  const made = await fetch(`${guarded.server.url}/webhook-endpoints`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: receiver.url }),
  });
  expect(made.status).toBe(201);
  return ((await made.json()) as { readonly id: string }).id;
}

const secretsOnPage = async () => (await page.content()).match(/whsec_|whpk_/g);
const names = () => new Set(gotBy(receiver).map(({ wallet }) => wallet));

describe.each(devices)('on %s', { timeout: testMaxMs }, (_, device) => {
  it('a person on duty sees that a receiver fails, since when and why, acts, and sees it recover', async () => {
    await signInAs(device, 'operator');
    const secret = await makeEndpoint();
    expect(secret).toMatch(/^whsec_/);
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    await done('Made endpoint whe_');
    expect(await secretsOnPage()).toBeNull();

    receiver.answerWith(answers(500));
    const ids = await createWallets(4);
    const failing = () => row('Webhook endpoints', 'bookkeeping');
    await refreshUntil(() => failing().getByText(/retried since .* ago\)/));
    await failing().getByText('500 (5xx) after').waitFor();
    await failing().getByText('wallet.created.v1, all wallets').waitFor();
    await failing()
      .getByText(/\d events? and newer ones/)
      .waitFor();
    await expectWellMade();

    await failing().getByRole('link', { name: receiver.url }).click();
    const endpoint = panel(receiver.url);
    await endpoint.getByText(/retried since/).waitFor();
    await endpoint.getByText('The receiver fails by itself.').waitFor();
    await row('Deliveries', ids[0] ?? '')
      .getByText('later events of the wallet wait for it')
      .waitFor();
    await row('Deliveries', ids[0] ?? '')
      .getByText('500 (5xx)')
      .waitFor();
    await expectWellMade();

    await act('Test', 'Send it');
    await dialog().getByRole('alert').getByText('The test was not delivered: 5xx').waitFor();
    receiver.answerWith(ok);
    await confirm('Send it').click();
    await done('was delivered: 2xx');
    await act('Resume from parked', 'Resume from parked');
    await done('goes on with what failed');
    await refreshUntil(() => endpoint.getByText('delivers', { exact: true }));
    await refreshUntil(() => row('Deliveries', ids[0] ?? '').getByText('delivered', { exact: true }));
    await eventually(() => ids.every((id) => names().has(id)), waitMaxMs);
    const [first] = receiver.received;
    if (first === undefined) throw new Error('nothing was received');
    const { headers, body } = first;
    expect(verifyWebhook({ secret, headers, body, toleranceSeconds: 3_600 })).toMatchObject({
      type: 'wallet.created.v1',
    });
  });

  it('a person on duty changes, disables, enables, leaves out, replays, rotates and deletes', async () => {
    await signInAs(device, 'operator');
    await makeEndpoint();
    await page.getByRole('link', { name: receiver.url }).click();
    const endpoint = panel(receiver.url);
    await act('Change', 'Change it', { Description: 'bookkeeping, second system' });
    await endpoint.getByText('bookkeeping, second system').waitFor();
    await act('Disable', 'Disable it');
    await endpoint.getByText(/disabled by a person since/).waitFor();
    await endpoint.getByText('“Enable” goes on where it stopped').waitFor();
    // A drain learns of it a moment later, and what it still sends fails here.
    receiver.answerWith(answers(500));
    const [left = ''] = await createWallets(1);
    await button('Resume from now').click();
    await dialog()
      .getByText(/It leaves out .*every event after .* unless you replay that time/)
      .waitFor();
    await confirm('Leave them out').click();
    await endpoint.getByText('delivers', { exact: true }).waitFor();
    const taken = new Set<string>();
    receiver.answerWith((response, got) => {
      taken.add(got.wallet);
      ok(response, got);
    });
    const [kept = ''] = await createWallets(1);
    await eventually(() => taken.has(kept), waitMaxMs);
    expect(taken.has(left)).toBe(false);

    await act('Replay', 'Replay', { From: '2020-01-01T00:00' });
    await done('goes on by itself');
    await eventually(() => taken.has(left), waitMaxMs);
    await eventually(async () => {
      await button('Refresh').click();
      return panel('Replays').getByText('sent', { exact: true }).isVisible();
    }, waitMaxMs);

    await button('Rotate the secret').click();
    await fill({ Signature: 'ed25519' });
    await confirm('Make a new secret').click();
    expect(await takeSecret()).toMatch(/^whpk_/);
    await endpoint.getByText(/made .* ends .* \(in 24 h\)/).waitFor();
    expect(await secretsOnPage()).toBeNull();

    await act('Disable', 'Disable it');
    await act('Enable', 'Enable it');
    await endpoint.getByText('delivers', { exact: true }).waitFor();
    await act('Delete', 'Delete it');
    await page.getByText('There is no webhook endpoint “whe_').waitFor();
    await done('Deleted endpoint whe_');
    forgive(/404/);
    await page.getByRole('link', { name: 'The list of all' }).click();
    await panel('Webhook endpoints').getByText('No program is told of events').waitFor();
  });

  it('a viewer sees a failing receiver, has no button, and each request is refused', async () => {
    const id = await makeByApi();
    await pool.query(
      `insert into webhook_deliveries (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet,
                                       attempts, state, settled_at, last_status, last_reason, last_ms)
       select $1, one, 0, 'w-' || one, 1, 'wallet.created.v1', false, 10,
              case when one > 3 then 'failed' else 'skipped' end, now(), null, 'connectionRefused', 3
         from generate_series(1, 28) as one`,
      [id],
    );
    await signInAs(device, 'viewer');
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await row('Webhook endpoints', receiver.url).getByText('but for 25 events').waitFor();
    await page.getByText('Your role may not: change webhooks (webhooks:write).').waitFor();
    expect(await button('New endpoint').count()).toBe(0);
    await page.getByRole('link', { name: receiver.url }).click();
    const deliveries = panel('Deliveries');
    await deliveries.getByText('20 deliveries shown. There are more.').waitFor();
    await deliveries.getByRole('button', { name: 'Show more' }).click();
    await deliveries.getByText('That is all: 28 deliveries.').waitFor();
    await page.getByLabel('Status of the deliveries').selectOption('skipped');
    await deliveries.getByText('That is all: 3 deliveries.').waitFor();
    expect(page.url()).toContain(`#/webhooks/${id}?status=skipped`);
    await row('Deliveries', 'w-3').getByText('the connection was refused').waitFor();
    await expectWellMade();
    expect(await page.getByRole('group', { name: 'Actions' }).count()).toBe(0);
    expect(await statusesOf(id)).toEqual([403, 403, 403, 403, 403, 403, 403]);
    forgive(/403/);
  });
});

it('a person without webhooks:read sees no link to webhooks, and their page tells what is missing', async () => {
  await open({});
  await page.getByLabel('API key').fill(await keyWith(pool, ['admin:read', 'wallets:read']));
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await live();
  await page.getByRole('link', { name: 'Wallets' }).waitFor();
  expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
  await page.goto(`${guarded.server.url}/console#/webhooks`, started);
  await page.getByRole('alert').getByText('webhooks:read').waitFor();
  forgive(/403/);
});

/** The answers to requests of the page's own script, which a person with the scope could send. */
function statusesOf(id: string): Promise<readonly number[]> {
  return page.evaluate(async (path) => {
    const headers = { 'content-type': 'application/json' };
    const send = async (method: string, at: string, body?: string) =>
      (await fetch(at, { method, headers, ...(body === undefined ? {} : { body }) })).status;
    return Promise.all([
      send('POST', '/webhook-endpoints', '{"url":"https://hooks.example.com/"}'),
      send('PATCH', path, '{"enabled":false}'),
      send('DELETE', path),
      ...['test', 'resume', 'replay', 'rotate-secret'].map((name) => send('POST', `${path}/${name}`, '{}')),
    ]);
  }, `/webhook-endpoints/${id}`);
}

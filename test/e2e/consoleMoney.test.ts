// A support person answers what happened to a customer's money, and acts, on a desktop and on a phone. A
// person without the scopes sees the same page and can do nothing.
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWalletClient, valueOf, type WalletClient } from 'wallet-service/client';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { testConfig } from '../support/api.ts';
import { launchBrowser } from '../support/browser.ts';
import { overhangOf, violationsOf } from '../support/consoleBrowser.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { groupOfRole, type GuardedServer, keyWith, startGuardedServer } from '../support/guardedServer.ts';
import { testPool } from '../support/projections.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let guarded: GuardedServer;
let worker: SystemProcess;
let client: WalletClient;
let browser: Browser;
let page: Page;
/** The key with which a support person signs in, who may do everything here. */
let supportKey: string;
/** The errors and warnings of the browser. */
let complaints: string[];

const started = { waitUntil: 'commit' } as const;
const waitMaxMs = 45_000;
const devices: readonly (readonly [string, BrowserContextOptions])[] = [
  ['a desktop', { viewport: { width: 1280, height: 900 } }],
  ['a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
];

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, { SHUTDOWN_NOTICE_MS: '0' });
  pool = testPool(database.url);
  [guarded, worker, browser] = await Promise.all([
    startGuardedServer(config),
    startProcess('worker', config),
    launchBrowser(),
  ]);
  client = createWalletClient({ url: guarded.server.url, apiKey: await keyWith(pool, ['*']) });
  supportKey = await keyWith(pool, [
    ...(['admin:read', 'wallets:read', 'ledger:read', 'audit:read', 'docs:read'] as const),
    ...(['holds:write', 'holds:capture', 'reversals:write', 'lifecycle:write'] as const),
  ]);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([guarded.stop(), worker.stop()]);
  await pool.end();
  await database.drop();
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(await page.locator('body').innerText());
  await page.context().close();
  expect(complaints).toEqual([]);
});

async function open(options: BrowserContextOptions): Promise<void> {
  complaints = [];
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(waitMaxMs);
  page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(`${guarded.server.url}/console`, started);
}

const live = () => page.getByText('Live', { exact: true }).waitFor();

async function signInByKey(options: BrowserContextOptions, key: string): Promise<void> {
  await open(options);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in with a key' }).click();
  await live();
}

async function signInAs(options: BrowserContextOptions, role: keyof typeof groupOfRole): Promise<void> {
  guarded.provider.signsIn({ sub: role, groups: [groupOfRole[role]], preferred_username: 'Mia' });
  await open(options);
  await page.getByRole('link', { name: 'Sign in with your account' }).click();
  await live();
}

const visit = (hash: string) => page.goto(`${guarded.server.url}/console${hash}`, started);
const panel = (name: string) => page.getByRole('region', { name, exact: true });
const row = (table: string, text: string) => panel(table).getByRole('row').filter({ hasText: text });
const button = (name: string) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');

/** Opens the form, fills it in by its labels, and sends it. */
async function act(opener: Locator, confirm: string, filled: Readonly<Record<string, string>>) {
  await opener.click();
  await fill(filled);
  await dialog().getByRole('button', { name: confirm, exact: true }).click();
}

async function fill(filled: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(filled)) {
    const field = dialog().getByLabel(label, { exact: true });
    if ((await field.evaluate(({ tagName }) => tagName)) === 'SELECT') await field.selectOption(text);
    else await field.fill(text);
  }
}

const done = (words: string) => page.getByRole('status', { name: 'Last action' }).getByText(words).waitFor();

/** The page is whole on this device: nobody scrolls sideways, and axe finds nothing. */
async function expectWellMade(): Promise<void> {
  expect(await overhangOf(page)).toBe(0);
  expect(await violationsOf(page)).toEqual([]);
}

let wallets = 0;
/** A wallet of 100.00 that paid 20.00. */
async function customer(): Promise<string> {
  wallets += 1;
  const walletId = `wallet-of-a-customer-with-a-long-id-${wallets}`;
  valueOf(await client.createWallet({ walletId, ownerId: 'customer-4711', initialBalance: '100.00' }));
  valueOf(await client.debitWallet({ walletId, amount: '20.00', description: 'order 17' }));
  return walletId;
}

async function stateOf(walletId: string): Promise<object> {
  const read = await client.getWallet({ walletId, consistency: 'strong' });
  const { balance, held, available, status } = valueOf(read);
  return { balance, held, available, status };
}

/** The browser reports each refused request, which is no error of the page. */
function forgive(status: RegExp): void {
  complaints = complaints.filter((text) => !status.test(text));
}

describe.each(devices)('on %s', (_, device) => {
  it('a person with the scopes holds, captures, voids, gives back, freezes and unfreezes', async () => {
    const walletId = await customer();
    await signInByKey(device, supportKey);
    await visit(`#/wallets/${walletId}`);
    await panel('Holds').getByText('The wallet had no hold.').waitFor();

    await button('Place a hold').click();
    await expectWellMade();
    await fill({ 'Amount in USD': '30.001', Description: 'room 12' });
    await dialog().getByRole('button', { name: 'Place the hold' }).click();
    // The browser checks the form of an amount, so nothing was sent.
    expect(await dialog().isVisible()).toBe(true);
    await fill({ 'Amount in USD': '90.00' });
    await dialog().getByRole('button', { name: 'Place the hold' }).click();
    const refused = dialog().getByRole('alert');
    await refused.getByText('80.00 USD available').waitFor();
    forgive(/422/);
    await fill({ 'Amount in USD': '30.00', 'Ends after': '1 day' });
    await dialog().getByRole('button', { name: 'Place the hold' }).dblclick();
    await done('30.00 USD');
    await act(button('Place a hold'), 'Place the hold', { 'Amount in USD': '5.00', Description: 'deposit' });
    await done('5.00 USD');
    expect(await stateOf(walletId)).toMatchObject({ balance: '80.00', held: '35.00', available: '45.00' });

    const room = () => row('Holds', 'room 12');
    const capture = () => room().getByRole('button', { name: 'Capture' });
    await act(capture(), 'Capture', { 'Amount in USD': '10.00', Description: 'first night' });
    await room().getByText('20.00').waitFor();
    await act(capture(), 'Capture', { Description: 'second night' });
    await room().getByText('captured', { exact: true }).waitFor();
    await act(row('Holds', 'deposit').getByRole('button', { name: 'Void' }), 'Void', { Reason: 'cancelled' });
    await row('Holds', 'deposit').getByText('voided').waitFor();
    expect(await stateOf(walletId)).toMatchObject({ balance: '50.00', held: '0.00' });

    await row('History', 'first night').getByRole('link', { name: 'HoldCaptured' }).click();
    await act(button('Give back'), 'Give back', { 'Amount in USD': '4.00', Description: 'no breakfast' });
    await page.getByText('4.00 by').waitFor();
    await visit(`#/wallets/${walletId}`);
    await row('History', 'first night').getByText('4.00 went back').waitFor();
    await act(button('Freeze'), 'Freeze', { 'What stops': 'debits', Reason: 'case 4711' });
    await page.getByText('for debits: case 4711').first().waitFor();
    await expectWellMade();
    await act(button('Place a hold'), 'Place the hold', { 'Amount in USD': '1.00', Description: 'x' });
    await dialog().getByRole('alert').getByText('is frozen').waitFor();
    forgive(/409/);
    await page.keyboard.press('Escape');
    await act(button('Unfreeze'), 'Unfreeze', { Reason: 'case closed' });
    await button('Freeze').waitFor();
    expect(await stateOf(walletId)).toEqual({
      ...{ balance: '54.00', held: '0.00', available: '54.00', status: 'active' },
    });
    const { events } = valueOf(await client.listWalletEvents({ walletId }));
    expect(events.map(({ type }) => type)).toEqual([
      ...['WalletCreated', 'WalletDebited', 'HoldPlaced', 'HoldPlaced', 'HoldCaptured', 'HoldCaptured'],
      ...['HoldReleased', 'DebitRefunded', 'WalletFrozen', 'WalletUnfrozen'],
    ]);
  });

  it('the page of a wallet shows its velocity rules, what is used of each, and why a hold is refused', async () => {
    const walletId = await customer();
    await signInByKey(device, supportKey);
    await visit(`#/wallets/${walletId}`);
    await panel('Velocity rules').getByText('The wallet has no velocity rule.').waitFor();
    valueOf(
      await client.changeVelocity({
        walletId,
        rules: [
          { name: 'daily', window: 'day', direction: 'out', maxAmount: '40.00', maxCount: 9 },
          { name: 'top-ups', window: 'lifetime', direction: 'in', maxCount: 1 },
          { name: 'single', window: 'transaction', direction: 'out', maxAmount: '1030.50' },
        ],
      }),
    );
    valueOf(await client.debitWallet({ walletId, amount: '15.50', description: 'order 18' }));
    await button('Refresh').click();
    const daily = row('Velocity rules', 'daily');
    await daily.getByText('15.50 in 1 movement').waitFor();
    await daily.getByText('what leaves the wallet, a day').waitFor();
    await daily.getByText('40.00 and 9 movements').waitFor();
    await row('Velocity rules', 'top-ups').getByText('0.00 in 0 movements').waitFor();
    await row('Velocity rules', 'top-ups').getByText('never').waitFor();
    await row('Velocity rules', 'single').getByText('1,030.50').waitFor();
    await expectWellMade();
    await act(button('Place a hold'), 'Place the hold', { 'Amount in USD': '30.00', Description: 'x' });
    await dialog().getByRole('alert').getByText('Rule "daily" allows 40.00 USD').waitFor();
    forgive(/422/);
  });

  it('the page of a wallet shows its alert rules, and its history which event crossed one', async () => {
    const walletId = await customer();
    await signInByKey(device, supportKey);
    await visit(`#/wallets/${walletId}`);
    await panel('Alert rules').getByText('The wallet has no alert rule.').waitFor();
    const low = { name: 'low', field: 'available', op: 'below', amount: '1000000.00' } as const;
    const rich = { name: 'rich', field: 'balance', op: 'above', amount: '1030.50' } as const;
    valueOf(await client.changeAlerts({ walletId, alerts: [low, rich] }));
    valueOf(await client.creditWallet({ walletId, amount: '5000.00', description: 'bonus 19' }));
    await button('Refresh').click();
    await row('Alert rules', 'low').getByText('what is available is below 1,000,000.00').waitFor();
    await row('Alert rules', 'rich').getByText('the balance is above 1,030.50').waitFor();
    await row('History', 'bonus 19').getByText('alert rich').waitFor();
    await expectWellMade();
  });

  it('a viewer sees the same and may do nothing, and each request is refused', async () => {
    const walletId = await customer();
    valueOf(await client.placeHold({ walletId, holdId: 'hold-1', amount: '30.00' }));
    const before = await stateOf(walletId);
    await signInAs(device, 'viewer');
    await visit(`#/wallets/${walletId}`);
    await page.getByText('may look, and change nothing').waitFor();
    await row('Holds', 'hold-1').waitFor();
    for (const name of ['Place a hold', 'Capture hold-1', 'Void hold-1', 'Freeze']) {
      expect(await button(name).isDisabled()).toBe(true);
      // A click that the browser itself does not stop.
      await button(name).dispatchEvent('click');
    }
    await page.getByText('place a hold (holds:write)').waitFor();
    expect(await dialog().count()).toBe(0);
    await expectWellMade();
    await visit(`#/movement/${walletId}@2`);
    await button('Give back').waitFor();
    expect(await button('Give back').isDisabled()).toBe(true);
    const paths = [
      ...['holds', 'holds/hold-1/capture', 'holds/hold-1/void', 'events/2/reverse', 'freeze', 'unfreeze'],
    ];
    expect(await statusesOf(paths.map((path) => `/wallets/${walletId}/${path}`))).toEqual(
      paths.map(() => 403),
    );
    forgive(/403/);
    expect(await stateOf(walletId)).toEqual(before);
  });
});

/** The answers to requests of the page's own script, which a person with the scope could send. */
function statusesOf(paths: readonly string[]): Promise<readonly number[]> {
  return page.evaluate(async (asked) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ amount: '1.00' });
    const answers = asked.map((path) => fetch(path, { method: 'POST', headers, body }));
    return (await Promise.all(answers)).map(({ status }) => status);
  }, paths);
}

it('a press whose answer was lost is sent again under its key, and holds money once', async () => {
  const walletId = await customer();
  await signInByKey({}, supportKey);
  await visit(`#/wallets/${walletId}`);
  const keys: (string | undefined)[] = [];
  await page.route('**/holds', async (route) => {
    const request = route.request();
    if (request.method() !== 'POST') return route.continue();
    keys.push(request.headers()['idempotency-key']);
    // The service carries the request out, and the first answer never arrives.
    if (keys.length === 1) {
      await route.fetch();
      return route.abort();
    }
    return route.continue();
  });
  await act(button('Place a hold'), 'Place the hold', { 'Amount in USD': '30.00', Description: 'room 12' });
  await dialog().getByRole('alert').getByText('Press once more').waitFor();
  forgive(/Failed to load/);
  await dialog().getByRole('button', { name: 'Place the hold' }).click();
  await done('30.00 USD');
  expect(new Set(keys).size).toBe(1);
  expect(keys).toHaveLength(2);
  expect(await stateOf(walletId)).toMatchObject({ held: '30.00' });
  await row('Holds', 'room 12').waitFor();
  expect(await panel('Holds').locator('tbody tr').count()).toBe(1);
});

it('an approver holds money and gives it back, and takes none of it out', async () => {
  const walletId = await customer();
  await signInAs({}, 'approver');
  await visit(`#/wallets/${walletId}`);
  await act(button('Place a hold'), 'Place the hold', { 'Amount in USD': '30.00', Description: 'room 12' });
  await row('Holds', 'room 12').getByRole('button', { name: 'Void' }).waitFor();
  expect(await row('Holds', 'room 12').getByRole('button', { name: 'Capture' }).isDisabled()).toBe(true);
  await page.getByText('capture a hold (holds:capture)').waitFor();
  // The movement says who asked, and why.
  await row('History', 'HoldPlaced').getByRole('link', { name: 'HoldPlaced' }).click();
  await page.getByText('user:approver').waitFor();
  await page.getByText('(placeHold: room 12)').waitFor();
});

it('each row of a customer’s history leads to what it belongs to', async () => {
  const walletId = await customer();
  const shop = `shop-${wallets}`;
  valueOf(await client.createWallet({ walletId: shop, ownerId: 'owner-shop' }));
  const hold = { walletId, holdId: 'booking' };
  const placed = { ...hold, toWalletId: shop, amount: '30.00', description: 'room 12' };
  valueOf(await client.placeHold(placed));
  valueOf(await client.captureHold({ ...hold, amount: '25.00', final: false }));
  valueOf(await client.reverseMovement({ walletId, version: 4, amount: '5.00', description: 'no towels' }));
  await signInByKey({}, supportKey);
  await visit(`#/wallets/${walletId}`);
  await row('History', 'HoldCaptured').getByText('5.00 went back').waitFor();
  const returned = row('History', 'TransferReturnReceived');
  await returned.getByText('no towels').waitFor();
  await returned.getByRole('link', { name: `${walletId}@4` }).click();
  await page.getByRole('heading', { name: `25.00 USD from ${walletId} to ${shop}` }).waitFor();
  await page.getByRole('link', { name: `${shop}@3` }).click();
  await page.getByText('Gives back of').waitFor();
  await page.getByRole('link', { name: `${walletId}@4` }).click();
  await page.getByRole('link', { name: 'booking' }).click();
  await panel('Hold booking').getByText('5.00').first().waitFor();
  await page
    .getByRole('table', { name: 'Captures' })
    .getByRole('link', { name: `${walletId}@4` })
    .waitFor();
  await expectWellMade();
  const refused = await client.debitWallet({ walletId, amount: '90.00' });
  await page.getByRole('link', { name: 'Find them' }).click();
  await eventually(async () => (await panel('Movements found').locator('tbody tr').count()) === 2);
  await visit(`#/movements/${refused.facts.commandId ?? ''}`);
  await page.getByText(/was refused at .* available, less than 90.00/).waitFor();
});

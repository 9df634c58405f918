// Uses the page at /docs as a newcomer does: in a real Chromium, on a real server.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../stack/ports.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { testConfig } from '../support/api.ts';
import { launchBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;
let browser: Browser;

beforeAll(async () => {
  database = await createTestDatabase();
  const [port] = await freePorts(1);
  const config = testConfig(database.url, { PORT: String(port), SHUTDOWN_NOTICE_MS: '0' });
  [server, browser] = await Promise.all([startProcess('server', config), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await database.drop();
});

/** As a floating-point number its last digits would be 92.00. */
const amount = '9007199254740993.01';

it('the page at /docs makes a wallet, and shows the amount to the last digit', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(45_000);
  const hosts = new Set<string>();
  const complaints: string[] = [];
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(`${server.url}/docs`);

  const operation = page.locator('[id$="-createWallet"]');
  await operation.locator('button.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation
    .locator('textarea')
    .first()
    .fill(
      JSON.stringify({ walletId: 'docs-1', ownerId: 'owner-1', currency: 'USD', initialBalance: amount }),
    );
  await operation.getByRole('button', { name: 'Execute' }).click();

  const answered = operation.locator('.live-responses-table .response').first();
  await answered.getByText('201', { exact: true }).waitFor();
  expect(await answered.innerText()).toContain(`"balance": "${amount}"`);
  expect([...hosts]).toEqual([new URL(server.url).host]);
  expect(complaints).toEqual([]);
});

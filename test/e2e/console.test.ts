// Uses the console as an operator on duty does: in a real Chromium, on a real server and worker.
import { Client, Connection } from '@temporalio/client';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWalletClient, valueOf, type WalletClient } from 'wallet-service/client';
import { freePorts } from '../../stack/ports.ts';
import { appendEvents, appendRows, makeReadable, unknownEvent } from '../support/appendEvents.ts';
import { testConfig } from '../support/api.ts';
import { launchBrowser } from '../support/browser.ts';
import { overhangOf, violationsOf } from '../support/consoleBrowser.ts';
import { createProtectedDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { type GuardedServer, keyWith, startGuardedServer } from '../support/guardedServer.ts';
import { testPool } from '../support/projections.ts';
import { walletStream } from '../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createProtectedDatabase>>;
let config: ReturnType<typeof testConfig>;
let pool: Pool;
let server: SystemProcess;
let worker: SystemProcess;
let client: WalletClient;
let browser: Browser;
let page: Page;
/** The errors and warnings of the browser. */
let complaints: string[];

const started = { waitUntil: 'commit' } as const;
/** Longest wait for something on the page, on a busy machine. */
const waitMaxMs = 45_000;
/** A test that waits for several recoveries, one after the other. */
const recoveriesMaxMs = 240_000;

beforeAll(async () => {
  // With one role for everything the console would warn, and never say that all is well.
  database = await createProtectedDatabase();
  const [port] = await freePorts(1);
  config = testConfig(database.serviceUrl, { PORT: String(port), SHUTDOWN_NOTICE_MS: '0' });
  pool = testPool(database.url);
  [server, worker, browser] = await Promise.all([
    startProcess('server', config),
    startProcess('worker', config),
    launchBrowser(),
  ]);
  client = createWalletClient({ url: server.url });
  for (let index = 0; index < 10; index += 1) await create(`wallet-${index}`, 'owner-1', '1.00');
  await create('wallet-rich', 'owner-rich', '9999999999999999.98');
  valueOf(await client.creditWallet({ walletId: 'wallet-rich', amount: '0.01' }));
});
afterAll(async () => {
  await browser.close();
  await Promise.all([server.stop(), worker.stop()]);
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  complaints = [];
  page = await openPage({});
});
afterEach(async ({ task }) => {
  // The whole text of the page explains a failure better than the name of the missing text.
  if (task.result?.state === 'fail') console.error(await page.locator('body').innerText());
  await page.context().close();
  expect(complaints).toEqual([]);
});

async function openPage(options: BrowserContextOptions, hash = ''): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(waitMaxMs);
  const opened = await context.newPage();
  opened.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  opened.on('pageerror', ({ message }) => complaints.push(message));
  await opened.goto(`${server.url}/console${hash}`, started);
  await opened.getByText('Live', { exact: true }).waitFor();
  return opened;
}

async function create(walletId: string, ownerId: string, initialBalance: string): Promise<void> {
  valueOf(await client.createWallet({ walletId, ownerId, initialBalance }));
}

const panel = (name: string) => page.getByRole('region', { name, exact: true });
const row = (table: string, text: string) => panel(table).getByRole('row').filter({ hasText: text });
const dialog = () => page.getByRole('dialog');
const status = () => page.getByRole('status', { name: 'Status' });

/**
 * Presses the button, fills in the dialog's text, and confirms. Returns the command that the dialog showed.
 */
async function act(button: Locator, confirm: string, filled?: string): Promise<string> {
  await button.click();
  if (filled !== undefined) await dialog().getByRole('textbox').fill(filled);
  const command = (await dialog().locator('code').textContent()) ?? '';
  await dialog().getByRole('button', { name: confirm, exact: true }).click();
  await dialog().waitFor({ state: 'detached' });
  return command;
}

const violations = () => violationsOf(page);

it('a browser whose language Intl refuses shows the page all the same', async () => {
  await page.context().addInitScript(() => {
    Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true });
  });
  await page.reload(started);
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await page.evaluate(() => navigator.language)).toBe('en-US');
});

describe('an operator who opens the console', () => {
  it('reads that all is well, and how far each projection is', async () => {
    await status().getByText('All is well.').waitFor();
    await row('Projections', 'Ledger').getByText('12 of 12').waitFor();
    await row('Projections', 'Read model').getByText('Up to date').waitFor();
    await page.getByText('1 worker').waitFor();
    await page.locator('.plot canvas').nth(3).waitFor();
    await page.getByLabel('Time that the plots show').selectOption('The last hour');
    await page.locator('.plot canvas').nth(3).waitFor();
  });

  it.each(['light', 'dark'] as const)('finds every part accessible (%s)', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme });
    await row('Projections', 'Ledger').waitFor();
    expect(await violations()).toEqual([]);
    await row('Projections', 'Ledger').getByRole('button', { name: 'Pause' }).click();
    expect(await violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/console#/wallets/wallet-rich`, started);
    await page.getByText('The same at version 2.').waitFor();
    expect(await violations()).toEqual([]);
  });

  it('needs no sideways scrolling on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    await row('Projections', 'Ledger').waitFor();
    const overhang = () => overhangOf(page);
    expect(await overhang()).toBe(0);
    await row('Projections', 'Ledger').getByRole('button', { name: 'Rebuild' }).click();
    expect(await overhang()).toBe(0);
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/console#/wallets/wallet-rich`, started);
    await page.getByText('The same at version 2.').waitFor();
    expect(await overhang()).toBe(0);
  });

  it('chooses dark or light, and the choice is kept', async () => {
    await page.getByLabel('Colours').selectOption('dark');
    await page.reload(started);
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });
});

/** The second event of a wallet that began with 1.00. */
const credited = {
  type: 'WalletCredited',
  currency: 'USD',
  amountMinor: 1n,
  balanceMinor: 101n,
  description: '',
} as const;

describe('a parked event', () => {
  // The schedule `retry-stale-events` makes every parked event due each full minute. It is paused here, so
  // that only the operator's retry does.
  let connection: Connection;
  const staleEvents = () =>
    new Client({ connection }).schedule.getHandle(`${config.SCHEDULE_ID_PREFIX}retry-stale-events`);
  beforeAll(async () => {
    connection = await Connection.connect({ address: config.TEMPORAL_ADDRESS });
    await staleEvents().pause('only the operator retries');
    await eventually(async () => {
      const { state, info } = await staleEvents().describe();
      return state.paused && info.runningActions.length === 0;
    });
  });
  afterAll(async () => {
    await staleEvents().unpause();
    await connection.close();
  });

  /** After this, only an operator's retry makes a parked event due. */
  async function postponeParked(): Promise<void> {
    // The attempt count changes, so that a retry that already runs can't overwrite the time.
    await pool.query(
      `update projection_failures set attempts = attempts + 1, next_attempt_at = now() + interval '1 hour'`,
    );
    // A drain reaches this event only after a retry that already runs.
    valueOf(await client.creditWallet({ walletId: 'wallet-0', amount: '0.01' }));
    await eventually(async () => {
      const behind = 'select from projector_checkpoints where position < (select position from log_head)';
      return (await pool.query(behind)).rowCount === 0;
    });
  }

  it('shows its reason, leaves when a retry takes it, or is skipped with a reason', async () => {
    // A wallet's time never runs backwards, and these wallets were created a moment ago.
    const occurredAt = new Date();
    await appendRows(
      pool,
      ['wallet-1', 'wallet-2'].map((id) => ({ ...unknownEvent(id, 2), occurredAt })),
    );
    const failure = (projection: string, wallet: string) =>
      row('Parked events', wallet).filter({ hasText: projection });
    await failure('Ledger', 'wallet-1').getByText('unknown type "WalletPainted"').waitFor();
    await failure('Read model', 'wallet-2').waitFor();
    await status().getByText('ledger has parked 2 events').waitFor();

    await postponeParked();
    await makeReadable(pool, 'wallet-1', 2, credited);
    await act(failure('Ledger', 'wallet-1').getByRole('button', { name: /^Retry/ }), 'Retry');
    await failure('Ledger', 'wallet-1').waitFor({ state: 'detached' });
    await act(failure('Read model', 'wallet-1').getByRole('button', { name: /^Retry/ }), 'Retry');
    await failure('Read model', 'wallet-1').waitFor({ state: 'detached' });

    const skip = failure('Ledger', 'wallet-2').getByRole('button', { name: /^Skip/ });
    await skip.click();
    await dialog().getByRole('button', { name: 'Skip', exact: true }).click();
    // Without a reason the browser does not send the form.
    expect(await dialog().isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    const command = await act(skip, 'Skip', "Ann's test event");
    expect(command).toContain(`'{"reason":"Ann'\\''s test event"}'`);
    await failure('Ledger', 'wallet-2').waitFor({ state: 'detached' });
    await act(failure('Read model', 'wallet-2').getByRole('button', { name: /^Skip/ }), 'Skip', 'the same');
    await panel('Parked events').getByText('None: every event').waitFor();
    const { rows } = await pool.query<{ resolution: string }>(
      "select resolution from projection_failures where projection = 'ledger' and wallet_id = 'wallet-2'",
    );
    expect(rows[0]?.resolution).toBe("skipped: Ann's test event");
    await makeReadable(pool, 'wallet-2', 2, credited);
  });
});

describe('a projection', () => {
  it('is paused with a reason, falls behind in plain sight, and is resumed', async () => {
    const ledger = () => row('Projections', 'Ledger');
    const command = await act(ledger().getByRole('button', { name: 'Pause' }), 'Pause', 'moving house');
    expect(command).toContain(`temporal schedule toggle`);
    expect(command).toContain(`--schedule-id ${config.SCHEDULE_ID_PREFIX}drain-ledger --pause`);
    await ledger().getByText('Paused', { exact: true }).waitFor();
    await status().getByText('ledger is paused: moving house.').waitFor();
    // The current run ends a moment after its cancel. Later events wait.
    await eventually(async () => {
      await appendEvents(pool, walletStream(`wallet-late-${performance.now()}`, 1n));
      const { rows } = await pool.query<{ behind: string }>(
        "select log_head.position - checkpoints.position as behind from log_head, projector_checkpoints as checkpoints where projection = 'ledger'",
      );
      return Number(rows[0]?.behind) > 2;
    });
    await status()
      .getByText(/ledger is \d+ s late: \d+ events wait/)
      .waitFor();
    // These events happened long ago, and the page says how late that makes the projection.
    await ledger()
      .getByText(/\d+ days/)
      .waitFor();
    await act(ledger().getByRole('button', { name: 'Resume' }), 'Resume', 'moved');
    await ledger().getByText('Up to date').waitFor();
    await status().getByText('All is well.').waitFor();
  });
});

describe('a recovery', () => {
  it('is started, shows its progress, is paused, resumed and cancelled, by the command that was shown', async () => {
    const start = panel('Recoveries').getByRole('button', { name: 'Rebuild read model' });
    const workflowId = `${config.SCHEDULE_ID_PREFIX}rebuild-read-model`;
    const command = await act(start, 'Rebuild read model');
    expect(command).toBe(
      `temporal workflow start --namespace default --task-queue ${config.TEMPORAL_TASK_QUEUE} --type rebuildAllReadModels --workflow-id ${workflowId} --id-conflict-policy Fail --input '{}'`,
    );
    const run = page.getByRole('article', { name: `${workflowId} runs` });
    await run.getByRole('progressbar').waitFor();
    expect(await run.getByRole('link').getAttribute('href')).toContain(
      `${config.TEMPORAL_UI_URL}/namespaces/default/workflows/${workflowId}/`,
    );
    // The dialog itself shows why the second start was refused.
    await start.click();
    await dialog().getByRole('button', { name: 'Rebuild read model', exact: true }).click();
    await dialog().getByRole('alert').getByText('runs already').waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining('409')]);
    await page.keyboard.press('Escape');

    await run.getByText('grace').waitFor();
    await act(run.getByRole('button', { name: /^Pause/ }), 'Pause');
    await run.getByText('Paused').waitFor();
    await status().getByText(`${workflowId} is paused.`).waitFor();
    await act(run.getByRole('button', { name: /^Resume/ }), 'Resume');
    await run.getByText('Running').waitFor();
    await act(run.getByRole('button', { name: /^Cancel/ }), 'Cancel the recovery');
    await run.waitFor({ state: 'detached' });
    await row('Recoveries', workflowId)
      .getByText(/Cancelled|Completed/)
      .waitFor();
  });

  it(
    'ends with its counts: the rebuilt ledger, one wallet, and a verification with or without differences',
    async () => {
      const toolbar = page.getByRole('group', { name: 'Start a recovery' });
      const named = (name: string) => `${config.SCHEDULE_ID_PREFIX}${name}`;
      await act(toolbar.getByRole('button', { name: 'Rebuild ledger' }), 'Rebuild ledger');
      await row('Recoveries', named('rebuild-ledger')).getByText('Completed').waitFor();
      await act(
        toolbar.getByRole('button', { name: 'Rebuild one wallet' }),
        'Rebuild one wallet',
        'wallet-3',
      );
      await row('Recoveries', named('rebuild-wallet-wallet-3')).getByText('Completed').waitFor();

      await pool.query("update wallets set balance_minor = balance_minor + 7 where id = 'wallet-3'");
      await act(toolbar.getByRole('button', { name: 'Verify', exact: true }), 'Verify');
      await status()
        .getByText(/differences? from the event store/)
        .waitFor();
      await row('Recoveries', named('verify-projections')).getByText('wallet-3').waitFor();
      await act(toolbar.getByRole('button', { name: 'Verify and repair' }), 'Verify and repair');
      await status().getByText('All is well.').waitFor();
    },
    recoveriesMaxMs,
  );
});

describe('a wallet', () => {
  it('is found by its id or its owner, with exact amounts, and agrees with the event store', async () => {
    await page.getByRole('link', { name: 'Wallets' }).click();
    await page.getByLabel('What the id is of').selectOption('Owner');
    await page.getByLabel('Id', { exact: true }).fill('owner-rich');
    await page.keyboard.press('Enter');
    await row('Wallets found', 'owner-rich').getByRole('link', { name: 'wallet-rich' }).click();
    await page.getByRole('heading', { name: 'wallet-rich' }).waitFor();
    // A float would show …999.98, or 10,000,000,000,000,000 rounded up.
    await panel('wallet-rich').getByText('9,999,999,999,999,999.99').first().waitFor();
    await page.getByText('The same at version 2.').waitFor();
    await page.getByText('Its last entry leaves the same balance.').waitFor();
    await row('History', 'WalletCredited').getByText('0.01').waitFor();
    await row('Statement', 'settlement:USD').first().waitFor();
    await page.locator('.plot canvas').waitFor();
  });

  it('is compared with its document, and a field that differs is named', async () => {
    await pool.query("update wallets set owner_id = 'somebody' where id = 'wallet-5'");
    const other = await openPage({}, '#/wallets/wallet-5');
    await other.getByText('It differs in ownerId.').waitFor();
    await other.context().close();
    await pool.query("update wallets set owner_id = 'owner-1' where id = 'wallet-5'");
  });
});

describe('a search box', () => {
  it('keeps what is typed the moment that it appears', async () => {
    // The text comes before the first paint, as from a person whose machine is busy.
    await page.evaluate(() => {
      new MutationObserver((_, observer) => {
        const box = document.querySelector<HTMLInputElement>('#search');
        if (box === null) return;
        observer.disconnect();
        box.value = 'no-such-thing';
        box.dispatchEvent(new Event('input', { bubbles: true }));
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.getByRole('link', { name: 'Movements' }).click();
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('heading', { name: 'Movements with “no-such-thing”' }).waitFor();
  });

  it('shows what the address asks for after a step back', async () => {
    const box = page.getByLabel('Movements', { exact: true });
    const from = page.getByLabel('Happened at or after');
    await page.getByRole('link', { name: 'Movements' }).click();
    await from.fill('2020-01-01T00:00');
    await box.fill('no-such-thing');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Movements with “no-such-thing”' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Newest movements' }).waitFor();
    expect([await box.inputValue(), await from.inputValue()]).toEqual(['', '']);
  });
});

describe('a movement', () => {
  it('is found from pasted words, and shows who paid whom, the balances, its ids and where it is', async () => {
    await create('wallet-payer', 'owner-2', '9999999999999999.98');
    await create('wallet-payee', 'owner-3', '0');
    const sent = await client.transferFunds({
      walletId: 'wallet-payer',
      toWalletId: 'wallet-payee',
      amount: '0.01',
      description: 'rent of May\u202e00.1\u200b',
    });
    const { requestId } = sent.facts;
    await page.getByRole('link', { name: 'Movements' }).click();
    await page.getByLabel('Movements', { exact: true }).fill(`  ${requestId ?? ''}\t`);
    await page.keyboard.press('Enter');
    await panel('Movements found').getByText('That is all: 1 movement.').waitFor();
    await page.getByRole('link', { name: 'wallet-payer@2' }).click();
    const movement = panel('0.01 USD from wallet-payer to wallet-payee');
    for (const text of ['rent of May', '9,999,999,999,999,999.97 USD', 'wallet-payer@2', requestId ?? ''])
      await movement.getByText(text).first().waitFor();
    await eventually(async () => {
      await movement.getByRole('button', { name: 'Refresh' }).click();
      return (await movement.getByText('has it', { exact: true }).count()) === 3;
    });
    await movement.getByText('wallet:wallet-payee').waitFor();
    await movement.getByText('rent of May\\u202e00.1\\u200b').waitFor();
    expect(await page.locator('body').innerText()).not.toMatch(/[\u200b\u202e]/);
    expect(await violations()).toEqual([]);
    await page.setViewportSize({ width: 360, height: 780 });
    expect(await overhangOf(page)).toBe(0);
    await movement.getByRole('link', { name: 'wallet-payee' }).click();
    await row('History', 'TransferReceived').getByText('\\u202e').waitFor();
    await row('History', 'TransferReceived').getByRole('link', { name: 'TransferReceived' }).click();
    await movement.waitFor();
  });

  it('that nothing fits says so, and what to check', async () => {
    const none = await openPage({}, '#/movements/no-such-thing');
    await none.getByText('No movement fits.').waitFor();
    // Everything here happened after 2020, so a range that ends before it is empty, too.
    await none.getByLabel('Movements', { exact: true }).fill('');
    await none.getByLabel('Happened before').fill('2020-01-01T00:00');
    await none.getByRole('button', { name: 'Find' }).click();
    await none.getByRole('heading', { name: 'Newest movements' }).waitFor();
    await none.getByText('No movement fits.').waitFor();
    await none.context().close();
  });
});

describe('a list that is longer than its first page', () => {
  /** Loads page after page to the end of the list. Returns its number of rows, which its last words say. */
  async function loadAll(found: Locator, noun: string): Promise<number> {
    const said = found.getByRole('status', { name: `How many ${noun}` });
    await said.getByText(/shown\./).waitFor();
    for (let before = 0; ;) {
      // While the list is read again it shows its old rows, and its button says so in place of "Show more".
      await found.getByRole('button', { name: 'Loading…' }).waitFor({ state: 'detached' });
      const rows = await found.locator('tbody tr').count();
      expect(rows).toBeGreaterThan(before);
      before = rows;
      // The words tell the end. The button is also absent while another read has just begun.
      if (((await said.textContent()) ?? '').startsWith('That is all: ')) break;
      await found.getByRole('button', { name: 'Show more' }).click();
      await expect
        .poll(() => found.locator('tbody tr').count(), { timeout: waitMaxMs })
        .toBeGreaterThan(rows);
    }
    const words = await said.textContent();
    const rows = await found.locator('tbody tr').count();
    expect(words).toMatch(new RegExp(`^That is all: ${rows} `));
    return rows;
  }

  it('says so and loads the rest: wallets, an owner’s wallets, history and statement', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `wallet-more-${index}`);
    await Promise.all(ids.map((id) => create(id, 'owner-1', '1.00')));
    const credit = () => client.creditWallet({ walletId: 'wallet-9', amount: '0.01' });
    await Promise.all(Array.from({ length: 20 }, async () => valueOf(await credit())));
    await status().getByText('All is well.').waitFor();
    await page.goto(`${server.url}/console#/wallets`, started);
    const wallets = panel('Wallets found');
    await eventually(async () => {
      await page.getByRole('button', { name: 'Find' }).click();
      return /^20 of (2[4-9]|3\d) wallets shown/.test(
        (await wallets.getByRole('status', { name: 'How many wallets' }).textContent()) ?? '',
      );
    });
    expect(await loadAll(wallets, 'wallets')).toBeGreaterThan(23);
    await page.getByLabel('What the id is of').selectOption('Owner');
    await page.getByLabel('Id', { exact: true }).fill(' \u200bowner-1 ');
    await page.keyboard.press('Enter');
    await wallets.getByText('20 of 22 wallets shown.').waitFor();
    expect(await loadAll(wallets, 'wallets')).toBe(22);
    await wallets.getByRole('link', { name: 'wallet-9' }).click();
    await page.getByRole('heading', { name: 'wallet-9' }).waitFor();
    const { version } = valueOf(await client.getWallet({ walletId: 'wallet-9' }));
    await panel('History').getByText(`20 of ${version} events shown.`).waitFor();
    expect(await loadAll(panel('History'), 'events')).toBe(version);
    expect(await loadAll(panel('Statement'), 'entries')).toBe(version);
  });

  it('says so and loads the rest: parked events and recoveries, whose first page is sent each second', async () => {
    const ids = Array.from({ length: 11 }, (_, index) => `wallet-more-${index}`);
    await appendRows(
      pool,
      ids.map((id) => unknownEvent(id, 2)),
    );
    await Promise.all(
      ids.map((walletId) => client.startRecovery({ type: 'rebuildWalletReadModel', walletId })),
    );
    await panel('Parked events').getByText('20 of 22 parked events shown.').waitFor();
    expect(await loadAll(panel('Parked events'), 'parked events')).toBe(22);
    await page.getByRole('article').first().waitFor({ state: 'detached' });
    expect(await loadAll(panel('Recoveries'), 'recoveries')).toBeGreaterThan(10);
    for (const id of ids) await makeReadable(pool, id, 2, credited);
    await pool.query('update projection_failures set next_attempt_at = now() where resolved_at is null');
    await panel('Parked events').getByText('None: every event').waitFor();
  });

  it('that is empty says what to do', async () => {
    await page.goto(`${server.url}/console#/owners/nobody`, started);
    await page.getByText('wallet create wallet-001 --owner nobody --balance 100.00').waitFor();
    await page.goto(`${server.url}/console#/wallets/no-such`, started);
    await page.getByText('wallet create no-such --owner owner-1').waitFor();
    complaints = complaints.filter((text) => !text.includes('404'));
  });
});

it('everything can be reached and done by keyboard alone, and the focus comes back', async () => {
  await row('Projections', 'Read model').waitFor();
  const focused = () => page.evaluate('document.activeElement?.textContent?.trim()');
  const tabTo = async (name: string) => {
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press('Tab');
      if ((await focused()) === name) return;
    }
    throw new Error(`no Tab leads to ${name}`);
  };
  await tabTo('Skip to the content');
  await tabTo('Pause Read model');
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  await page.keyboard.press('Enter');
  await dialog().waitFor();
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await row('Projections', 'Read model').getByText('Paused', { exact: true }).waitFor();
  await tabTo('Resume Read model');
  await page.keyboard.press('Space');
  await dialog().waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(focused, { timeout: waitMaxMs }).toBe('Resume Read model');
  await page.keyboard.press('Space');
  await dialog().waitFor();
  await page.keyboard.press('Enter');
  await row('Projections', 'Read model').getByText('Up to date').waitFor();
});

describe('with keys asked for', () => {
  let guarded: GuardedServer;
  let key: string;

  beforeAll(async () => {
    guarded = await startGuardedServer(config);
    key = await keyWith(pool, ['*']);
  });
  afterAll(() => guarded.stop());

  const visit = async (path: string) => {
    await page.goto(`${guarded.server.url}${path}`, started);
    await page.getByRole('heading', { name: 'Wallet console' }).waitFor();
  };
  const live = () => page.getByText('Live', { exact: true }).waitFor();
  const statusOf = (path: string, init: object = {}) =>
    page.evaluate(async ([asked, how]) => (await fetch(asked, how)).status, [path, init] as const);
  const change = (path: string) => {
    const headers = { 'content-type': 'application/json' };
    return statusOf(path, { method: 'POST', headers, body: JSON.stringify({ note: 'by the test' }) });
  };

  it('a person signs in by key, comes back to the page, and is out after the sign-out', async () => {
    await visit('/console#/movements');
    expect(await violations()).toEqual([]);
    await page.getByLabel('API key').fill('wk_test_wrong');
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await page.getByRole('alert').getByText('This is no valid key.').waitFor();
    await visit('/console#/movements');
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in with a key' }).click();
    await live();
    expect(page.url()).toBe(`${guarded.server.url}/console#/movements`);
    expect(await statusOf('/docs')).toBe(200);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('API key').waitFor();
    expect(await statusOf('/console/session')).toBe(401);
    complaints = complaints.filter((text) => !/403|401/.test(text));
  });

  it.each([
    { group: 'staff', role: 'viewer', acts: false, audits: false },
    { group: 'duty', role: 'operator', acts: true, audits: true },
    { group: 'four', role: 'approver', acts: false, audits: true },
  ])(
    'a person of the group $group is $role, and may do that alone',
    async ({ group, role, acts, audits }) => {
      guarded.provider.signsIn({ sub: `person-${group}`, groups: [group], preferred_username: 'Mia' });
      await visit('/console');
      await page.getByRole('link', { name: 'Sign in with your account' }).click();
      await live();
      await page.getByText(`Mia (${role}`).waitFor();
      expect(await page.getByRole('button', { name: 'Pause Ledger' }).isEnabled()).toBe(acts);
      expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(audits ? 1 : 0);
      expect(await violations()).toEqual([]);
      expect(await statusOf('/audit')).toBe(audits ? 200 : 403);
      expect(await change('/admin/projections/ledger/pause')).toBe(acts ? 200 : 403);
      if (acts) expect(await change('/admin/projections/ledger/resume')).toBe(200);
      expect(await change('/wallets/wallet-rich/debit')).toBe(403);
      // The body is none that a freeze takes, so a caller who may freeze gets 400.
      const frozen = await change('/wallets/wallet-rich/freeze');
      expect(frozen).toBe(role === 'approver' ? 400 : 403);
      complaints = complaints.filter((text) => !/40[03]/.test(text));
    },
  );
});

it('an API that stops ends at once even if a console is open, and the console comes back with the next one', async () => {
  expect(await server.stop()).toBe(0);
  await page.getByText('No connection to the API').waitFor();
  // The browser reports each failed connection. That is no error of the page, so the report is dropped below.
  server = await startProcess('server', config);
  await page.getByText('Live', { exact: true }).waitFor();
  await status().getByText('All is well.').waitFor();
  complaints = complaints.filter((text) => !text.includes('Failed to load resource'));
});

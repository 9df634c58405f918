// Runs `wallet` as an operator does: as a separate process against the real server and worker.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client as PostgresClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { appendRows, unknownEvent } from '../support/appendEvents.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { testPool } from '../support/projections.ts';
import { walletProgram } from '../support/walletProgram.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let config: ReturnType<typeof testConfig>;
let server: SystemProcess;
let worker: SystemProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  config = testConfig(database.url);
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
});
afterAll(async () => {
  await Promise.all([server.stop(), worker.stop()]);
  await database.drop();
});

const { start, wallet, json } = walletProgram(() => server.url);

/** What doctor finds, besides the role of this test, which owns the tables. */
async function findings(): Promise<readonly string[]> {
  const { code, out } = await wallet('doctor', '--json');
  expect(code).toBe(4);
  const { conditions } = JSON.parse(out) as { readonly conditions: readonly { readonly name: string }[] };
  return conditions.map(({ name }) => name).filter((name) => name !== 'events-unprotected');
}

describe('money', () => {
  it('moves, and every amount is exact', async () => {
    const created = await wallet('create', 'w-1', '--owner', 'o-1', '--balance', '9007199254740993.00');
    expect(created).toMatchObject({ code: 0, err: `on ${server.url}\n` });
    expect(created.out).toMatch(/^movement +w-1@1$/m);
    expect(created.out).toMatch(/^balance +9007199254740993\.00 USD$/m);
    await wallet('create', 'w-2', '--owner', 'o-1');
    const credit = ['credit', 'w-1', '0.02', '--key', 'k-1'] as const;
    expect(await json(...credit)).toMatchObject({ version: 2, movementId: 'w-1@2', replayed: false });
    expect(await json(...credit)).toMatchObject({
      balance: '9007199254740993.02',
      version: 2,
      movementId: 'w-1@2',
      replayed: true,
    });
    expect((await wallet(...credit)).out).toMatch(/^replayed +yes/m);
    expect(await json('debit', 'w-1', '0.01', '--if-match', '2')).toMatchObject({ version: 3 });
    expect(await json('transfer', 'w-1', 'w-2', '1.00', '--description', 'rent')).toMatchObject({
      fromWallet: { balance: '9007199254740992.01' },
      toWallet: { balance: '1.00' },
    });
    expect((await wallet('balance', 'w-1')).out).toBe('9007199254740992.01 USD\n');
    expect((await wallet('balance', 'w-2', '--at', '2090-01-01T00:00:00Z')).out).toBe('1.00 USD\n');
  });

  it('is shown by get, list, history and ledger', async () => {
    expect(await json('get', 'w-2', '--min-version', '2')).toMatchObject({ balance: '1.00' });
    expect((await wallet('history', 'w-1')).out).toMatch(/WalletCredited +0\.02 +9007199254740993\.02/);
    await eventually(async () => {
      const { out } = await wallet('ledger', 'w-2');
      return /1\.00 +1\.00 +wallet:w-1 +rent/.test(out);
    });
    await eventually(async () => (await wallet('list', '--owner', 'o-1')).out.includes('w-2'));
  });
});

describe('the alert rules of a wallet', () => {
  it('are set, shown and cleared, and a crossing is in the feed', async () => {
    const given = ['--rule', 'name=low,field=available,op=below,amount=5.00'];
    await wallet('create', 'w-alerts', '--owner', 'o-2', '--balance', '10.00');
    const set = await wallet(
      'alerts',
      'set',
      'w-alerts',
      ...given,
      '--rule',
      'name=b,field=balance,op=above,amount=20',
    );
    expect(set.out).toMatch(/^low +available below +5\.00 USD$/m);
    expect(set.out).toMatch(/^movement +w-alerts@2$/m);
    expect((await wallet('alerts', 'show', 'w-alerts')).out).toMatch(/^b +balance above +20\.00 USD$/m);
    await wallet('debit', 'w-alerts', '6.00');
    const { events } = await json('events', '--wallet', 'w-alerts', '--types', 'wallet.alert.v1');
    expect(events).toMatchObject([{ id: 'w-alerts@3:01', data: { name: 'low', value: '4.00' } }]);
    const listed = await wallet('events', '--wallet', 'w-alerts');
    expect(listed.out).toMatch(
      /^w-alerts@3:01 .* wallet\.alert\.v1 +low: available 4\.00 is below 5\.00 USD$/m,
    );
    expect(await json('alerts', 'clear', 'w-alerts')).toMatchObject({ version: 4, alerts: [] });
    expect((await wallet('alerts', 'show', 'w-alerts')).out).toBe('No rule.\n');
    const wrong = await wallet('alerts', 'set', 'w-alerts', '--rule', 'name=low,field=available,op=below');
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('an op and an amount') as string });
  });
});

describe('a movement', () => {
  it('is shown by its id, and found by key, request, counterpart and description', async () => {
    const { movementId, requestId } = (((await json('movement', 'find', 'k-1')).movements as unknown[])[0] ??
      {}) as Readonly<Record<'movementId' | 'requestId', string>>;
    expect(movementId).toBe('w-1@2');
    const shown = await wallet('movement', 'show', 'w-1@2');
    expect(shown.out).toMatch(/^to +w-1 at version 2, balance 9007199254740993\.02 USD after it$/m);
    for (const search of [
      ['find', '--request', requestId],
      ['find', '--wallet', 'w-1', '--max', '0.02', '--type', 'credit'],
    ])
      expect((await wallet('movement', ...search)).out, search.join(' ')).toContain('w-1@2');
    for (const search of [
      ['find', ' rent '],
      ['find', '--wallet', 'w-2', '--counterpart', 'w-1'],
    ])
      expect((await wallet('movement', ...search)).out, search.join(' ')).toContain('w-1@4');
    expect((await wallet('movement', 'find', 'nothing-like-this')).out).toContain('No movement fits.');
  });
});

describe('the exit code', () => {
  it('is 1 for a refusal, whose code is on stderr', async () => {
    const { code, out, err } = await wallet('debit', 'w-2', '5000.00');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /\nINSUFFICIENT_FUNDS: Wallet "w-2" has 1\.00 USD available, less than 5000\.00\.\n {2}available 1\.00 USD, held 0\.00 USD, requested 5000\.00 USD\n {2}request /,
    );
  });

  it('is 2 for wrong usage and 0 for help', async () => {
    for (const wrong of [['credit', 'w-1'], ['purse'], ['rebuild'], ['get', 'w-1', '--min-version', 'x']])
      expect((await wallet(...wrong)).code, wrong.join(' ')).toBe(2);
    const help = await wallet('rebuild', '--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('$ wallet rebuild --all');
  });

  it('is 3 if nobody answers, and the output names the key for a retry', async () => {
    const { code, err } = await wallet('credit', 'w-1', '1', '--key', 'mine', '--url', 'http://127.0.0.1:9');
    expect(code).toBe(3);
    expect(err).toContain('safe to repeat with --key mine');
  });

  it('is 3 if another server answers, and the output names the key of the command', async () => {
    const keys: unknown[] = [];
    const proxy = createServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void proxy.close());
    await once(proxy, 'listening');
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { code, err } = await wallet('credit', 'w-1', '1', '--url', url);
    expect(code).toBe(3);
    expect(keys).toEqual([expect.any(String)]);
    expect(err).toContain(`safe to repeat with --key ${String(keys[0])}`);
  });
});

describe('operators', () => {
  it('pause and resume a projection, and see it in its status', async () => {
    expect((await wallet('projections', 'pause', 'ledger', '--note', 'a test')).out).toBe(
      'ledger is paused.\n',
    );
    expect((await wallet('projections')).out).toMatch(/ledger .* paused +a test/);
    expect(await findings()).not.toEqual([]);
    // The current run ends a moment after the pause. Events that come later wait, at last two of them.
    await eventually(async () => {
      await wallet('credit', 'w-1', '0.01');
      return Number((await json('outbox')).unprocessed) >= 2;
    });
    await wallet('projections', 'resume', 'ledger');
    await eventually(async () => (await json('outbox')).unprocessed === 0);
    await eventually(async () => (await findings()).length === 0);
  });

  it('learn from doctor which parts are there and which are not', async () => {
    const { parts } = JSON.parse((await wallet('doctor', '--json')).out) as { readonly parts: unknown };
    expect(parts).toHaveLength(10);
    const away = start(['doctor'], {
      WALLET_URL: 'http://127.0.0.1:9',
      TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
    });
    const { code, out } = await away.ended;
    expect(code).toBe(4);
    expect(out).toMatch(/api http:\/\/127\.0\.0\.1:9 +away .* Start it/);
    expect(out).toMatch(/temporal \S+ +ok +\d+\.\d+/);
  });
});

describe('recoveries', () => {
  it('are followed to their end', async () => {
    const rebuilt = await wallet('rebuild', '--ledger');
    expect(rebuilt.code, rebuilt.err).toBe(0);
    expect(rebuilt.out).toMatch(/rebuild-ledger +completed/);
    expect(await json('rebuild', '--wallet', 'w-1')).toMatchObject({ state: 'COMPLETED' });
    expect(await json('recover', 'stale', '--full')).toMatchObject({ state: 'COMPLETED' });
  });

  it('go on when their watcher leaves, and can be joined, held and ended', async () => {
    const id = `${config.SCHEDULE_ID_PREFIX}rebuild-read-model`;
    const first = start(['rebuild', '--all']);
    await eventually(() => Promise.resolve(first.said.err.includes('grace')));
    first.child.kill('SIGINT');
    const left = await first.ended;
    expect(left.code).toBe(130);
    expect(left.err).toContain(`wallet recovery watch ${id}`);
    expect((await wallet('rebuild', '--all', '--detach')).err).toMatch(/^RECOVERY_RUNNING/m);
    const second = start(['recovery', 'watch', id]);
    await eventually(() => Promise.resolve(second.said.err.includes('grace')));
    expect((await wallet('recovery', 'pause', id)).out).toBe(`${id} is paused.\n`);
    await wallet('recovery', 'resume', id);
    await wallet('recovery', 'cancel', id);
    // After the switch the cancel only ends the grace.
    expect(await second.ended).toMatchObject({ code: 0 });
    await eventually(async () => (await wallet('recovery', 'list')).out.includes(id));
  });

  it('of any kind are watched and listed as recoveries, and still as rebuilds', async () => {
    const id = `${config.SCHEDULE_ID_PREFIX}verify-projections`;
    expect((await wallet('verify', '--detach')).out).toContain(`wallet recovery watch ${id}`);
    for (const name of ['recovery', 'rebuild']) {
      const watched = await wallet(name, 'watch', id);
      expect(watched.code, watched.err).toBe(0);
      expect(watched.out).toMatch(/verify-projections +completed/);
      await eventually(async () => (await wallet(name, 'list')).out.includes(id));
      expect((await wallet(name, 'pause', id)).err).toMatch(/^RECOVERY_ENDED/m);
      expect((await wallet(name, 'resume', id)).err).toMatch(/^RECOVERY_ENDED/m);
      expect((await wallet(name, 'cancel', id)).err).toMatch(/^RECOVERY_ENDED/m);
    }
  });

  it('verify: exit code 4 if something differs, 0 as soon as it is repaired', async () => {
    const postgres = new PostgresClient({ connectionString: database.url });
    await postgres.connect();
    await postgres.query("update wallets set balance_minor = balance_minor + 1 where id = 'w-2'");
    await postgres.end();
    const found = await wallet('verify');
    expect(found.code, found.err).toBe(4);
    expect(found.out).toContain('"walletId":"w-2"');
    expect((await wallet('verify', '--repair')).code).toBe(0);
    expect((await wallet('verify')).code).toBe(0);
  });
});

describe('parked events', () => {
  it('are listed, tried again and given up, under the older name `failures` too', async () => {
    const pool = testPool(database.url);
    const position = Number(await appendRows(pool, [unknownEvent('w-parked', 1)]));
    await pool.end();
    await eventually(async () => ((await json('failures')).failures as unknown[]).length === 2);
    expect((await json('parked')).failures).toHaveLength(2);
    expect(await json('parked', 'retry', 'ledger', String(position))).toMatchObject({ position });
    for (const projection of ['ledger', 'read-model'])
      await json('parked', 'skip', projection, String(position), '--reason', 'a test');
    for (const name of ['parked', 'failures'])
      expect((await wallet(name, 'list')).out).toBe('Nothing is parked.\n');
    expect((await wallet('failures', 'retry', 'ledger', String(position))).code).toBe(1);
  });
});

it.each(['bash', 'zsh', 'fish'])(
  'the completion for %s is a script, and bash can read its own',
  async (shell) => {
    const { code, out } = await wallet('completion', shell);
    expect(code).toBe(0);
    expect(out).toContain('wallet');
    if (shell === 'bash') execFileSync('bash', ['-n'], { input: out });
    expect((await wallet('complete', '--', 'projections', '')).out).toMatch(/^pause\t/m);
  },
);

describe('events', () => {
  it('shows a page of the feed, and follows it until it is left', async () => {
    await wallet('create', 'fed', '--owner', 'owner-fed', '--balance', '5.00');
    const page = await json('events', '--wallet', 'fed');
    expect((page.events as { id: string }[]).map(({ id }) => id)).toEqual(['fed@1']);
    const shown = await wallet('events', '--wallet', 'fed');
    expect(shown.out).toMatch(/fed@1 .* wallet\.created\.v1 +balance 5\.00 USD/);
    expect(shown.err).toContain(`go on with --after ${String(page.next)}`);
    const follower = start(['events', '--follow', '--wallet', 'fed', '--after', String(page.next), '--json']);
    await wallet('credit', 'fed', '1.00');
    await eventually(() => follower.said.out.endsWith('\n'));
    const event = JSON.parse(follower.said.out) as Record<string, unknown>;
    expect(event).toMatchObject({
      id: 'fed@2',
      type: 'wallet.credited.v1',
      cursor: expect.any(String) as string,
    });
    follower.child.kill('SIGINT');
    await follower.ended;
  });

  it('refuses a cursor of another filter', async () => {
    expect((await wallet('events', '--follow', '--limit', '1')).err).toContain('cannot be used with');
    const page = await json('events', '--limit', '1');
    const { code, err } = await wallet('events', '--wallet', 'fed', '--after', String(page.next));
    expect([code, err]).toEqual([1, expect.stringContaining('VALIDATION_FAILED')]);
  });
});

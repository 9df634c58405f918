// Runs commands through several API processes on one database, with and without the locks in Redis. Every
// command takes effect once, in order and without gaps.
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { post } from '../../support/api.ts';
import { type ApiProcesses, createApiProcesses } from '../../support/apiProcesses.ts';
import { eventually } from '../../support/eventually.ts';

let processes: ApiProcesses;
beforeEach(async () => {
  processes = await createApiProcesses();
});
afterEach(() => processes.close());

const noLocks = {
  locks: {
    acquire: (groups: readonly unknown[]) =>
      Promise.resolve({ granted: groups.map(() => true), release: () => Promise.resolve() }),
  },
};

describe.each([
  ['with the Redis lock', {}],
  ['without any lock', noLocks],
])('two processes %s', (_, replaced) => {
  it('keep one hot wallet right under concurrent credits', async () => {
    processes.start(2, { COMMAND_ATTEMPTS_MAX: '100' }, replaced);
    const [hot] = await processes.createWallets(1);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        post(processes.any(index), `/wallets/${String(hot)}/credit`, '{"amount":0.01}'),
      ),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const versions = answers.map(({ body }) => body.version);
    expect(new Set(versions).size).toBe(200);
    expect(await processes.counts()).toMatchObject({
      events: '201',
      last_position: '201',
      head: '201',
      outbox: '201',
      versions: '201',
      balance: '100200',
      keys: '201',
      wrong_wallets: '0',
    });
  });

  it('move money both ways between the same wallets without a deadlock, losing none', async () => {
    processes.start(2, { COMMAND_ATTEMPTS_MAX: '100' }, replaced);
    const ids = await processes.createWallets(3);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const [from, to] = [ids[index % 3], ids[(index + 1 + (index % 2)) % 3]];
        return post(
          processes.any(index),
          `/wallets/${String(from)}/transfer`,
          JSON.stringify({ toWalletId: to, amount: 1 }),
        );
      }),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await processes.counts()).toMatchObject({
      events: '403',
      last_position: '403',
      balance: '300000',
      wrong_wallets: '0',
    });
  });

  it('do the same command once when it reaches both at the same moment', async () => {
    processes.start(2, { COMMAND_ATTEMPTS_MAX: '100' }, replaced);
    const [id] = await processes.createWallets(1);
    for (let round = 0; round < 20; round += 1) {
      const key = { 'idempotency-key': `round-${round}` };
      const [one, two] = await Promise.all(
        [0, 1].map((index) =>
          post(processes.any(index), `/wallets/${String(id)}/credit`, '{"amount":1}', key),
        ),
      );
      expect(one?.status).toBe(200);
      expect(two?.text).toBe(one?.text);
    }
    expect(await processes.counts()).toMatchObject({ events: '21', balance: '102000' });
  });
});

describe('a batch', () => {
  it("goes on at the time of a wallet that is ahead of the database's clock", async () => {
    processes.start(1);
    const [ahead, other] = await processes.createWallets(2);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await processes.any(0).pool.query('update wallets set updated_at = $2 where id = $1', [ahead, later]);
    const answers = await Promise.all(
      [ahead, other].map((id) => post(processes.any(0), `/wallets/${String(id)}/credit`, '{"amount":1}')),
    );
    expect(answers).toMatchObject([
      { status: 200, body: { version: 2, updatedAt: later } },
      { status: 200, body: { version: 2 } },
    ]);
    const { rows } = await processes.any(0).pool.query(
      `select events.wallet_id as id, events.occurred_at = wallets.updated_at as same, occurred_at > now() as ahead
         from events
         join wallets on wallets.id = events.wallet_id
        where events.wallet_id = any($1) and events.version = 2
        order by array_position($1, events.wallet_id)`,
      [[ahead, other]],
    );
    // The other wallet of the batch keeps the time of the database.
    expect(rows).toEqual([
      { id: ahead, same: true, ahead: true },
      { id: other, same: true, ahead: false },
    ]);
  });

  it('is not disturbed by the commands in it that are refused', async () => {
    processes.start(1);
    const [a, b] = await processes.createWallets(2);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        if (index % 3 === 0)
          return post(processes.any(0), `/wallets/${String(a)}/debit`, '{"amount":999999}');
        if (index % 3 === 1) return post(processes.any(0), `/wallets/nobody-${index}/credit`, '{"amount":1}');
        return post(processes.any(0), `/wallets/${String(b)}/credit`, '{"amount":1}');
      }),
    );
    expect(Map.groupBy(answers, ({ status }) => status).get(200)).toHaveLength(20);
    expect(Map.groupBy(answers, ({ status }) => status).get(422)).toHaveLength(20);
    expect(Map.groupBy(answers, ({ status }) => status).get(404)).toHaveLength(20);
    expect(await processes.counts()).toMatchObject({
      events: '22',
      // A refused command without a key leaves no record.
      keys: '22',
      balance: '202000',
      wrong_wallets: '0',
    });
  });
});

describe('PostgreSQL', () => {
  it('may end every connection in the middle: what was acknowledged is there once, what was not can be retried', async () => {
    processes.start(1);
    const ids = await processes.createWallets(10);
    let acknowledged = 0;
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let turn = 0; turn < 25; turn += 1) {
        const key = { 'idempotency-key': `writer-${writer}-${turn}` };
        const path = `/wallets/${String(ids[(writer + turn) % ids.length])}/credit`;
        for (let attempt = 0; ; attempt += 1) {
          const { status } = await post(processes.any(0), path, '{"amount":0.01}', key);
          if (status === 200) break;
          expect([status, attempt < 20]).toEqual([503, true]);
        }
        acknowledged += 1;
      }
    });
    const killer = new Client({ connectionString: processes.databaseUrl });
    await killer.connect();
    let killed = 0;
    for (let cut = 1; cut <= 15; cut += 1) {
      await eventually(() => acknowledged >= cut * 20);
      const { rowCount } = await killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'wallet-test%'`,
      );
      killed += rowCount ?? 0;
    }
    await killer.end();
    await Promise.all(writers);
    expect(killed).toBeGreaterThan(0);
    expect(await processes.counts()).toMatchObject({
      events: '410',
      last_position: '410',
      balance: '1000400',
      keys: '410',
      outbox: '410',
      wrong_wallets: '0',
    });
  });
});

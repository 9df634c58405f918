// Follows operations from the request to the read model and the ledger, with a real server, worker and
// stores.
import { Client as PostgresClient } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createWalletClient, type WalletClient } from 'wallet-service/client';
import { commandIdOfKey } from '../../src/commands/commandIds.ts';
import { type ApiAnswer, readAnswer, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { forwardTo, throughPort } from '../../harness/proxy/proxy.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let elasticsearch: Awaited<ReturnType<typeof forwardTo>>;
let server: SystemProcess;
let client: WalletClient;
let worker: SystemProcess;
let postgres: PostgresClient;

beforeAll(async () => {
  database = await createTestDatabase();
  elasticsearch = await forwardTo(inject('elasticsearchUrl'));
  const config = testConfig(database.url, {
    ELASTICSEARCH_URL: throughPort(inject('elasticsearchUrl'), elasticsearch.port),
  });
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
  client = createWalletClient({ url: server.url });
  postgres = new PostgresClient({ connectionString: database.url });
  await postgres.connect();
});
afterAll(async () => {
  await Promise.all([server.stop(), worker.stop()]);
  await postgres.end();
  await elasticsearch.close();
  await database.drop();
});

async function get(path: string): Promise<ApiAnswer> {
  return readAnswer(await fetch(`${server.url}${path}`));
}

/** Waits until the read model, not the event store, answers for the wallet at that version. */
async function projected(id: string, version: number): Promise<ApiAnswer> {
  return eventually(async () => {
    const read = await get(`/wallets/${id}`);
    return read.headers.get('x-read-source') === 'read-model' && read.body.version === version && read;
  }, 30_000);
}

async function outbox(): Promise<unknown> {
  const { rows } = await postgres.query<object>(
    'SELECT COUNT(*) as unprocessed, MIN(created_at) as oldest, NOW() - MIN(created_at) as lag FROM outbox WHERE processed_at IS NULL;',
  );
  return rows[0];
}

async function ledgerTotals(): Promise<unknown> {
  const { rows } = await postgres.query(
    `select count(*)::integer as entries,
            sum(amount_minor) filter (where direction = 'debit') as debits,
            sum(amount_minor) filter (where direction = 'credit') as credits
       from ledger_entries`,
  );
  return rows[0];
}

describe('two wallets, from the request to the read model and the ledger', () => {
  it('are created, credited, debited and moved between, and read with the same amounts everywhere', async () => {
    for (const id of ['wallet-001', 'wallet-002']) {
      const created = await client.createWallet({
        walletId: id,
        ownerId: 'owner-1',
        initialBalance: '100.00',
      });
      expect(created).toMatchObject({ value: { balance: '100.00', version: 1 }, facts: { status: 201 } });
    }
    const walletId = 'wallet-001';
    expect(await client.creditWallet({ walletId, amount: '50.00' })).toMatchObject({
      value: { balance: '150.00', version: 2 },
    });
    expect(await client.debitWallet({ walletId, amount: '25.00' })).toMatchObject({
      value: { balance: '125.00', version: 3 },
    });
    const moved = await client.transferFunds({ walletId, toWalletId: 'wallet-002', amount: '25.00' });
    expect(moved).toMatchObject({
      value: { fromWallet: { balance: '100.00', version: 4 }, toWallet: { balance: '125.00', version: 2 } },
    });

    expect((await projected('wallet-001', 4)).text).toContain(
      '"balance":100.00,"held":0.00,"available":100.00,"status":"active","version":4',
    );
    expect((await projected('wallet-002', 2)).text).toContain(
      '"balance":125.00,"held":0.00,"available":125.00,"status":"active","version":2',
    );
    await eventually(async () => {
      const { headers, body } = await get('/wallets?ownerId=owner-1');
      expect(headers.get('x-read-source')).toBe('read-model');
      expect(body.wallets).toHaveLength(2);
      return true;
    });
  });

  it('are in the ledger with equal debits and credits', async () => {
    const totals = { entries: 10, debits: '30000', credits: '30000' };
    await eventually(async () => {
      expect(await ledgerTotals()).toEqual(totals);
      return true;
    });
  });

  it("leave nothing unprocessed, and the operator's two statements say so", async () => {
    await eventually(async () => {
      expect(await outbox()).toEqual({ unprocessed: '0', oldest: null, lag: null });
      return true;
    });
    await eventually(async () => {
      const { rows } = await postgres.query('SELECT * FROM projector_checkpoints;');
      expect(rows).toHaveLength(3);
      for (const projection of ['read-model', 'ledger', 'webhooks']) {
        expect(rows).toContainEqual(expect.objectContaining({ projection, position: '6' }));
      }
      return true;
    });
  });
});

describe('without Elasticsearch', () => {
  it('operations succeed, reads come from the event store, the ledger goes on, and the read model catches up', async () => {
    await elasticsearch.close();
    const credited = await client.creditWallet({ walletId: 'wallet-001', amount: '1.00' });
    expect(credited).toMatchObject({ ok: true, value: { version: 5 } });
    const read = await get('/wallets/wallet-001');
    expect(read.headers.get('x-read-source')).toBe('event-store');
    expect(read.text).toContain(
      '"balance":101.00,"held":0.00,"available":101.00,"status":"active","version":5',
    );
    const list = await get('/wallets?ownerId=owner-1');
    expect(list.headers.get('x-read-source')).toBe('event-store');
    expect(list.body.wallets).toHaveLength(2);
    await eventually(async () => {
      expect(await ledgerTotals()).toMatchObject({ entries: 12, debits: '30100' });
      return true;
    });
    expect(await outbox()).toMatchObject({ unprocessed: '1' });
    elasticsearch = await forwardTo(inject('elasticsearchUrl'), elasticsearch.port);
    expect((await projected('wallet-001', 5)).text).toContain('"balance":101.00');
  });
});

describe('a server that is told to stop', () => {
  it('answers what it took, stops taking more, and ends with exit code 0', async () => {
    const config = testConfig(database.url);
    const second = await startProcess('server', config);
    const send = (index: number) =>
      fetch(`${second.url}/wallets/wallet-002/credit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `stopping-${index}` },
        body: '{"amount":0.01}',
      }).then(
        ({ status }) => status,
        () => 'no connection' as const,
      );
    const answers = Array.from({ length: 100 }, (_, index) => send(index));
    await answers[0];
    const code = await second.stop();
    const statuses = await Promise.all(answers);
    expect(code).toBe(0);
    expect(new Set(statuses).difference(new Set([200, 503, 'no connection']))).toEqual(new Set());
    const acknowledged = statuses.filter((status) => status === 200).length;
    expect(acknowledged).toBeGreaterThan(0);
    const { rows } = await postgres.query<{ credited: string }>(
      'select count(*) as credited from idempotency_keys where command_id = any($1)',
      [answers.map((_, index) => commandIdOfKey(`stopping-${index}`))],
    );
    expect(Number(rows[0]?.credited)).toBe(acknowledged);
  });
});

// Checks /metrics, /readyz, /version and the logs of real processes, first with every store and then without
// PostgreSQL.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readAnswer, testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { scrape, valueOf } from '../../support/exposition.ts';
import { forwardTo } from '../../../harness/proxy/proxy.ts';
import { startProcess, type SystemProcess } from '../../../harness/processes.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let postgres: Awaited<ReturnType<typeof forwardTo>>;
let server: SystemProcess;
let worker: SystemProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  postgres = await forwardTo(inject('databaseUrl'));
  const url = new URL(database.url);
  url.port = String(postgres.port);
  const config = testConfig(url.href, { GIT_COMMIT: 'abc1234' });
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
});
afterAll(async () => {
  await Promise.all([server.stop('SIGKILL'), worker.stop('SIGKILL')]);
  await postgres.close().catch(() => undefined);
  await database.drop();
});

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const sent = { 'content-type': 'application/json', ...headers };
  return fetch(`${server.url}${path}`, { method: 'POST', headers: sent, body });
}

describe('/metrics', () => {
  it('counts commands by their outcome, and requests by the template of their route', async () => {
    await post('/wallets', '{"walletId":"w-1","ownerId":"o","initialBalance":10}', {
      'idempotency-key': 'k-1',
    });
    await post('/wallets', '{"walletId":"w-1","ownerId":"o","initialBalance":10}', {
      'idempotency-key': 'k-1',
    });
    await post('/wallets/w-1/debit', '{"amount":99}');
    await post('/wallets/w-1/debit', '{');
    await post('/nothing/here', '{}');
    const samples = await scrape(server.url);
    const commands = (command: string, outcome: string) =>
      valueOf(samples, 'wallet_commands_total', { command, outcome });
    expect(commands('CreateWallet', 'accepted')).toBe(1);
    expect(commands('CreateWallet', 'replayed')).toBe(1);
    expect(commands('DebitWallet', 'rejected')).toBe(1);
    expect(commands('TransferFunds', 'accepted')).toBe(0);
    expect(valueOf(samples, 'wallet_command_duration_seconds_count', { command: 'CreateWallet' })).toBe(2);
    expect(valueOf(samples, 'wallet_idempotency_replays_total', { result: 'replayed' })).toBe(1);
    expect(valueOf(samples, 'wallet_batch_commands_sum')).toBe(3);
    expect(valueOf(samples, 'wallet_lock_wait_seconds_count')).toBe(3);
    const requests = (http_route: string, http_response_status_code: string) =>
      valueOf(samples, 'http_server_request_duration_seconds_count', {
        http_request_method: 'POST',
        http_route,
        http_response_status_code,
      });
    expect(requests('/wallets/:walletId/debit', '422')).toBe(1);
    expect(requests('/wallets/:walletId/debit', '400')).toBe(1);
    expect(requests('unmatched', '404')).toBe(1);
  });

  it('never has a wallet, an owner or a key as a label', async () => {
    const samples = [...(await scrape(server.url)), ...(await scrape(worker.url))];
    const labels = samples.flatMap((sample) => Object.values(sample.labels));
    expect(labels).not.toHaveLength(0);
    for (const secret of ['w-1', 'k-1', 'o']) expect(labels).not.toContain(secret);
  });

  it('shows the position of each projection, from either process', async () => {
    await eventually(async () => {
      for (const { url } of [server, worker]) {
        const samples = await scrape(url);
        expect(valueOf(samples, 'wallet_database_up')).toBe(1);
        expect(valueOf(samples, 'wallet_outbox_pending')).toBe(0);
        expect(valueOf(samples, 'wallet_event_log_position')).toBe(1);
        for (const projection of ['ledger', 'read-model']) {
          expect(valueOf(samples, 'wallet_projection_checkpoint_position', { projection })).toBe(1);
          expect(valueOf(samples, 'wallet_projection_lag_seconds', { projection })).toBe(0);
          expect(valueOf(samples, 'wallet_projection_parked', { projection })).toBe(0);
        }
      }
      const samples = await scrape(worker.url);
      return valueOf(samples, 'wallet_projection_items_total', { projection: 'ledger', result: 'ok' }) === 1;
    });
  });

  it("holds the Temporal SDK's own figures in the worker's answer", async () => {
    // A scrape waits a second for the SDK. On a busy machine the SDK may need longer.
    const samples = await eventually(async () => {
      const found = await scrape(worker.url);
      return valueOf(found, 'wallet_temporal_sdk_metrics_up') === 1 && found;
    });
    expect(valueOf(samples, 'temporal_worker_task_slots_available')).toBeGreaterThan(0);
  });
});

describe('/version and /readyz', () => {
  it('say the same of both processes', async () => {
    for (const { url } of [server, worker]) {
      const { body } = await readAnswer(await fetch(`${url}/version`));
      expect(body).toMatchObject({ version: '0.1.0', commit: 'abc1234', node: process.version });
      expect(body.schema).toBeGreaterThanOrEqual(4);
      expect(Date.parse(String(body.startedAt))).toBeLessThan(Date.now());
      // A probe waits a second for each part. On a busy machine a part may need longer.
      await eventually(async () => {
        const ready = await readAnswer(await fetch(`${url}/readyz`));
        expect(ready).toMatchObject({
          status: 200,
          body: {
            status: 'ok',
            needed: expect.arrayContaining(['process', 'postgres']) as string[],
            parts: { postgres: 'ok', elasticsearch: 'ok' },
          },
        });
        return true;
      });
    }
  });
});

// These tests come last, because they stop PostgreSQL for the rest of this file.
describe('without PostgreSQL', () => {
  it('a scrape answers, says so, and leaves out what it does not know', async () => {
    await postgres.close();
    for (const { url } of [server, worker]) {
      const samples = await eventually(async () => {
        const found = await scrape(url);
        return valueOf(found, 'wallet_database_up') === 0 && found;
      });
      expect(valueOf(samples, 'wallet_outbox_pending')).toBeUndefined();
      expect(valueOf(samples, 'wallet_projection_lag_seconds')).toBeUndefined();
      expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0);
    }
  });

  it('neither process is ready, and both name PostgreSQL', async () => {
    for (const { url } of [server, worker]) {
      const { status, body } = await readAnswer(await fetch(`${url}/readyz`));
      expect(status).toBe(503);
      expect(body.status).toBe('unavailable');
      expect((body.parts as Record<string, string>).postgres).not.toBe('ok');
    }
  });

  it.each([
    ['a command', () => post('/wallets/w-1/credit', '{"amount":1}')],
    ['a read', () => fetch(`${server.url}/wallets/w-1?consistency=strong`)],
  ])("%s that fails is found in the log by its problem's id", async (_, send) => {
    const { status, body } = await readAnswer(await send());
    expect(status).toBe(503);
    const line = await eventually(() => server.lines.find((text) => text.includes(String(body.requestId))));
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', requestId: body.requestId, walletId: 'w-1' });
  });
});

// Checks the traces that a receiver gets from real processes: they lead from the request through the group
// commit to the projections.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testConfig } from '../../support/api.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { type OtlpReceiver, receiveTraces, type ReceivedSpan } from '../../support/otlpReceiver.ts';
import { startProcess, type SystemProcess } from '../../../harness/processes.ts';
import { testPool } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let receiver: OtlpReceiver;
let server: SystemProcess;
let worker: SystemProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  receiver = await receiveTraces();
  // A request without a traceparent is not traced, so each test receives only the traces that it started.
  const config = testConfig(database.url, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_TRACES_SAMPLER_ARG: '0',
  });
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
});
afterAll(async () => {
  await Promise.all([server.stop(), worker.stop()]);
  await receiver.close();
  await database.drop();
});

/** The trace of a caller, as a W3C traceparent. */
function callerTrace(digits: string): { traceId: string; traceparent: string } {
  const traceId = digits.repeat(32 / digits.length);
  return { traceId, traceparent: `00-${traceId}-${traceId.slice(16)}-01` };
}

async function post(path: string, body: object, traceparent?: string): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(traceparent && { traceparent }) };
  return (await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
    .status;
}

/** Waits until the trace has spans of all these names. Gives all its spans. */
function spansOf(traceId: string, names: readonly string[]): Promise<readonly ReceivedSpan[]> {
  return eventually(() => {
    const found = receiver.spans.filter((span) => span.traceId === traceId);
    const missing = names.filter((name) => !found.some((span) => span.name === name));
    if (missing.length > 0) throw new Error(`trace ${traceId} has no ${missing.join(', ')} yet`);
    return found;
  }, 40_000);
}

const projected = ['project read-model', 'project ledger'];

it('one trace leads from the request over the group commit and its append to both projections', async () => {
  const { traceId, traceparent } = callerTrace('a');
  const body = { walletId: 'w-1', ownerId: 'o', initialBalance: 100 };
  expect(await post('/wallets', body, traceparent)).toBe(201);

  const chain = ['POST /wallets', 'CreateWallet', 'group commit', 'append-batch'];
  const spans = await spansOf(traceId, [...chain, 'lock wallets', 'load-batch', ...projected]);
  const byName = new Map(spans.map((span) => [span.name, span]));
  expect(byName.get('POST /wallets')?.parentSpanId).toBe('a'.repeat(16));
  for (const [index, name] of chain.slice(1).entries()) {
    expect(byName.get(name)?.parentSpanId, name).toBe(byName.get(chain[index] ?? '')?.spanId);
  }
  for (const name of projected) {
    expect(byName.get(name)).toMatchObject({
      process: 'wallet-worker',
      parentSpanId: byName.get('CreateWallet')?.spanId,
    });
  }
  expect(byName.get('POST /wallets')).toMatchObject({
    process: 'wallet-api',
    attributes: { 'http.route': '/wallets', 'http.response.status_code': 201 },
  });
});

it('commands of one group commit are linked with it, each in its own trace', async () => {
  // All these commands are sent at once to one wallet. Those that arrive while the first is committed form
  // one batch.
  const traces = Array.from('123456789bcdef', (digit) => callerTrace(digit));
  const answers = traces.map(({ traceparent }) => post('/wallets/w-1/credit', { amount: 1 }, traceparent));
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));

  const ids = new Set(traces.map(({ traceId }) => traceId));
  for (const traceId of ids) await spansOf(traceId, ['CreditWallet', ...projected]);
  const commits = receiver.spans.filter(({ name, traceId }) => name === 'group commit' && ids.has(traceId));
  const shared = commits.find(({ links }) => links.length > 0);
  expect(shared, 'a group commit of several commands').toBeDefined();
  for (const link of shared?.links ?? []) {
    const command = receiver.spans.find(({ spanId }) => spanId === link.spanId);
    expect(command).toMatchObject({ name: 'CreditWallet', traceId: link.traceId });
    expect(command?.links).toMatchObject([{ traceId: shared?.traceId, spanId: shared?.spanId }]);
  }
});

it('a request that its caller does not trace leaves no span, and its events are projected all the same', async () => {
  const before = receiver.spans.length;
  expect(await post('/wallets', { walletId: 'w-2', ownerId: 'o' })).toBe(201);
  const pool = testPool(database.url);
  // These events have no traceparent, as events from before the traces.
  await appendEvents(pool, walletStream('w-3', 100n));
  await eventually(async () => {
    const { rows } = await pool.query('select from outbox where processed_at is null');
    return rows.length === 0;
  });
  await pool.end();
  const { traceId, traceparent } = callerTrace('a8');
  expect(await post('/wallets/w-2/credit', { amount: 1 }, traceparent)).toBe(200);
  await spansOf(traceId, projected);
  expect(receiver.spans.slice(before).filter((span) => span.traceId !== traceId)).toEqual([]);
});

it('an invalid traceparent does no harm', async () => {
  for (const wrong of ['00-0-0-01', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'x'.repeat(500)]) {
    expect(await post('/wallets/w-1/credit', { amount: 1 }, wrong)).toBe(200);
  }
});

it('the events carry the trace context of their command and nothing else of it', async () => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(
    `select metadata, traceparent, extra from events where wallet_id = 'w-1' and version = 1`,
  );
  await client.end();
  expect(rows).toEqual([
    {
      metadata: null,
      traceparent: expect.stringMatching(new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-01$`)) as string,
      extra: { ownerId: expect.any(String) as string },
    },
  ]);
});

import { connect } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer } from '../../src/http/httpServer.ts';
import { createLedgerRebuildActivities } from '../../src/activities/ledgerRebuild.ts';
import { dismissHealth } from '../../src/api/admin/dismissalRoutes.ts';
import { exampleRequestId } from '../../src/api/openApi/exampleStory.ts';
import type { OperationExample } from '../../src/api/openApi/operation.ts';
import { problemExample } from '../../src/api/openApi/problemExamples.ts';
import { type Caller, localCaller } from '../../src/access/caller.ts';
import { type OperationId, operations } from '../../src/api/operations.ts';
import { problemMembers } from '../../src/api/http/problemMembers.ts';
import { type ProblemCode, problemKinds } from '../../src/api/http/problems.ts';
import type { UnavailableReason } from '../../src/commands/submission.ts';
import { createFeedCursors } from '../../src/feed/feedCursors.ts';
import { levelMax } from '../../src/eventStore/levels.ts';
import { ensureSchedules } from '../../src/temporal/ensureSchedules.ts';
import { appendRows, unknownEvent } from '../support/appendEvents.ts';
import { createTestApi, post, type TestApi, testConfig } from '../support/api.ts';
import { changeLog } from '../support/changeLog.ts';
import { eventually } from '../support/eventually.ts';
import { describedOperation, document, expectDescribed, locations } from '../support/openApi.ts';
import { createQuietTail } from '../support/quietTail.ts';
import { createAddressGuard } from '../../src/webhooks/addressGuard.ts';
import { openReplaysMax } from '../../src/webhooks/replayStore.ts';
import { createSecretBox } from '../../src/webhooks/secretBox.ts';
import type { ServedWebhooks } from '../../src/api/webhooks/webhookRequests.ts';
import { createTestRates } from '../support/rates.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';

let temporal: TemporalFixture;
let fixture: ProjectionFixture;
let api: TestApi;
let config: ReturnType<typeof testConfig>;
let worker: { readonly end: () => Promise<void> };
const gate = Promise.withResolvers<undefined>();
const reached = Promise.withResolvers<undefined>();
let commandId = '';
let keyId = '';
let endpointId = '';
let replayId = '';
let parkedAt = 0n;

beforeAll(async () => {
  temporal = await createTemporalFixture();
  fixture = await createProjectionFixture();
  config = testConfig(fixture.databaseUrl, { TEMPORAL_TASK_QUEUE: temporal.taskQueue });
  api = createTestApi(config);
  await post(api, '/wallets', { walletId: 'wallet-002', ownerId: 'owner-2' });
  for (const walletId of ['wallet-003', 'wallet-004', 'wallet-frozen'])
    await post(api, '/wallets', { walletId, ownerId: 'owner-1', initialBalance: '100.00' });
  await post(api, '/wallets/wallet-004/credit', { amount: '10.00' });
  await post(api, '/wallets', { walletId: 'wallet-closed', ownerId: 'owner-1' });
  await post(api, '/wallets', { walletId: 'wallet-eur', ownerId: 'owner-3', currency: 'EUR' });
  const { pool } = fixture;
  const real = createLedgerRebuildActivities({
    pool,
    now: () => performance.now(),
    stopping: new AbortController().signal,
  });
  const running = await temporal.createWorker({
    ...real,
    fillLedgerRebuild: async (target) => {
      reached.resolve(undefined);
      await gate.promise;
      return real.fillLedgerRebuild(target);
    },
  });
  const ended = running.run();
  worker = {
    end: async () => {
      running.shutdown();
      await ended;
    },
  };
});
afterAll(async () => {
  gate.resolve(undefined);
  await worker.end();
  await Promise.all(
    ['drain-read-model', 'drain-ledger', 'drain-webhooks', 'retry-stale-events', 'prune-outbox'].map((name) =>
      temporal.client.schedule.getHandle(`${config.SCHEDULE_ID_PREFIX}${name}`).delete(),
    ),
  );
  await api.close();
  await fixture.close();
  await temporal.close();
});

const operationExamples = Object.fromEntries(operations.map(({ id, example }) => [id, example])) as Readonly<
  Record<OperationId, OperationExample>
>;

/** Prepares the state that an operation's example needs. */
const before: Partial<Record<OperationId, () => Promise<void>>> = {
  listLedgerEntries: async () => {
    await drainAll(fixture.pool, fixture.ledger);
  },
  listProjections: async () => {
    // No worker may serve the schedules, because this file's worker has no drain.
    const elsewhere = { TEMPORAL_TASK_QUEUE: `${temporal.taskQueue}-nobody`, PROJECTORS_AUTO_START: false };
    await ensureSchedules(temporal.client, { ...config, ...elsewhere });
  },
  listFailures: async () => {
    parkedAt = await appendRows(fixture.pool, [unknownEvent('wallet-parked', 1)]);
    await drainAll(fixture.pool, fixture.ledger);
  },
  dismissHealth: async () => {
    const { condition, occurrence, reason } = dismissHealth.example.body;
    await fixture.pool.query(
      `insert into health_dismissals (condition, occurrence, reason, request_id) values ($1, $2, $3, 'before')`,
      [condition, occurrence, reason],
    );
  },
  listWebhookDeliveries: async () => {
    await fixture.pool.query(
      `insert into webhook_deliveries (
              endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, attempts, next_attempt_at,
              last_status, last_reason, last_ms)
       values ($1, 2, 0, 'wallet-001', 2, 'wallet.credited.v1', true, 1, now(), 500, 'status', 42)`,
      [endpointId],
    );
  },
  listRecoveries: async () => {
    await reached.promise;
    await eventually(async () => (await play('listRecoveries')).text.includes('rebuildLedger'));
  },
};

interface Played {
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
  readonly headers: Headers;
}

const paramsHere = (params: Readonly<Record<string, string>> = {}) => ({
  ...params,
  ...(params.commandId && { commandId }),
  ...(params.keyId && { keyId }),
  ...(params.endpointId && { endpointId }),
  ...(params.replayId && { replayId }),
  ...(params.position && { position: String(parkedAt) }),
  ...(params.workflowId && { workflowId: `${config.SCHEDULE_ID_PREFIX}${params.workflowId}` }),
});

async function play(id: OperationId, changed: Partial<OperationExample> = {}, on = api): Promise<Played> {
  const example: OperationExample = { ...operationExamples[id], ...changed };
  const { method = '', path = '' } = locations.get(id) ?? {};
  const params: Readonly<Record<string, string>> = changed.params ?? paramsHere(example.params);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
  const query = new URLSearchParams(example.query).toString();
  const { body } = example;
  const response = await on.app.request(query === '' ? filled : `${filled}?${query}`, {
    method: method.toUpperCase(),
    headers: {
      'x-request-id': exampleRequestId,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...example.headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const mediaType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  return { status: response.status, mediaType, text: await response.text(), headers: response.headers };
}

/**
 * Repeats a call whose answer lacks the progress: this process also runs the worker, which may be too busy.
 */
const playWithProgress = (id: OperationId): Promise<Played> =>
  eventually(async () => {
    const played = await play(id);
    return !played.text.includes('"progress":null') && played;
  });

const parsed = ({ mediaType, text }: Played): unknown =>
  mediaType.endsWith('json') ? (JSON.parse(text) as unknown) : text;

/** The members of a value and the type of each. A list is represented by its first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      /^(parts|secondsLeft|commit)$/.test(key) ? key : shapeOf(one),
    ]),
  );
}

describe('the example of', () => {
  it.each(Object.keys(operationExamples) as OperationId[])('%s is what the API answers', async (id) => {
    await before[id]?.();
    const played = await playWithProgress(id);
    if (id === 'creditWallet') commandId = played.headers.get('command-id') ?? '';
    const body = parsed(played);
    if (id === 'createWebhookEndpoint') endpointId = (body as { readonly id: string }).id;
    if (id === 'replayWebhookEvents') replayId = (body as { readonly id: string }).id;
    if (id === 'createKey') keyId = (body as { readonly id: string }).id;
    const [status = ''] = Object.keys(describedOperation(id).responses).filter((code) => code < '300');
    expect(String(played.status), played.text).toBe(status);
    expectDescribed(id, played.status, played.mediaType, body);
    const { answer } = operationExamples[id];
    expectDescribed(id, played.status, played.mediaType, answer);
    if (
      ![
        'listProjections',
        'getOutbox',
        'getArchive',
        'listParts',
        'getReadiness',
        'getTrialBalance',
      ].includes(id)
    )
      expect(shapeOf(body)).toEqual(shapeOf(answer));
    if (id === 'cancelRecovery') gate.resolve(undefined);
    if (id === 'pauseRecovery') runningProblem = await playWithProgress('startRecovery');
  });
});

/** The problem that occurred while the story's recovery ran. */
let runningProblem: Played;

/** A start under an id that a run on a queue without workers holds. */
async function heldId(): Promise<Played> {
  const workflowId = `${config.SCHEDULE_ID_PREFIX}verify-projections`;
  const taskQueue = `${temporal.taskQueue}-nobody`;
  const holder = await temporal.client.workflow.start('verifyProjection', { workflowId, taskQueue });
  const played = await play('startRecovery', { params: { type: 'verifyProjections' } });
  await holder.terminate();
  return played;
}

async function unavailable(reason: UnavailableReason): Promise<Played> {
  const submit = () => Promise.resolve({ kind: 'unavailable', reason } as const);
  const other = createTestApi(config, {}, { submit });
  const played = await play('creditWallet', { headers: {} }, other);
  await other.close();
  return played;
}

async function onOther(more: Readonly<Record<string, string>>, ask: (other: TestApi) => Promise<Played>) {
  const other = createTestApi({ ...testConfig(fixture.databaseUrl, more) });
  try {
    return await ask(other);
  } finally {
    await other.close();
  }
}

/** The answer to a debit by this caller. */
async function onCaller(caller: Caller | undefined): Promise<Played> {
  const other = createTestApi(config, {}, { authenticate: () => caller });
  const played = await play('debitWallet', {}, other);
  await other.close();
  return played;
}

async function ofSuspended(): Promise<Played> {
  const suspensions = { isSuspended: () => true, refresh: () => Promise.resolve() };
  const authenticate = () => ({ ...localCaller, operator: false, tenant: 'acme' });
  const other = createTestApi(config, {}, { authenticate, suspensions });
  const played = await play('debitWallet', {}, other);
  await other.close();
  return played;
}

async function atFirstLevel(ask: () => Promise<Played>): Promise<Played> {
  await changeLog(fixture.pool, 'update log_head set level = 1');
  const played = await ask();
  await changeLog(fixture.pool, 'update log_head set level = $1', [levelMax]);
  return played;
}

/** The answer to these bytes over a real socket. */
async function overSocket(bytes: string, limits: Partial<typeof config> = {}): Promise<Played> {
  const { server } = await startHttpServer(api.app.fetch, { ...config, ...limits });
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.write(bytes);
  await once(socket, 'close');
  server.close();
  const [head = '', text = ''] = answer.split('\r\n\r\n');
  const status = Number(head.split(' ')[1]);
  return { status, mediaType: 'application/problem+json', text, headers: new Headers() };
}

const servedWebhooks: ServedWebhooks = {
  box: createSecretBox({ WEBHOOK_SECRETS_KEY: [Buffer.alloc(32, 'key')] }),
  guard: createAddressGuard(testConfig('')),
  deliver: () => Promise.resolve({ outcome: 'delivered', status: 200, reason: null, ms: 1 }),
  endpointsPerTenantMax: 100,
};

async function withWebhooks(
  replaced: Partial<ServedWebhooks>,
  ask: (other: TestApi) => Promise<Played>,
): Promise<Played> {
  const other = createTestApi(config, {}, { webhooks: { ...servedWebhooks, ...replaced } });
  try {
    return await ask(other);
  } finally {
    await other.close();
  }
}

const makeEndpoint = (on: TestApi) => play('createWebhookEndpoint', { headers: {} }, on);
const replayOf = (id: string, key: string) =>
  play('replayWebhookEvents', { params: { endpointId: id }, headers: { 'idempotency-key': key } });

/** Tests of an endpoint until one is refused. The others wait for their receiver until then. */
async function tooManyTests(): Promise<Played> {
  const answer = Promise.withResolvers<undefined>();
  const deliver: ServedWebhooks['deliver'] = async () => {
    await answer.promise;
    return { outcome: 'failed', status: null, reason: 'timeout', ms: 1 };
  };
  return withWebhooks({ deliver }, async (other) => {
    const { id } = JSON.parse((await makeEndpoint(other)).text) as { readonly id: string };
    const tests = Array.from({ length: 5 }, () =>
      play('testWebhookEndpoint', { params: { endpointId: id } }, other),
    );
    const refused = await Promise.any(
      tests.map(async (test) => {
        const played = await test;
        if (played.status === 200) throw new Error('it was not refused');
        return played;
      }),
    );
    answer.resolve(undefined);
    await Promise.all(tests);
    return refused;
  });
}

const credit = (body: object | string, headers: Readonly<Record<string, string>> = {}) =>
  play('creditWallet', { body: body as object, headers });
const transfer = (toWalletId: string) =>
  play('transferFunds', { body: { toWalletId, amount: 1 }, headers: {} });

const ask = (
  id: OperationId,
  walletId: string,
  body: object,
  params: Readonly<Record<string, string>> = {},
) => play(id, { params: { walletId, ...params }, body, headers: {} });

type Provocation = readonly [OperationId | undefined, () => Promise<Played>];
const provocations: Readonly<Record<ProblemCode, Provocation>> = {
  HOST_NOT_SERVED: ['getLiveness', () => overSocket('GET /livez HTTP/1.1\r\nhost: page.example\r\n\r\n')],
  MALFORMED_REQUEST: ['getLiveness', () => overSocket('NONSENSE\r\n\r\n')],
  REQUEST_TIMEOUT: [
    'getLiveness',
    () => overSocket('GET /livez HTTP/1.1\r\nhost: localhost\r\n', { REQUEST_TIMEOUT_MS: 1_000 }),
  ],
  HEADERS_TOO_LARGE: [
    'getLiveness',
    () => overSocket(`GET /livez HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`),
  ],
  UNAUTHENTICATED: ['debitWallet', () => onCaller(undefined)],
  FORBIDDEN: ['debitWallet', () => onCaller({ ...localCaller, scopes: new Set() })],
  TENANT_SUSPENDED: ['debitWallet', () => ofSuspended()],
  TENANT_NOT_FOUND: ['getTenant', () => play('getTenant', { params: { tenantId: 'no-bank' } })],
  TENANT_ALREADY_EXISTS: ['createTenant', () => play('createTenant')],
  TENANTS_NOT_READY: ['createTenant', () => atFirstLevel(() => play('createTenant'))],
  MALFORMED_JSON: ['creditWallet', () => credit('{"amount": 100')],
  VALIDATION_FAILED: ['creditWallet', () => credit({ amount: 1, ownerId: 'owner-1' })],
  AMOUNT_INVALID: ['creditWallet', () => credit({ amount: '1e3' })],
  WALLET_NOT_FOUND: ['getWallet', () => play('getWallet', { params: { walletId: 'wallet-404' } })],
  WALLET_NOT_YET_CREATED: [
    'getBalanceAt',
    () => play('getBalanceAt', { query: { at: '2020-01-01T00:00:00Z' } }),
  ],
  MOVEMENT_NOT_FOUND: [
    'getMovement',
    () => play('getMovement', { params: { movementId: 'wallet-001@999' } }),
  ],
  FAILURE_NOT_FOUND: [
    'retryFailure',
    () => play('retryFailure', { params: { projection: 'ledger', position: '999999' } }),
  ],
  FAILURE_RESOLVED: ['retryFailure', () => play('retryFailure')],
  SCHEDULE_NOT_FOUND: [
    'pauseProjection',
    () => onOther({}, (other) => play('pauseProjection', { params: { projection: 'read-model' } }, other)),
  ],
  OCCURRENCE_NOT_FOUND: [
    'dismissHealth',
    () => play('dismissHealth', { body: { ...dismissHealth.example.body, occurrence: 'another-run' } }),
  ],
  CONDITION_NOT_DISMISSIBLE: [
    'dismissHealth',
    () => play('dismissHealth', { body: { ...dismissHealth.example.body, condition: 'worker-away' } }),
  ],
  RECOVERY_NOT_FOUND: ['getRecovery', () => play('getRecovery', { params: { workflowId: 'rebuild-404' } })],
  RECOVERY_RUNNING: ['startRecovery', () => Promise.resolve(runningProblem)],
  RECOVERY_ID_HELD: ['startRecovery', () => heldId()],
  RECOVERY_ENDED: [
    'pauseRecovery',
    () =>
      eventually(async () => {
        const played = await play('pauseRecovery');
        return played.status === 409 && played;
      }),
  ],
  KEY_NOT_FOUND: ['getKey', () => play('getKey', { params: { keyId: '0DkB3tWcJ9sLmB' } })],
  KEY_ENDED: ['rotateKey', () => play('rotateKey')],
  KEY_PEPPER_MISSING: [
    'createKey',
    async () => {
      const other = createTestApi(config, {}, { issueKey: undefined });
      const played = await play('createKey', {}, other);
      await other.close();
      return played;
    },
  ],
  WEBHOOK_ENDPOINT_NOT_FOUND: [
    'getWebhookEndpoint',
    () => play('getWebhookEndpoint', { params: { endpointId: `whe_${'f'.repeat(24)}` } }),
  ],
  WEBHOOK_REPLAY_NOT_FOUND: [
    'getWebhookReplay',
    async () => {
      const made = JSON.parse((await makeEndpoint(api)).text) as { readonly id: string };
      return play('getWebhookReplay', {
        params: { endpointId: made.id, replayId: `whr_${'f'.repeat(24)}` },
      });
    },
  ],
  WEBHOOK_KEY_MISSING: ['createWebhookEndpoint', () => withWebhooks({ box: undefined }, makeEndpoint)],
  TOO_MANY_WEBHOOK_ENDPOINTS: [
    'createWebhookEndpoint',
    () => withWebhooks({ endpointsPerTenantMax: 0 }, makeEndpoint),
  ],
  TOO_MANY_REPLAYS: [
    'replayWebhookEvents',
    async () => {
      const made = JSON.parse((await makeEndpoint(api)).text) as { readonly id: string };
      for (let replay = 0; replay < openReplaysMax; replay += 1) await replayOf(made.id, `replay-${replay}`);
      return replayOf(made.id, 'replay-last');
    },
  ],
  TOO_MANY_TESTS: ['testWebhookEndpoint', () => tooManyTests()],
  ROUTE_NOT_FOUND: [
    'getProblem',
    async () => {
      const response = await api.app.request('/purses', { headers: { 'x-request-id': exampleRequestId } });
      return problemOf(response);
    },
  ],
  METHOD_NOT_ALLOWED: [
    undefined,
    async () =>
      problemOf(
        await api.app.request('/wallets/wallet-001/credit', {
          headers: { 'x-request-id': exampleRequestId },
        }),
      ),
  ],
  WALLET_ALREADY_EXISTS: ['createWallet', () => play('createWallet', { headers: {} })],
  VERSION_MISMATCH: ['creditWallet', () => credit({ amount: 1 }, { 'if-match': '"1"' })],
  BODY_TOO_LARGE: ['creditWallet', () => credit({ amount: 1, description: 'x'.repeat(20_000) }, sized)],
  UNSUPPORTED_MEDIA_TYPE: ['creditWallet', () => credit('amount=1', { 'content-type': 'text/plain' })],
  CROSS_SITE_REFUSED: [
    'retryFailure',
    () => play('retryFailure', { headers: { 'sec-fetch-site': 'cross-site' } }),
  ],
  EXPIRY_INVALID: [
    'placeHold',
    () => ask('placeHold', 'wallet-003', { amount: '1.00', expiresAt: '2026-01-01T00:00:00Z' }),
  ],
  WALLET_CLOSED: ['creditWallet', () => ask('creditWallet', 'wallet-closed', { amount: '1.00' })],
  WALLET_FROZEN: [
    'debitWallet',
    async () => {
      await ask('freezeWallet', 'wallet-frozen', { scope: 'debits', reason: 'stolen card' });
      return ask('debitWallet', 'wallet-frozen', { amount: '1.00' });
    },
  ],
  WALLET_NOT_EMPTY: ['closeWallet', () => ask('closeWallet', 'wallet-001', { reason: 'asked' })],
  LIMIT_BELOW_USE: ['changeLimits', () => ask('changeLimits', 'wallet-001', { maximumBalance: '10.00' })],
  DETAILS_TOO_LARGE: [
    'changeDetails',
    () => {
      const keys = Array.from({ length: 51 }, (_, index) => [`k${index}`, 'x']);
      return ask('changeDetails', 'wallet-004', { metadata: Object.fromEntries(keys) as object });
    },
  ],
  HOLD_ALREADY_EXISTS: [
    'placeHold',
    () => ask('placeHold', 'wallet-003', { holdId: 'hold-1', amount: '1.00' }),
  ],
  HOLD_NOT_FOUND: [
    'getHold',
    () => play('getHold', { params: { walletId: 'wallet-003', holdId: 'hold-404' } }),
  ],
  HOLD_CLOSED: ['voidHold', () => ask('voidHold', 'wallet-003', {}, { holdId: 'hold-1' })],
  HOLD_EXPIRED: [
    'captureHold',
    async () => {
      await ask('placeHold', 'wallet-003', { holdId: 'hold-2', amount: '1.00', expiresInSeconds: 1 });
      return eventually(async () => {
        // An amount that no hold covers, so that nothing is captured before the hold ends.
        const played = await ask('captureHold', 'wallet-003', { amount: '2.00' }, { holdId: 'hold-2' });
        return played.text.includes('HOLD_EXPIRED') && played;
      });
    },
  ],
  HOLD_AMOUNT_EXCEEDED: [
    'captureHold',
    async () => {
      await ask('placeHold', 'wallet-004', { holdId: 'hold-3', amount: '30.00' });
      return ask('captureHold', 'wallet-004', { amount: '40.00' }, { holdId: 'hold-3' });
    },
  ],
  TOO_MANY_HOLDS: [
    'placeHold',
    async () => {
      await fixture.pool.query(`update wallets set open_holds = 1000 where id = 'wallet-004'`);
      return ask('placeHold', 'wallet-004', { amount: '1.00' });
    },
  ],
  TOO_MANY_CAPTURES: [
    'captureHold',
    async () => {
      const capture = { captureId: 'c', amountMinor: '1', version: 2, at: '2026-11-22T17:00:00.000Z' };
      await fixture.pool.query(
        `update holds set captures = $1::jsonb where wallet_id = 'wallet-004' and hold_id = 'hold-3'`,
        [JSON.stringify(Array.from({ length: 49 }, () => capture))],
      );
      const body = { amount: '1.00', final: false };
      return ask('captureHold', 'wallet-004', body, { holdId: 'hold-3' });
    },
  ],
  TOO_MANY_REVERSALS: [
    'reverseMovement',
    async () => {
      const by = { walletId: 'wallet-004', version: 3, amountMinor: '1', at: '2026-11-22T17:00:00.000Z' };
      await fixture.pool.query(
        `insert into reversals (wallet_id, version, amount_minor, reversed_minor, reversed_by)
         values ('wallet-004', 2, 1000, 99, $1::jsonb)`,
        [JSON.stringify(Array.from({ length: 99 }, () => by))],
      );
      const played = await ask('reverseMovement', 'wallet-004', { amount: '0.01' }, { version: '2' });
      await fixture.pool.query('delete from reversals');
      return played;
    },
  ],
  NOT_REVERSIBLE: ['reverseMovement', () => ask('reverseMovement', 'wallet-003', {}, { version: '1' })],
  ALREADY_REVERSED: [
    'reverseMovement',
    async () => {
      await ask('reverseMovement', 'wallet-004', {}, { version: '2' });
      return ask('reverseMovement', 'wallet-004', {}, { version: '2' });
    },
  ],
  REVERSAL_EXCEEDS_ORIGINAL: [
    'reverseMovement',
    async () => {
      const { text } = await ask('creditWallet', 'wallet-004', { amount: '25.50' });
      const { version } = JSON.parse(text) as { readonly version: number };
      return ask('reverseMovement', 'wallet-004', { amount: '30.00' }, { version: String(version) });
    },
  ],
  UPGRADE_UNFINISHED: ['creditWallet', () => unavailable('UPGRADE_UNFINISHED')],
  SAME_WALLET: ['transferFunds', () => transfer('wallet-001')],
  CURRENCY_MISMATCH: ['transferFunds', () => transfer('wallet-eur')],
  LIMIT_EXCEEDED: [
    'debitWallet',
    async () => {
      const wallet = { walletId: 'wallet-velocity', ownerId: 'owner-2', initialBalance: '100.00' };
      await play('createWallet', { body: wallet, headers: {} });
      const rule = { name: 'purchases', window: 'lifetime', direction: 'out', maxCount: 3 };
      await ask('changeVelocity', 'wallet-velocity', { rules: [rule] });
      for (const amount of ['1.00', '2.00', '3.00']) await ask('debitWallet', 'wallet-velocity', { amount });
      return ask('debitWallet', 'wallet-velocity', { amount: '1.00' });
    },
  ],
  INSUFFICIENT_FUNDS: ['debitWallet', () => play('debitWallet', { body: { amount: 5_000 } })],
  BALANCE_LIMIT_EXCEEDED: ['creditWallet', () => credit({ amount: '9999999999999999.99' })],
  IDEMPOTENCY_KEY_REUSED: [
    'creditWallet',
    () => credit({ amount: 1 }, { 'idempotency-key': 'create-wallet-001' }),
  ],
  EVENT_UNREADABLE: ['getBalanceAt', () => play('getBalanceAt', { params: { walletId: 'wallet-parked' } })],
  INTERNAL_ERROR: [
    'getReadiness',
    async () => {
      const broken = () => Promise.reject(new Error('a broken invariant'));
      const other = createTestApi(config, {}, { readiness: broken });
      const played = await play('getReadiness', {}, other);
      await other.close();
      return played;
    },
  ],
  RATE_LIMITED: [
    'getWallet',
    async () => {
      const other = createTestApi(config, {}, { rates: createTestRates({ read: 1 }).rates });
      await play('getWallet', {}, other);
      const played = await play('getWallet', {}, other);
      await other.close();
      return played;
    },
  ],
  ARCHIVED: [
    'getMovement',
    async () => {
      await api.pool.query(
        "insert into opening_wallets (wallet_id, version, position, events) values ('archived', 3, 0, 3)",
      );
      return play('getMovement', { params: { movementId: 'archived@2' } });
    },
  ],
  CURSOR_AHEAD: [
    'listEvents',
    () => {
      const filter = {
        tenant: '',
        types: undefined,
        walletId: undefined,
        ownerId: undefined,
        label: undefined,
      };
      const after = createFeedCursors(Buffer.alloc(32)).of(filter).write(1_000_000n);
      return play('listEvents', { query: { after } });
    },
  ],
  FEED_UNAVAILABLE: [
    'listEvents',
    async () => {
      const other = createTestApi(config, {}, {}, { tail: createQuietTail(() => true) });
      const played = await play('listEvents', { query: { after: 'latest', wait: '30' } }, other);
      await other.close();
      return played;
    },
  ],
  TOO_MANY_STREAMS: [
    'listEvents',
    async () =>
      onOther({ EVENT_READERS_PER_CALLER_MAX: '2' }, async (other) => {
        const open = () => other.app.request('/events', { headers: { accept: 'text/event-stream' } });
        const streams = [await open(), await open()];
        const played = await play('listEvents', { query: { after: 'latest', wait: '30' } }, other);
        for (const { body } of streams) await body?.cancel();
        return played;
      }),
  ],
  TOO_MANY_READS: [
    'getWallet',
    async () => {
      const reads = Array.from({ length: config.READS_IN_FLIGHT_MAX + 1 }, () => play('getWallet'));
      // The last 503: a database that was too slow may have refused an earlier one.
      const refused = (await Promise.all(reads)).findLast(({ status }) => status === 503);
      if (refused === undefined) throw new Error('every read was answered');
      return refused;
    },
  ],
  QUEUE_FULL: [
    'creditWallet',
    async () => {
      const other = createTestApi(config, {}, { refuses: () => 'QUEUE_FULL' });
      const played = await play('creditWallet', {}, other);
      await other.close();
      return played;
    },
  ],
  QUEUE_TIMEOUT: ['creditWallet', () => unavailable('QUEUE_TIMEOUT')],
  WALLET_BUSY: ['creditWallet', () => unavailable('WALLET_BUSY')],
  OUTCOME_UNKNOWN: ['creditWallet', () => unavailable('OUTCOME_UNKNOWN')],
  SHUTTING_DOWN: [
    'creditWallet',
    () =>
      onOther({}, async (other) => {
        await other.commands.close();
        return play('creditWallet', {}, other);
      }),
  ],
  DATABASE_UNAVAILABLE: [
    'creditWallet',
    () =>
      onOther({ DATABASE_URL: 'postgres://wallet:wallet@127.0.0.1:1/wallet' }, (other) =>
        play('creditWallet', { headers: {} }, other),
      ),
  ],
  SEARCH_UNAVAILABLE: [
    'listWallets',
    async () => {
      const other = createTestApi(config, {}, { readModelAccess: { ask: () => Promise.resolve(undefined) } });
      const played = await play('listWallets', { query: { status: 'frozen' } }, other);
      await other.close();
      return played;
    },
  ],
  TEMPORAL_UNAVAILABLE: [
    'listRecoveries',
    () => onOther({ TEMPORAL_ADDRESS: '127.0.0.1:1' }, (other) => play('listRecoveries', {}, other)),
  ],
};
const sized = { 'content-length': '20030' };

async function problemOf(response: Response): Promise<Played> {
  const { status, headers } = response;
  return { status, mediaType: 'application/problem+json', text: await response.text(), headers };
}

/** The problem without the values that differ from one run to the next. */
function settled(text: string): unknown {
  return JSON.parse(
    text
      .replaceAll(config.SCHEDULE_ID_PREFIX, '')
      .replaceAll(`${config.TEMPORAL_TASK_QUEUE}-nobody`, 'walet')
      .replaceAll(config.TEMPORAL_TASK_QUEUE, 'wallet')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://ui')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'an id')
      .replaceAll(/20(?!20)\d\d-\d\d-\d\dT[\d:.]+Z/g, 'a time')
      .replaceAll(/(?<=Key )[0-9A-Za-z]{14}/g, 'of it')
      .replaceAll(/"progress":\{[^}]*\}/g, '"progress":"how far it is"'),
  ) as unknown;
}

describe('the example of the refusal', () => {
  it.each(Object.keys(provocations) as ProblemCode[])('%s is what the API answers', async (code) => {
    const [id, provoke] = provocations[code];
    const played = await provoke();
    expect(settled(played.text)).toEqual(settled(JSON.stringify(problemExample(code))));
    expect(played.status).toBe(problemKinds[code].status);
    expect(Object.keys(JSON.parse(played.text) as object)).toEqual(
      expect.arrayContaining([
        ...((problemMembers as Partial<Record<ProblemCode, readonly string[]>>)[code] ?? []),
      ]),
    );
    if (id === undefined) return;
    expectDescribed(id, played.status, played.mediaType, JSON.parse(played.text));
    const content = describedOperation(id).responses[String(played.status)]?.content;
    expect(Object.keys(content?.['application/problem+json']?.examples ?? {})).toContain(code);
  });
});

describe('the document', () => {
  it('has every route of the application, and no other', () => {
    const formerPaths = new Set<string>(
      operations.flatMap((operation) => ('formerPath' in operation ? [operation.formerPath] : [])),
    );
    // Pages and streams for browsers.
    const pages = /^\/(openapi\.json|docs|console)|\/stream$/;
    const routes = api.app.routes
      // A handler that takes `next` is middleware and answers nothing by itself.
      .filter(({ handler }) => handler.length < 2)
      .filter(({ path }) => !pages.test(path) && !formerPaths.has(path.replaceAll(/:(\w+)/g, '{$1}')))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const described = [...locations.values()].map(
      ({ method, path }) => `${method} ${path.replace(/^\/v1\//, '/')}`,
    );
    expect(described.sort()).toEqual([...new Set(routes)].sort());
    expect(document.openapi).toBe('3.1.0');
  });

  it('has what linters of OpenAPI ask for', () => {
    const all = Object.entries(document.paths);
    const templates = all.map(([path]) => path.replaceAll(/\{\w+\}/g, '{}'));
    expect(templates).toEqual([...new Set(templates)]);
    expect(document).toMatchObject({ security: [], info: { contact: {}, license: {} } });
    for (const described of all.flatMap(([, methods]) => Object.values(methods)))
      expect(described).toMatchObject({ description: expect.stringMatching(/\S/) as unknown });
  });

  it('is shown at /docs without any other host', async () => {
    const response = await api.app.request('/docs');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    const page = await response.text();
    expect(page).not.toMatch(/https?:\/\//);
    const parts = [...page.matchAll(/(?:src|href|spec-url)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(parts).toContain('/docs/viewer.js');
    for (const part of parts) expect((await api.app.request(part)).status, part).toBe(200);
  });
});

// Sends random bad input to every route of the application. Each answer must be a problem document that the
// OpenAPI document describes, and never a failure of the API. A refused request writes nothing and logs
// nothing. BAD_INPUT_SEED and BAD_INPUT_PATH repeat a failure.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemKinds, problemType, type ProblemCode } from '../../src/api/http/problems.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createTestApi, post, type TestApi, testConfig } from '../support/api.ts';
import {
  badInputRuns,
  type BadRequest,
  badRequests,
  knownWallets,
  oddMethods,
  secret,
  strayPaths,
} from '../support/badInput.ts';
import { createTestDatabase } from '../support/database.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { describedOperation, expectDescribed, locations } from '../support/openApi.ts';

const runsOfRoute = 50;
/** A slower answer counts as missing. The slowest one waits three seconds for Temporal. */
const answerMaxMs = 10_000;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let temporal: TemporalFixture;
let api: TestApi;
/** Ends the worker. */
const ended = Promise.withResolvers<undefined>();
let working: Promise<unknown>;
const logged: string[] = [];
const met = new Map<string, number>();

beforeAll(async () => {
  database = await createTestDatabase();
  temporal = await createTemporalFixture();
  // Some of the requests start a recovery. Each further start asks the run how far it is. Without a worker to
  // answer, it would wait for two seconds.
  const worker = await temporal.createWorker({});
  working = worker.runUntil(ended.promise);
  const log = createLog('debug', 'server', { write: (line) => logged.push(line) });
  const config = testConfig(database.url, {
    READ_MIN_VERSION_WAIT_MS: '20',
    TEMPORAL_TASK_QUEUE: temporal.taskQueue,
  });
  api = createTestApi(config, {}, { log });
  for (const walletId of knownWallets) {
    const created = await post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: 1_000 });
    expect(created.status).toBe(201);
  }
});
afterAll(async () => {
  await api.close();
  ended.resolve(undefined);
  await working;
  await temporal.close();
  await database.drop();
});

interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
  readonly requestId: string | null;
}

async function ask(method: string, { path, headers, body }: BadRequest): Promise<Answer> {
  const request = new Request(`http://localhost${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`no answer to ${method} ${path}`));
  }, answerMaxMs);
  try {
    const response = await Promise.race([api.app.fetch(request), late.promise]);
    const mediaType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    // A stream never ends by itself.
    const isStream = mediaType === 'text/event-stream';
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    return { status: response.status, mediaType, text, requestId: response.headers.get('x-request-id') };
  } finally {
    clearTimeout(timer);
  }
}

async function rowsOf(): Promise<{ events: number; records: number }> {
  const { rows } = await api.pool.query<{ events: number; records: number }>(
    `select (select count(*) from events)::int as events,
            (select count(*) from idempotency_keys)::int as records`,
  );
  return rows[0] ?? { events: NaN, records: NaN };
}

/** A rejection by the domain is kept under its key, so that it stays. These problems are not rejections. */
const leaveNoRecord: readonly number[] = [400, 403, 405, 412, 413, 415];

function expectProblem({ status, mediaType, text, requestId }: Answer): ProblemCode {
  expect(mediaType).toBe('application/problem+json');
  const problem = JSON.parse(text) as { readonly code: ProblemCode; readonly detail: string };
  const kind = problemKinds[problem.code];
  expect(problem).toMatchObject({ type: problemType(problem.code), title: kind.title, status, requestId });
  expect(kind.status).toBe(status);
  expect(problem.detail).not.toBe('');
  expect(text.length, 'a refusal is short').toBeLessThan(20_000);
  return problem.code;
}

/** False if an odd segment, such as a dot or a slash, leads the path to another route. */
function meansOperation(id: string, path: string): boolean {
  const wanted = locations.get(id)?.path.split('/') ?? [];
  const given = new URL(path, 'http://localhost').pathname.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === given[index] || (part.startsWith('{') && given[index] !== ''))
  );
}

/** Holds for every answer to any request. */
async function expectSound(method: string, request: BadRequest, operationId?: string): Promise<void> {
  const before = await rowsOf();
  logged.length = 0;
  const answer = await ask(method, request);
  const { status, mediaType, text } = answer;
  expect(text).not.toContain(secret);
  expect(
    logged.filter((line) => /"stack"|"level":"(warn|error|fatal)"/.test(line) || line.includes(secret)),
  ).toEqual([]);
  if (status >= 400) {
    if (status !== 503) expect(status, text).toBeLessThan(500);
    const after = await rowsOf();
    expect(after.events).toBe(before.events);
    if (leaveNoRecord.includes(status)) expect(after.records).toBe(before.records);
  }
  // An answer to HEAD has no body to check.
  if (method === 'HEAD') return;
  if (status === 304) {
    expect([method, text, 'if-none-match' in request.headers]).toEqual(['GET', '', true]);
    if (operationId !== undefined) expect(describedOperation(operationId).responses).toHaveProperty('304');
    return;
  }
  const code = status >= 400 ? expectProblem(answer) : undefined;
  met.set(code ?? String(status), (met.get(code ?? String(status)) ?? 0) + 1);
  if (operationId === undefined || !meansOperation(operationId, request.path)) return;
  expectDescribed(operationId, status, mediaType, mediaType.endsWith('json') ? JSON.parse(text) : text);
  if (code === undefined) return;
  const content = describedOperation(operationId).responses[String(status)]?.content[mediaType];
  expect(Object.keys(content?.examples ?? {}), `${operationId} documents ${code}`).toContain(code);
}

/** Read from the application, so that a new route cannot be forgotten. */
function routesOf(): readonly (readonly [string, string])[] {
  const bare = createTestApi(testConfig('postgres://nobody@127.0.0.1:1/none'));
  void bare.close();
  // A handler that takes `next` is middleware.
  const routes = bare.app.routes.filter(({ handler, path }) => handler.length < 2 && !path.includes('*'));
  return [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].map((route) => {
    const [method = '', path = ''] = route.split(' ');
    return [method, path] as const;
  });
}

const operationOf = new Map(
  [...locations].map(([id, { method, path }]) => [
    `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    id,
  ]),
);

describe('random input to', () => {
  it.each(routesOf())('%s %s is answered soundly', async (method, path) => {
    const id = operationOf.get(`${method} ${path}`);
    const property = fc.asyncProperty(badRequests(method, path), (request) =>
      expectSound(method, request, id),
    );
    await fc.assert(property, badInputRuns(runsOfRoute));
  });

  it('paths that no route has, by any method, is answered soundly', async () => {
    const property = fc.asyncProperty(oddMethods, strayPaths, (method, path) =>
      expectSound(method, { path, headers: { authorization: secret }, body: undefined }),
    );
    await fc.assert(property, badInputRuns(300));
  });

  it('provokes the refusals that are usual for bad input', () => {
    const wanted: readonly ProblemCode[] = [
      ...(['MALFORMED_JSON', 'VALIDATION_FAILED', 'UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE'] as const),
      ...(['CROSS_SITE_REFUSED', 'ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED'] as const),
      ...(['WALLET_NOT_FOUND', 'RECOVERY_NOT_FOUND', 'FAILURE_NOT_FOUND'] as const),
    ];
    expect(
      wanted.filter((code) => !met.has(code)),
      JSON.stringify([...met]),
    ).toEqual([]);
  });
});

// The audit log: what leaves a row in it, what a row holds, and how it is read.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, localCaller } from '../../src/access/caller.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { createTenant } from '../../src/access/tenants.ts';
import { createRefusalCounts, type RefusalCounts } from '../../src/audit/countRefusals.ts';
import { type AuditLog, createAuditLog } from '../../src/audit/auditLog.ts';
import { examinedMax } from '../../src/audit/readAudit.ts';
import type { Operation } from '../../src/api/openApi/operation.ts';
import { operations } from '../../src/api/operations.ts';
import type { Recoveries } from '../../src/temporal/recoveries.ts';
import { TemporalUnavailableError } from '../../src/temporal/temporalUnavailable.ts';
import { createTestApi, get, post, readAnswer, type TestApi, testConfig } from '../support/api.ts';
import { changeLog } from '../support/changeLog.ts';
import { createTestDatabase } from '../support/database.ts';

/** The operations that are audited, whoever sends them. */
const audited = (operations as readonly Operation[]).filter(
  ({ audited: declared }) => declared && declared.by === undefined,
);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let audit: AuditLog;
let refusals: RefusalCounts;
let caller: Caller | undefined;
/** What the routes asked of Temporal, which never answers here. */
const steered: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const refusing = (name: string) => () => {
    steered.push(name);
    return Promise.reject(new TemporalUnavailableError('Temporal does not answer.'));
  };
  const recoveries = new Proxy({} as Recoveries, { get: (_, name) => refusing(String(name)) });
  const later: AuditLog = {
    begin: (request) => audit.begin(request),
    end: (id, outcome) => audit.end(id, outcome),
    refused: (...refused) => audit.refused(...refused),
  };
  const counts: RefusalCounts = {
    add: (...refused) => {
      refusals.add(...refused);
    },
    flush: () => refusals.flush(),
  };
  api = createTestApi(
    testConfig(database.url),
    {},
    {
      ...{ recoveries, audit: later, refusals: counts },
      authenticate: () => caller,
    },
  );
});
afterAll(async () => {
  await api.close();
  await database.drop();
});
beforeEach(async () => {
  steered.length = 0;
  caller = localCaller;
  audit = createAuditLog(api.pool);
  refusals = createRefusalCounts({
    refused: audit.refused,
    onFailure: (error) => {
      throw error;
    },
  });
  await changeLog(api.pool, 'delete from audit_outcomes; delete from audit_log');
});

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly operation: string;
  readonly target: string;
  readonly tenant: string | null;
  readonly requests: number;
  readonly outcome: { readonly status: number; readonly code: string | null } | null;
}

async function entries(query = ''): Promise<Entry[]> {
  const { status, body } = await get(api, `/audit?limit=100${query}`);
  expect(status).toBe(200);
  return body.entries as Entry[];
}

const pathOf = ({ path, example }: Operation) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => example.params?.[name] ?? name);
async function ask(operation: Operation, headers: Readonly<Record<string, string>> = {}) {
  const { method, example } = operation;
  const body = example.body === undefined ? '' : JSON.stringify(example.body);
  return readAnswer(
    await api.app.request(pathOf(operation), {
      method: method.toUpperCase(),
      headers: { 'content-type': 'application/json', ...headers },
      body,
    }),
  );
}

const pause = '/admin/projections/ledger/pause';

it('every change under /admin is audited', () => {
  const changes = (operations as readonly Operation[]).filter(
    ({ path, method }) => method !== 'get' && !path.startsWith('/wallets'),
  );
  expect(changes.filter((operation) => !operation.audited).map(({ id }) => id)).toEqual([]);
  expect(audited.length).toBeGreaterThan(8);
});

describe.each(audited.map((operation) => [operation.id, operation] as const))('%s', (id, operation) => {
  it('leaves a row with who, what, why and the outcome that the caller got', async () => {
    const { status, body } = await ask(operation, { 'x-request-id': `audit-${id}` });
    const { reason } = operation.audited as { readonly reason?: string };
    const given = operation.example.body as Readonly<Record<string, string>> | undefined;
    expect(await entries()).toEqual([
      {
        id: expect.stringMatching(/^\d+$/) as string,
        at: expect.any(String) as string,
        actor: 'local',
        tenant: '',
        address: 'unknown',
        operation: id,
        target: expect.stringMatching(/./) as string,
        reason: (reason === undefined ? undefined : given?.[reason]) ?? null,
        requestId: `audit-${id}`,
        requests: 1,
        outcome: { at: expect.any(String) as string, status, code: body.code ?? null },
      },
    ]);
  });

  it('does nothing if its row can not be written', async () => {
    audit = { ...audit, begin: () => Promise.reject(new Error('Connection terminated')) };
    expect(await ask(operation)).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    expect(steered).toEqual([]);
    expect(await entries()).toEqual([]);
  });
});

it('a hold that a program places leaves no row', async () => {
  const ofPeople = (operations as readonly Operation[]).filter(
    ({ audited: declared }) => declared && declared.by === 'people',
  );
  expect(ofPeople.map(({ id }) => id)).toEqual(['placeHold', 'adjustHold', 'captureHold']);
  for (const operation of ofPeople) await ask(operation);
  expect(await entries()).toEqual([]);
});

// Pages of allowed origins may use the routes of wallets.
const ofOperators = audited.filter(({ path }) => !path.startsWith('/wallets'));

describe.each(ofOperators.map((operation) => [operation.id, operation] as const))('%s', (id, operation) => {
  it('is refused with a row before its route, and further refusals are counted', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site' };
    for (let requests = 0; requests < 20; requests += 1)
      expect(await ask(operation, foreign)).toMatchObject({ status: 403 });
    const refused = { operation: id, outcome: { status: 403, code: 'CROSS_SITE_REFUSED' } };
    await refusals.flush();
    expect(await entries()).toMatchObject([
      { ...refused, requests: 19 },
      { ...refused, requests: 1 },
    ]);
    await refusals.flush();
    expect(await entries()).toHaveLength(2);
  });
});

describe('a refusal by access', () => {
  const asked = async (by: Caller | undefined) => {
    caller = by;
    for (let requests = 0; requests < 10; requests += 1) await post(api, pause, '');
    await get(api, '/admin/projections');
    await refusals.flush();
    caller = localCaller;
    return entries();
  };

  it('of callers whom nobody knows is counted, and only where a change was asked for', async () => {
    const refused = { actor: null, tenant: null, outcome: { status: 401, code: 'UNAUTHENTICATED' } };
    expect(await asked(undefined)).toMatchObject([
      { ...refused, requests: 9 },
      { ...refused, requests: 1 },
    ]);
  });

  it('of a caller without the scope names the caller', async () => {
    const theirs = { actor: 'key:7', operator: false, tenant: 'acme', scopes: new Set<Scope>() };
    const refused = { actor: 'key:7', tenant: 'acme', outcome: { status: 403, code: 'FORBIDDEN' } };
    expect(await asked({ ...localCaller, ...theirs })).toMatchObject([
      { ...refused, requests: 9 },
      { ...refused, requests: 1 },
    ]);
  });
});

describe('a row', () => {
  it('names what the body names, and nothing that the operation does not declare', async () => {
    await post(api, '/admin/recovery/verifyProjections/start', { repair: true, secret: 'hunter2' });
    const { text } = await get(api, '/audit');
    expect(JSON.parse(text)).toMatchObject({
      entries: [{ target: 'verifyProjections repair=true', outcome: { status: 400 } }],
    });
    expect(text).not.toContain('hunter2');
  });

  it('is there for a body that is no JSON, and for a reason that is too long', async () => {
    await post(api, pause, '{"note": ');
    await post(api, pause, { note: '🔒'.repeat(600) });
    await post(api, pause, '{"note": "a\\u0000b"}');
    const rows = await entries();
    expect(rows.map(({ outcome }) => outcome?.status)).toEqual([400, 400, 400]);
  });

  it('stands without an outcome if the process died before it wrote one', async () => {
    audit = { ...audit, end: () => Promise.reject(new Error('Connection terminated')) };
    expect((await post(api, pause, '')).body.code).toBe('TEMPORAL_UNAVAILABLE');
    expect(await entries()).toMatchObject([{ operation: 'pauseProjection', outcome: null }]);
  });

  it('is neither made for reads nor for commands of wallets', async () => {
    await post(api, '/wallets', { walletId: 'w-1', ownerId: 'o-1' });
    await get(api, '/admin/projections');
    expect(await entries()).toEqual([]);
  });
});

describe('the log', () => {
  const request = {
    ...{ actor: 'key:1', tenant: '', address: '192.0.2.1', operation: 'skipFailure' },
    ...{ target: 'ledger/1', reason: undefined, requestId: 'r-1' },
  };

  it('is filtered by each parameter, and a cursor stays with its filter', async () => {
    for (const actor of ['key:1', 'key:2'])
      for (const operation of ['skipFailure', 'retryFailure'])
        for (const target of ['ledger/1', 'ledger/1 repair=true', 'ledger/12'])
          await audit.begin({ ...request, actor, operation, target, requestId: `r-${actor}` });
    expect(await entries()).toHaveLength(12);
    expect(await entries('&actor=key:1')).toHaveLength(6);
    expect(await entries('&requestId=r-key:2')).toHaveLength(6);
    expect(await entries('&actor=key:1&operation=skipFailure')).toHaveLength(3);
    expect(await entries('&target=ledger/1')).toHaveLength(8);
    expect(await entries('&target=ledger/12')).toHaveLength(4);
    expect(await entries('&actor=nobody')).toEqual([]);
    const first = await get(api, '/audit?actor=key:1&limit=4');
    const cursor = String(first.body.nextCursor);
    const second = await get(api, `/audit?actor=key:1&limit=4&cursor=${cursor}`);
    expect([first.body.entries, second.body.entries]).toMatchObject([{ length: 4 }, { length: 2 }]);
    expect(second.body.nextCursor).toBeNull();
    expect(await get(api, `/audit?actor=key:2&cursor=${cursor}`)).toMatchObject({ status: 400 });
  });

  it('is bounded by time: from is included, and to is not', async () => {
    const times = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.002Z'];
    for (const at of [...times, times[1]])
      await api.pool.query(
        `insert into audit_log (at, address, operation, target, request_id) values ($1, '', 'a', '', 'r')`,
        [at],
      );
    const timesOf = async (query: string) => (await entries(query)).map(({ at }) => at);
    expect(await timesOf(`&from=${times[1]}`)).toEqual([times[2], times[1], times[1]]);
    expect(await timesOf(`&to=${times[1]}`)).toEqual([times[0]]);
    expect(await timesOf(`&from=${times[1]}&to=${times[2]}`)).toEqual([times[1], times[1]]);
    const first = await get(api, `/audit?to=${times[2]}&limit=1`);
    const rest = `/audit?to=${times[2]}&limit=9&cursor=${String(first.body.nextCursor)}`;
    expect((await get(api, rest)).body.entries).toMatchObject([{ at: times[1] }, { at: times[0] }]);
  });

  it('is read in bounded steps, and an empty page leads on to what fits', async () => {
    await audit.begin({ ...request, actor: 'key:rare' });
    await api.pool.query(
      `insert into audit_log (at, actor, address, operation, target, request_id)
       select clock_timestamp(), 'key:busy', '', 'a', '', 'r' from generate_series(1, $1::integer)`,
      [examinedMax],
    );
    const first = await get(api, '/audit?actor=key:rare');
    expect(first.body.entries).toEqual([]);
    const second = await get(api, `/audit?actor=key:rare&cursor=${String(first.body.nextCursor)}`);
    expect(second.body).toMatchObject({ entries: [{ actor: 'key:rare' }], nextCursor: null });
  });

  it('shows a tenant its own rows alone', async () => {
    await createTenant(api.pool, 'acme', 'Acme');
    for (const tenant of ['', 'acme', 'other', undefined]) await audit.begin({ ...request, tenant });
    const seenBy = async (by: Partial<Caller>) => {
      caller = { ...localCaller, ...by };
      return (await entries()).map(({ tenant }) => tenant);
    };
    expect(await seenBy({ operator: false, tenant: 'acme' })).toEqual(['acme']);
    expect(await seenBy({ operator: false })).toEqual(['']);
    expect(await seenBy({ tenant: 'acme' })).toEqual(['acme']);
    expect(await seenBy({})).toEqual([null, 'other', 'acme', '']);
  });
});

// Plays the same requests against two servers of the same application. One answers all of them through Hono
// and its adapter. The other one answers plain commands directly. Nobody may see a difference.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Caller, localCaller } from '../../../src/access/caller.ts';
import type { ApiDeps } from '../../../src/api/deps.ts';
import { authenticateBy } from '../../../src/api/http/authentication.ts';
import { createAddressOf } from '../../../src/api/http/clientAddress.ts';
import { createDirectWay } from '../../../src/api/http/directRoutes.ts';
import type { Submission, SubmissionResult } from '../../../src/commands/submission.ts';
import { readConfig } from '../../../src/config/config.ts';
import { ordinaryState } from '../../../src/domain/wallet.ts';
import { startHttpServer } from '../../../src/http/httpServer.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { bodiesOf } from '../../support/badBodies.ts';
import { createBareApi } from '../../support/bareApi.ts';
import { createTestRates } from '../../support/rates.ts';
import { createRawPlayer, type RawScript } from '../../support/rawExchange.ts';
import { rawRequest, rawScripts } from '../../support/rawScripts.ts';

interface Server {
  readonly play: (script: RawScript) => Promise<string>;
  /** What the application told its dependencies: metrics, log lines, refusals, commands. */
  readonly told: unknown[];
  /** Requests that were answered directly. */
  readonly direct: () => number;
  readonly stop: (closeCommands?: () => Promise<void>) => Promise<void>;
}

interface Line {
  readonly time: string;
  readonly err?: { readonly message: string };
  readonly level: string;
  readonly requestId?: string;
}

type Variant = (told: unknown[]) => Partial<ApiDeps>;

const wallet = (id: string) => ({
  ...{ id, ownerId: 'o', currency: 'USD', balanceMinor: 12_345n, version: 7 },
  ...{ createdAt: new Date(0), updatedAt: new Date(1), ...ordinaryState },
});

/** A result by the wallet's id. */
async function resultOf({ command }: Submission): Promise<SubmissionResult> {
  const { walletId, type } = command;
  const id = walletId.slice(walletId.indexOf('/') + 1);
  switch (id) {
    case 'reused':
      return { kind: 'keyReused' };
    case 'busy':
      return { kind: 'unavailable', reason: 'WALLET_BUSY' };
    case 'broken':
      throw new Error('a defect');
    case 'away':
      throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED', syscall: 'connect' });
    case 'slow':
      await new Promise(setImmediate);
  }
  const rejected = { version: 3, command: type, rejected: { code: 'WALLET_NOT_FOUND', facts: { walletId } } };
  const accepted = {
    ...{ version: 3, command: type, accepted: [wallet(walletId), wallet('w-2')], movementVersions: [7, 8] },
    facts: {},
  };
  const former = { former: { status: 200, headers: { etag: '"1"' }, body: '{"balance":1.00}' } };
  const outcome = id === 'poor' ? rejected : id === 'former' ? former : accepted;
  return { kind: 'answered', outcome, stored: true, replayed: id === 'again' } as unknown as SubmissionResult;
}

async function start(variant: Variant, isDirect: boolean, settings = {}): Promise<Server> {
  const told: unknown[] = [];
  let ids = 0;
  let taken = 0;
  const log = createLog('debug', 'server', {
    write: (line) => {
      const { time, err, ...rest } = JSON.parse(line) as Line;
      // Other lines come by the clock.
      if (rest.requestId === undefined) return;
      // Of many refusals in one second, those beyond a limit are lines for debugging.
      const level = rest.level === 'info' ? 'debug' : rest.level;
      told.push(['line', typeof time, err?.message, { ...rest, level }]);
    },
  });
  const { app } = createBareApi({
    log,
    newId: () => `id-${(ids += 1)}`,
    requestAnswered: (request) => told.push(['answered', request]),
    onUnavailable: (...refusal) => told.push(['unavailable', ...refusal]),
    recentVersions: { acknowledge: (...seen) => told.push(['acknowledged', ...seen]), versionOf: () => 0 },
    submit: (submission) => {
      const { requestHash, render, ...plain } = submission;
      told.push(['submitted', plain, { ...requestHash }, typeof render]);
      return resultOf(submission);
    },
    ...variant(told),
  });
  const way = createDirectWay(app, log);
  const routes: typeof way.routes = (exchange) => {
    const answer = way.routes(exchange);
    return answer && ((body) => ((taken += 1), answer(body)));
  };
  const config = readConfig({ PORT: '0', SHUTDOWN_NOTICE_MS: '0', REQUEST_TIMEOUT_MS: '60000', ...settings });
  const { server, stop } = await startHttpServer(
    app.fetch,
    config,
    isDirect ? { ...way, routes } : undefined,
  );
  return {
    play: createRawPlayer(server),
    told,
    direct: () => taken,
    stop: (closeCommands = () => Promise.resolve()) => stop(closeCommands),
  };
}

const good: Caller = {
  ...localCaller,
  actor: 'key:1',
  keyId: '1',
  operator: false,
  scopes: new Set(['money:credit']),
};
const byKey = (isLate: boolean): Partial<ApiDeps> => {
  const addressOf = createAddressOf(['127.0.0.1/32']);
  const callerOf = (authorization: string | undefined) => {
    const caller = authorization === 'Bearer bad' ? undefined : good;
    return isLate ? Promise.resolve(caller) : caller;
  };
  return { addressOf, authenticate: authenticateBy(callerOf, addressOf) };
};

const variants: Readonly<Record<string, Variant>> = {
  'without keys': () => ({}),
  'with keys': () => byKey(false),
  'with keys that are looked up, quotas and another origin': (told) => {
    const { rates } = createTestRates({ command: 40, failures: 20 });
    return {
      ...byKey(true),
      rates: { ...rates, onRefused: (policy) => told.push(['refused', policy]) },
      isFamiliar: (authorization) => authorization === 'Bearer good',
      corsOrigins: ['https://app.example'],
    };
  },
  'with tenants and traces': (told) => ({
    tenantExists: (tenant) => Promise.resolve(tenant === 'acme'),
    traces: {
      request: (request, work) => {
        told.push(['span', request]);
        return work({ traceId: 'trace-1', answered: (answer) => told.push(['span ended', answer]) });
      },
      command: (_, work) => work('traceparent'),
      batch: (_, work) => work(),
      step: (_, work) => work(),
      projection: (_, __, work) => work(),
      close: () => Promise.resolve(),
    },
  }),
  'without room': () => ({ refuses: () => 'QUEUE_FULL' }),
};

/** Commands keep their order in every case. */
function comparable(told: readonly unknown[], { isPipelined }: RawScript): unknown {
  const texts = told.map((one) => JSON.stringify(one));
  const submitted = texts.filter((text) => text.startsWith('["submitted"'));
  return isPipelined === true ? [submitted, texts.toSorted()] : texts;
}

it.each(Object.keys(variants))('a server %s answers every request as through Hono', async (name) => {
  const variant = variants[name] ?? (() => ({}));
  const [hono, direct] = [await start(variant, false), await start(variant, true)];
  for (const script of rawScripts) {
    const [expected, answer] = await Promise.all([hono.play(script), direct.play(script)]);
    expect(answer, script.name).toBe(expected);
    expect(comparable(direct.told, script), script.name).toEqual(comparable(hono.told, script));
    hono.told.length = direct.told.length = 0;
  }
  expect([hono.direct(), direct.direct() > 60]).toEqual([0, true]);
  await Promise.all([hono.stop(), direct.stop()]);
});

it('any body gets the same answer on both ways', async () => {
  const [hono, direct] = [await start(() => ({}), false), await start(() => ({}), true)];
  const paths = fc.constantFrom('/wallets', '/v1/wallets/w-1/credit', '/wallets/w-1/transfer');
  const requests = paths.chain((target) => fc.tuple(fc.constant(target), bodiesOf(target)));
  await fc.assert(
    fc.asyncProperty(requests, async ([target, bytes]) => {
      const body = Buffer.from(bytes).toString('latin1');
      const script = { name: 'any', pieces: [rawRequest({ target, body })] };
      const [expected, answer] = await Promise.all([hono.play(script), direct.play(script)]);
      expect(answer).toBe(expected);
      expect(comparable(direct.told, script)).toEqual(comparable(hono.told, script));
    }),
    { numRuns: 150 },
  );
  expect(direct.direct()).toBeGreaterThan(50);
  await Promise.all([hono.stop(), direct.stop()]);
});

it('a server that stops, or that stands behind TLS, says so on both ways', async () => {
  const settings = { BEHIND_TLS: 'true' };
  const [hono, direct] = [await start(() => ({}), false, settings), await start(() => ({}), true, settings)];
  const kept = { name: 'kept', pieces: [rawRequest({ close: false })], then: 'half-closes' } as const;
  const served = await Promise.all([hono.play(kept), direct.play(kept)]);
  const closed = Promise.withResolvers<undefined>();
  const stopped = [hono, direct].map(({ stop }) => stop(() => closed.promise));
  const stopping = await Promise.all([hono.play(kept), direct.play(kept)]);
  closed.resolve(undefined);
  await Promise.all(stopped);
  for (const [[expected, answer], connection] of [
    [served, 'keep-alive'],
    [stopping, 'close'],
  ] as const) {
    expect(answer).toBe(expected);
    expect(answer).toMatch(/^strict-transport-security: max-age=\d+\r$/m);
    expect(answer).toMatch(new RegExp(`^Connection: ${connection}\r$`, 'm'));
  }
  expect(direct.direct()).toBe(2);
});

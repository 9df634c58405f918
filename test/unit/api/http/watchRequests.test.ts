// Checks the log lines and the metrics of a request, in an application without a database or any other part.
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { Environment } from '../../../../src/api/context.ts';
import { nameNobody } from '../../../../src/api/http/authentication.ts';
import { watchRequests } from '../../../../src/api/http/watchRequests.ts';
import type { AnsweredRequest } from '../../../../src/telemetry/apiMetrics.ts';
import { createLog } from '../../../../src/telemetry/log.ts';
import { eventually } from '../../../support/eventually.ts';

async function answered(path: string, level: 'debug' | 'info', times = 1) {
  const lines: Record<string, unknown>[] = [];
  const requests: AnsweredRequest[] = [];
  const app = new Hono<Environment>();
  app.use(nameNobody);
  app.use((c, next) => {
    c.set('requestId', 'request-1');
    return next();
  });
  app.use(
    watchRequests({
      requestAnswered: (request) => requests.push(request),
      traces: undefined,
      monotonicMs: () => 0,
      log: createLog(level, 'server', {
        write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
      }),
    }),
  );
  app.get('/wallets/:walletId', (c) =>
    c.body('', c.req.param('walletId') === 'none' ? 404 : 200, { 'command-id': 'command-1' }),
  );
  for (let time = 0; time < times; time += 1) await app.request(path);
  return { requests, lines };
}

it('a refused request is a line with its ids and no stack', async () => {
  const { lines } = await answered('/wallets/none', 'info');
  expect(lines).toMatchObject([
    {
      level: 'info',
      requestId: 'request-1',
      correlationId: 'request-1',
      walletId: 'none',
      commandId: 'command-1',
      route: '/wallets/:walletId',
      status: 404,
    },
  ]);
  expect(lines[0]).not.toHaveProperty('err');
});

it('of many refused requests in one second the first fifty are lines, and the others one with their count', async () => {
  const { lines } = await answered('/wallets/none', 'info', 60);
  expect(lines).toHaveLength(50);
  await eventually(() => lines.length > 50);
  expect(lines.at(-1)).toMatchObject({ msg: 'more callers were refused', status: 404, count: 10 });
  expect((await answered('/wallets/none', 'debug', 60)).lines).toHaveLength(60);
});

it('an accepted request is no line', async () => {
  expect((await answered('/wallets/w-1', 'debug')).lines).toEqual([]);
});

it('a path without a route of its own is counted as unmatched, whatever it says', async () => {
  expect((await answered('/a/b/c', 'info')).requests).toMatchObject([{ route: 'unmatched', status: 404 }]);
  expect((await answered('/wallets/w-1', 'info')).requests).toMatchObject([{ route: '/wallets/:walletId' }]);
});

// What a request leaves in the log and among the figures, without any part behind the application.
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { Variables } from '../../../src/api/app.ts';
import { watchRequests } from '../../../src/api/watchRequests.ts';
import type { AnsweredRequest } from '../../../src/telemetry/apiMetrics.ts';
import { createLog } from '../../../src/telemetry/log.ts';

async function answered(path: string, level: 'debug' | 'info') {
  const lines: string[] = [];
  const requests: AnsweredRequest[] = [];
  const app = new Hono<{ Variables: Variables }>();
  app.use((c, next) => {
    c.set('requestId', 'request-1');
    return next();
  });
  app.use(
    watchRequests({
      requestAnswered: (request) => requests.push(request),
      traces: undefined,
      monotonicMs: () => 0,
      log: createLog(level, 'server', { write: (line) => lines.push(line) }),
    }),
  );
  app.get('/wallets/:walletId', (c) =>
    c.body('', c.req.param('walletId') === 'none' ? 404 : 200, { 'command-id': 'command-1' }),
  );
  await app.request(path);
  return { requests, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

it('a refused request is a line at debug with its ids and no stack', async () => {
  const { lines } = await answered('/wallets/none', 'debug');
  expect(lines).toMatchObject([
    {
      level: 'debug',
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

it('a refused request is no line at info, and an accepted one none at all', async () => {
  expect((await answered('/wallets/none', 'info')).lines).toEqual([]);
  expect((await answered('/wallets/w-1', 'debug')).lines).toEqual([]);
});

it('a path without a route of its own is counted as unmatched, whatever it says', async () => {
  expect((await answered('/a/b/c', 'info')).requests).toMatchObject([{ route: 'unmatched', status: 404 }]);
  expect((await answered('/wallets/w-1', 'info')).requests).toMatchObject([{ route: '/wallets/:walletId' }]);
});

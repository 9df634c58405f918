// The ceiling: a server on the same framework that only parses a command's body and gives the answer of a
// credit. No command can be faster than this. The distance is the cost of the command path.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();

app.get('/', (c) => c.text('ready'));

app.post('/wallets/:walletId/credit', async (c) => {
  const { amount } = await c.req.json<{ amount: number }>();
  const now = new Date().toISOString();
  return c.json({
    id: c.req.param('walletId'),
    ownerId: 'owner-1',
    balance: 1_000_000 + amount,
    version: 2,
    createdAt: now,
    updatedAt: now,
    currency: 'USD',
  });
});

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT) });

process.once('SIGTERM', () => {
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
});

// Holds reads open in an application of one route, and asks beside them.
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { answerError } from '../../../../src/api/answerError.ts';
import type { Environment } from '../../../../src/api/context.ts';
import { nameNobody } from '../../../../src/api/http/authentication.ts';
import { limitReads } from '../../../../src/api/http/limits.ts';
import { createLog } from '../../../../src/telemetry/log.ts';
import { eventually } from '../../../support/eventually.ts';

function createReads() {
  const held: (() => void)[] = [];
  const hold = () => new Promise<void>((resolve) => held.push(resolve));
  const app = new Hono<Environment>();
  app.use(nameNobody);
  app.use(limitReads(2));
  app.get('/plain', (c) => c.text('read'));
  app.get('/slow', async (c) => {
    await hold();
    return c.text('read');
  });
  app.get('/waiting', async (c) => {
    await c.get('whileWaiting')?.(hold);
    return c.text('read');
  });
  app.onError((error, c) => answerError(error, c, createLog('silent', 'server')));
  return { held, ask: async (path: string) => (await app.request(path)).status };
}

it('reads that wait hold no place, and take one again to go on', async () => {
  const { held, ask } = createReads();
  const waiting = Array.from({ length: 20 }, () => ask('/waiting'));
  await eventually(() => held.length === 20);
  expect(await ask('/plain')).toBe(200);
  for (const goOn of held) goOn();
  const statuses = await Promise.all(waiting);
  expect(statuses).toContain(200);
  expect(await ask('/plain')).toBe(200);
});

it('reads under way hold their places', async () => {
  const { held, ask } = createReads();
  const slow = [ask('/slow'), ask('/slow')];
  await eventually(() => held.length === 2);
  expect(await ask('/plain')).toBe(503);
  for (const goOn of held) goOn();
  expect(await Promise.all(slow)).toEqual([200, 200]);
  expect(await ask('/plain')).toBe(200);
});

it('beyond its bound a waiting read keeps its place', async () => {
  const { held, ask } = createReads();
  const waiting = Array.from({ length: 34 }, () => ask('/waiting'));
  await eventually(() => held.length === 34);
  expect(await ask('/plain')).toBe(503);
  for (const goOn of held) goOn();
  await Promise.all(waiting);
  expect(await ask('/plain')).toBe(200);
});

import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { AppMiddleware, Environment } from '../../../../src/api/context.ts';
import { together } from '../../../../src/api/http/together.ts';

function traced(steps: string[], name: string): AppMiddleware {
  return async function trace(_, next) {
    steps.push(`${name} before`);
    await next();
    steps.push(`${name} after`);
  };
}

function appOf(middleware: AppMiddleware): Hono<Environment> {
  const app = new Hono<Environment>();
  app.use(middleware);
  app.get('/', (c) => c.text('answered'));
  app.onError((error, c) => c.text(error.message, 500));
  return app;
}

it('middlewares run in their order around the route', async () => {
  const steps: string[] = [];
  const answer = await appOf(together(traced(steps, 'outer'), traced(steps, 'inner'))).request('/');
  expect(await answer.text()).toBe('answered');
  expect(steps).toEqual(['outer before', 'inner before', 'inner after', 'outer after']);
});

it('an answer of one middleware keeps the others and the route away', async () => {
  const steps: string[] = [];
  const refuse: AppMiddleware = () => Promise.resolve(new Response('refused', { status: 403 }));
  const answer = await appOf(together(refuse, traced(steps, 'inner'))).request('/');
  expect([answer.status, await answer.text(), steps]).toEqual([403, 'refused', []]);
});

it('an error of one middleware becomes an answer', async () => {
  const fail: AppMiddleware = () => {
    throw new Error('it failed');
  };
  const answer = await appOf(together(fail)).request('/');
  expect([answer.status, await answer.text()]).toEqual([500, 'it failed']);
});

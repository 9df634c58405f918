// Whether the process lives and whether it should get traffic. PostgreSQL is needed; Redis and Elasticsearch only
// degrade: without them the service still answers everything, from PostgreSQL and without the lock.
import type { Hono } from 'hono';
import type { Variables } from './app.ts';

export interface Readiness {
  readonly ready: boolean;
  /** What is wrong with each part, or "ok". */
  readonly parts: Readonly<Record<string, string>>;
}

export function addHealth(
  app: Hono<{ Variables: Variables }>,
  deps: { readonly readiness: () => Promise<Readiness> },
): void {
  app.get('/livez', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const { ready, parts } = await deps.readiness();
    return c.json({ status: ready ? 'ok' : 'unavailable', parts }, ready ? 200 : 503);
  });
}

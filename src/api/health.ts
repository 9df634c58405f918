// Whether the process lives and whether it should get traffic. PostgreSQL is needed; Redis and Elasticsearch only
// degrade: without them the service still answers everything, from PostgreSQL and without the lock.
import type { Hono } from 'hono';
import type { Variables } from './app.ts';
import { respond, respondJson } from './respond.ts';

export interface Readiness {
  readonly ready: boolean;
  /** What is wrong with each part, or "ok". */
  readonly parts: Readonly<Record<string, string>>;
}

/** Figures for Prometheus. */
export interface Exposition {
  readonly text: string;
  readonly mediaType: string;
}

export function addHealth(
  app: Hono<{ Variables: Variables }>,
  deps: { readonly readiness: () => Promise<Readiness>; readonly metrics: () => Promise<Exposition> },
): void {
  app.get('/livez', (c) => respondJson({ status: 'ok' }, c.get('requestId')));
  app.get('/readyz', async (c) => {
    const { ready, parts } = await deps.readiness();
    const body = { status: ready ? 'ok' : 'unavailable', parts };
    return respondJson(body, c.get('requestId'), {}, ready ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { text, mediaType } = await deps.metrics();
    return respond({ status: 200, headers: { 'content-type': mediaType }, body: text }, c.get('requestId'));
  });
}

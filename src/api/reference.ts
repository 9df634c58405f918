// The API's own description: where /docs and /openapi.json are answered.
import type { Hono } from 'hono';
import type { Variables } from './app.ts';
import { openApiDocument } from './openApi.ts';
import { respondJson } from './respond.ts';

export function addReference(app: Hono<{ Variables: Variables }>): void {
  app.get('/openapi.json', (c) => respondJson(openApiDocument(), c.get('requestId')));
  app.get('/docs', (c) =>
    c.html(
      '<!doctype html><title>Wallet API</title><p>The reference is <a href="/openapi.json">/openapi.json</a>.</p>',
    ),
  );
}

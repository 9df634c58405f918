// Cross-origin requests of browsers. Pages of the origins in CORS_ORIGINS may use the API; pages of no other
// site may. The routes for operators and the console never answer another origin.
import type { AppContext, AppMiddleware } from '../context.ts';
import { answerSecurity } from './securityHeaders.ts';

/** Headers that a page may send, beyond those that every page may. */
const requestHeaders =
  'authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, traceparent, wallet-tenant, x-request-id';
/** Headers of answers that a page may read. */
const answerHeaders =
  'command-id, etag, events-has-more, events-next, idempotent-replayed, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-read-source, x-request-id';
/** How long a browser remembers the answer to its question, in seconds. */
const preflightKeptS = 600;

const forOperators = /^\/(?:admin|audit|console|keys|metrics|tenants)(?:\/|$)/;

/** Must not be used without origins: it costs every answer a header. */
export function allowOrigins(origins: readonly string[]): AppMiddleware {
  const allowed = new Set(origins);
  return async function cors(c, next) {
    if (forOperators.test(c.req.path)) return next();
    const origin = c.req.header('origin');
    const isAllowed = origin !== undefined && allowed.has(origin);
    if (isAllowed && isPreflight(c)) return answerPreflight(origin, c.get('requestId'));
    await next();
    // A shared cache must not give one origin the answer to another.
    c.res.headers.append('vary', 'Origin');
    if (!isAllowed) return;
    c.res.headers.set('access-control-allow-origin', origin);
    c.res.headers.set('access-control-expose-headers', answerHeaders);
  };
}

function isPreflight(c: AppContext): boolean {
  return c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
}

function answerPreflight(origin: string, requestId: string): Response {
  const headers = {
    ...answerSecurity,
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': requestHeaders,
    'access-control-max-age': String(preflightKeptS),
    vary: 'Origin',
    'cache-control': 'no-store',
    'x-request-id': requestId,
  };
  return new Response(null, { status: 204, headers });
}

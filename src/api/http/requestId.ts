// Names every request, before any other middleware runs.
import type { AppMiddleware } from '../context.ts';

/** Callers may choose such a request id themselves; any other id is replaced by a new one. */
const requestIdPattern = /^[A-Za-z0-9._:-]{1,128}$/;

export function nameRequests(newId: () => string): AppMiddleware {
  return function requestId(c, next) {
    const given = c.req.header('x-request-id');
    c.set('requestId', given !== undefined && requestIdPattern.test(given) ? given : newId());
    return next();
  };
}

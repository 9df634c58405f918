// Refuses a path that a gateway and this service could read as two paths. Gateways resolve dot segments,
// merge slashes, decode %2F or decode twice, each in its own way. What a gateway allowed must be what runs
// here.
import type { AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';
import { incomingOf } from './undeclared.ts';

/** Anything that could be read in two ways. Most paths hold none of it, so one look is enough for them. */
const suspicious = /[%\\#]|\/\/|\/\.|[^!-~]/;

/** The part of a path that is ambiguous, in words. Undefined if every reader reads the same path. */
export function ambiguityIn(path: string): string | undefined {
  if (!suspicious.test(path)) return undefined;
  if (/[^!-~]|#/.test(path)) return 'a character that has to be encoded';
  if (path.includes('\\') || /%5c/i.test(path)) return 'a backslash';
  if (path.includes('//')) return 'an empty segment';
  if (/%2f/i.test(path)) return 'an encoded slash';
  if (path.includes('%25')) return 'an encoded percent sign';
  if (/%(?:[01][0-9a-f]|7f)/i.test(path)) return 'an encoded control character';
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) return 'a dot segment';
  try {
    decodeURIComponent(path);
  } catch {
    return 'an escape that is no UTF-8';
  }
  return undefined;
}

/** The path of a request target, which may also be a whole URL or an asterisk (RFC 9112, 3.2). */
function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?#]*/i, '');
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}

export const refuseAmbiguousPath: AppMiddleware = function ambiguousPath(c, next) {
  // The URL of the Request is resolved already. Only Node.js knows the path as it was sent.
  const ambiguity = ambiguityIn(pathOf(incomingOf(c)?.url ?? c.req.url));
  if (ambiguity === undefined) return next();
  const detail = `The path holds ${ambiguity}, so a gateway may read another path than this service.`;
  throw new ProblemError({ code: 'MALFORMED_REQUEST', detail });
};

// Finds the caller of a request that has a session instead of a key, and leads a browser without either to
// the sign-in.
//
// Invariant: a cookie changes nothing unless a page of this server sent the request. A browser sends cookies
// along whatever page asks it to.
import type { Session, Sessions } from '../../access/signIn/sessions.ts';
import type { AppContext, AppMiddleware } from '../context.ts';
import type { Authenticate } from '../http/authentication.ts';
import type { AddressOf } from '../http/clientAddress.ts';
import type { RateDeps } from '../http/rateLimits.ts';
import { assertOwnPage } from '../http/sameOrigin.ts';
import { answerSecurity } from '../http/securityHeaders.ts';

/** A key in the header counts alone. A request without one may have a session. */
export function callersOfSessions(
  byKey: Authenticate,
  sessions: Sessions | undefined,
  addressOf: AddressOf,
): Authenticate {
  if (sessions === undefined) return byKey;
  return (c) => {
    const cookie = c.req.header('cookie');
    if (cookie === undefined || c.req.header('authorization') !== undefined) return byKey(c);
    return sessions.find(cookie, addressOf(c)).then((held) => {
      if (held === undefined) return undefined;
      if (changesSomething(c)) assertOwnPage(c);
      c.set('session', held.session);
      return held.caller;
    });
  };
}

interface FamiliarDeps extends Pick<RateDeps, 'addressOf' | 'isFamiliar'> {
  readonly sessions: Sessions | undefined;
}

/** For the limit by address: whether the request has a key that was valid before, or a session that holds. */
export function familiarCallers({ addressOf, isFamiliar, sessions }: FamiliarDeps) {
  return (c: AppContext): boolean | Promise<boolean> => {
    const authorization = c.req.header('authorization');
    if (authorization !== undefined || sessions === undefined) return isFamiliar(authorization);
    return sessions.find(c.req.header('cookie'), addressOf(c)).then((held) => held !== undefined);
  };
}

function changesSomething(c: AppContext): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method);
}

/**
 * For pages. Programs get a 401 like everywhere else, and so does a key that is none: a browser that opens a
 * page sends no key, and a guess has to be counted.
 */
export function leadToSignIn(authenticate: Authenticate): AppMiddleware {
  return async function signInFirst(c, next) {
    const isBrowser =
      c.req.header('accept')?.includes('text/html') === true && c.req.header('authorization') === undefined;
    if (!isBrowser || (await authenticate(c)) !== undefined) return next();
    const location = `/console/sign-in?return_to=${encodeURIComponent(c.req.path)}`;
    const headers = {
      ...answerSecurity,
      location,
      'cache-control': 'no-store',
      'x-request-id': c.get('requestId'),
    };
    return new Response(null, { status: 303, headers });
  };
}

/** What the console says about the one who uses it. */
export function describeSession(
  session: Session | undefined,
): { readonly name: string; readonly roles: readonly string[] } | null {
  return session === undefined ? null : { name: session.name, roles: session.roles };
}

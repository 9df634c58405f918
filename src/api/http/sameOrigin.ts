// Keeps other sites' pages from using an operator's browser against the admin routes. Browsers say where a request
// comes from; whoever is no browser says nothing and is not meant.
import type { AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';

/** For routes that change something: a browser's request has to come from a page of this server, as JSON. */
export const refuseOtherSites: AppMiddleware = function otherSites(c, next) {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  if (site === undefined && origin === undefined) return next();
  const isOurs = site === undefined ? isOrigin(origin, c.req.header('host')) : site === 'same-origin';
  // A media type that no form can send: a browser that asks across origins for it has to ask us first, and is
  // not answered.
  const isJson = /^application\/json\b/i.test(c.req.header('content-type') ?? '');
  if (isOurs && isJson) return next();
  throw new ProblemError({
    code: 'CROSS_SITE_REFUSED',
    detail: "A browser's request for this has to come from a page of this server, as application/json.",
  });
};

function isOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

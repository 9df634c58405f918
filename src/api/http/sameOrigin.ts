// Keeps pages of other sites from using an operator's browser against the admin routes. Browsers name the
// site of the page that sends a request. Other programs name none, and are not refused.
import type { AppContext, AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';

/** For routes that change state: a browser's request must come from a page of this server, as JSON. */
export const refuseOtherSites: AppMiddleware = function otherSites(c, next) {
  if (c.req.header('sec-fetch-site') === undefined && c.req.header('origin') === undefined) return next();
  // No form can send this media type. A browser asks this server before it sends it across origins, and the
  // server does not answer that question.
  const isJson = /^application\/json\b/i.test(c.req.header('content-type') ?? '');
  if (isOwnPage(c) && isJson) return next();
  throw otherSite();
};

function otherSite(): ProblemError {
  return new ProblemError({
    code: 'CROSS_SITE_REFUSED',
    detail: "A browser's request for this has to come from a page of this server, as application/json.",
  });
}

/** For a change by a browser's cookie. Throws unless the request says that a page of this server sent it. */
export function assertOwnPage(c: AppContext): void {
  if (!isOwnPage(c)) throw otherSite();
}

/**
 * True if the request names a page of this server as its sender. A request that names none is no browser's.
 */
export function isOwnPage(c: AppContext): boolean {
  const site = c.req.header('sec-fetch-site');
  return site === undefined ? isOrigin(c.req.header('origin'), c.req.header('host')) : site === 'same-origin';
}

function isOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

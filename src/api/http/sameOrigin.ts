// Keeps pages of other sites from using an operator's browser against the admin routes. Browsers name the
// site of the page that sends a request. Other programs name none, and are not refused.
import type { AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';

/** For routes that change state: a browser's request must come from a page of this server, as JSON. */
export const refuseOtherSites: AppMiddleware = function otherSites(c, next) {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  if (site === undefined && origin === undefined) return next();
  const isOurs = site === undefined ? isOrigin(origin, c.req.header('host')) : site === 'same-origin';
  // No form can send this media type. A browser asks this server before it sends it across origins, and the
  // server does not answer that question.
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

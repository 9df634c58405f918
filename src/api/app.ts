// The HTTP application: routes, request ids, and the one place where every failure becomes a problem document.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { App, AppMiddleware, Environment } from './context.ts';
import type { ApiDeps } from './deps.ts';
import { isDatabaseUnavailable } from '../eventStore/databaseFailure.ts';
import { EventDecodeError } from '../eventStore/eventCodec.ts';
import { addPartRoutes } from './admin/partRoutes.ts';
import { addProjectionRoutes } from './admin/projectionRoutes.ts';
import { addRecoveryRoutes } from './admin/recoveryRoutes.ts';
import { addCommandRoutes } from './wallets/commandRoutes.ts';
import { addConsoleRoutes } from './console/consoleRoutes.ts';
import { limitReads } from './http/limitReads.ts';
import { addProblemPages } from './reference/problemPages.ts';
import { addLedgerRoutes } from './ledger/ledgerRoutes.ts';
import { type Problem, problemAnswer, ProblemError, problemKinds } from './http/problems.ts';
import { respond } from './http/respond.ts';
import { addReferencePages } from './reference/referencePages.ts';
import { addProcessRoutes } from './process/processRoutes.ts';
import { idsOf } from './http/requestIds.ts';
import { refuseOtherSites } from './http/sameOrigin.ts';
import { watchRequests } from './http/watchRequests.ts';
import { addWalletCommandRoutes } from './wallets/walletCommandRoutes.ts';
import { addWalletReadRoutes } from './wallets/walletReadRoutes.ts';

/**
 * Refuses bodies that are too large. A declared length is compared and nothing else, because Node holds the
 * client to it; Hono's own limit, which has to look into the stream, costs a third of the throughput and is
 * kept for bodies of undeclared length.
 */
function limitBody(bytesMax: number): AppMiddleware {
  const refuse = (): never => {
    throw new ProblemError({ code: 'BODY_TOO_LARGE', detail: `The body may have ${bytesMax} bytes.` });
  };
  const limitStream = bodyLimit({ maxSize: bytesMax, onError: refuse });
  return function bodyBytes(c, next) {
    const declared = c.req.header('content-length');
    if (declared === undefined || c.req.header('transfer-encoding') !== undefined)
      return limitStream(c, next);
    return Number(declared) > bytesMax ? refuse() : next();
  };
}

/** Ids that callers may choose themselves; anything else gets one of ours. */
const requestIdPattern = /^[A-Za-z0-9._:-]{1,128}$/;

export function createApi(deps: ApiDeps): App {
  const app = new Hono<Environment>();

  app.use(function requestId(c, next) {
    const given = c.req.header('x-request-id');
    c.set('requestId', given !== undefined && requestIdPattern.test(given) ? given : deps.newId());
    return next();
  });
  app.use(watchRequests(deps));
  app.post('*', limitBody(deps.bodyBytesMax));

  addProcessRoutes(app, deps);
  addProblemPages(app);
  const limit = limitReads(deps.readsInFlightMax);
  for (const path of ['/wallets', '/wallets/*', '/commands/*', '/ledger/*']) app.get(path, limit);
  addReferencePages(app);
  addWalletCommandRoutes(app, deps);
  addWalletReadRoutes(app, deps);
  addCommandRoutes(app, deps);
  addLedgerRoutes(app, deps);
  app.post('/admin/*', refuseOtherSites);
  addPartRoutes(app, deps);
  addProjectionRoutes(app, deps);
  addRecoveryRoutes(app, deps);
  addConsoleRoutes(app, deps);

  app.notFound((c) => {
    const { path, method } = c.req;
    const allowed = allowedMethods(app, path);
    if (allowed.length === 0)
      return answerProblem(
        { code: 'ROUTE_NOT_FOUND', detail: `There is nothing at ${path}.` },
        c.get('requestId'),
      );
    const problem: Problem = { code: 'METHOD_NOT_ALLOWED', detail: `${path} does not know ${method}.` };
    return answerProblem(problem, c.get('requestId'), { allow: allowed.join(', ') });
  });

  app.onError((error, c) => {
    const id = c.get('requestId');
    if (error instanceof ProblemError) {
      const { status } = problemKinds[error.problem.code];
      if (status >= 500) deps.log.warn({ ...idsOf(c), ...error.problem }, 'request refused');
      return answerProblem(error.problem, id);
    }
    if (isDatabaseUnavailable(error)) {
      deps.log.warn({ err: error, ...idsOf(c), path: c.req.path }, 'PostgreSQL does not answer');
      return answerProblem(
        { code: 'DATABASE_UNAVAILABLE', detail: problemKinds.DATABASE_UNAVAILABLE.title },
        id,
      );
    }
    if (isAbortByClient(error)) {
      // Without the error: its stack would tell of Node's streams, not of a fault.
      deps.log.debug({ ...idsOf(c), path: c.req.path, reason: error.message }, 'the client went away');
      return answerProblem({ code: 'REQUEST_TIMEOUT', detail: 'The request did not arrive whole.' }, id);
    }
    if (error instanceof EventDecodeError) {
      // Not unforeseen: a newer release, or a hand on the database, wrote what this one can't read.
      deps.log.error({ ...idsOf(c), path: c.req.path, reason: error.message }, "an event can't be read");
      const { walletId } = idsOf(c);
      const detail = `${error.message}. Parked events: GET /admin/failures.`;
      return answerProblem({ code: 'EVENT_UNREADABLE', detail, ...(walletId && { walletId }) }, id);
    }
    deps.log.error({ err: error, ...idsOf(c), method: c.req.method, path: c.req.path }, 'request failed');
    return answerProblem({ code: 'INTERNAL_ERROR', detail: `Look for request ${id} in the log.` }, id);
  });
  return app;
}

/** Node's words for a client that closed its connection, or was too slow, before its body had arrived. */
function isAbortByClient(error: Error): boolean {
  return (
    ('code' in error && (error.code === 'ECONNRESET' || error.code === 'ABORT_ERR')) ||
    error.message === 'Client connection prematurely closed.'
  );
}

function answerProblem(
  problem: Problem,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return respond(problemAnswer(problem, requestId), requestId, headers);
}

/** The methods of the routes that name this path. */
function allowedMethods(app: App, path: string): readonly string[] {
  const methods = app.routes
    .filter((route) => !route.path.includes('*') && matches(route.path, path))
    .map(({ method }) => method);
  return [...new Set(methods)].filter((method) => method !== 'ALL').sort();
}

/** Whether a route's path, such as /wallets/:walletId/credit, names this path. */
function matches(routePath: string, path: string): boolean {
  const wanted = routePath.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === given[index] || (part.startsWith(':') && given[index] !== ''))
  );
}

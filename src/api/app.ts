// The HTTP application: routes, request ids, and the one place where every failure becomes a problem document.
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import type { Submission, SubmissionResult, UnavailableReason } from '../commands/submission.ts';
import type { PassCrashPoint } from '../crashPoints.ts';
import { isDatabaseUnavailable } from '../eventStore/databaseFailure.ts';
import { EventDecodeError } from '../eventStore/eventCodec.ts';
import { addAdminParts, type AdminPartsDeps } from './adminParts.ts';
import { addAdminProjections } from './adminProjections.ts';
import { addAdminRecovery, type AdminRecoveryDeps } from './adminRecovery.ts';
import { addCommandQueries } from './commandQueries.ts';
import { addConsole, type ConsoleDeps } from './console.ts';
import { limitReads } from './limitReads.ts';
import { addProblemPages } from './problemPages.ts';
import { addLedgerQueries } from './ledgerQueries.ts';
import { type Problem, problemAnswer, ProblemError, problemKinds } from './problems.ts';
import { respond } from './respond.ts';
import { addReference } from './reference.ts';
import { addHealth, type HealthDeps } from './health.ts';
import { idsOf, type RequestIds } from './requestIds.ts';
import { refuseOtherSites } from './sameOrigin.ts';
import { type RequestWatchDeps, watchRequests } from './watchRequests.ts';
import { addWalletCommands } from './walletCommands.ts';
import { addWalletQueries, type WalletQueryDeps } from './walletQueries.ts';

export interface ApiDeps
  extends WalletQueryDeps, AdminRecoveryDeps, AdminPartsDeps, ConsoleDeps, HealthDeps, RequestWatchDeps {
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** Why any command would be refused now; undefined where commands are taken. */
  readonly refuses: () => UnavailableReason | undefined;
  /** Told of every command that was not carried out now. */
  readonly onUnavailable: (
    reason: UnavailableReason,
    request: RequestIds & { readonly commandId?: string },
  ) => void;
  /** A new UUID. */
  readonly newId: () => string;
  readonly log: Logger;
  readonly bodyBytesMax: number;
  readonly readsInFlightMax: number;
  /** Only in a process under test. */
  readonly passes?: PassCrashPoint;
}

export interface Variables {
  /** Names this request in its answer, in the log and in the events it leads to. */
  requestId: string;
  /** Where traces are on: the trace that this request is part of. */
  traceId?: string;
}

/**
 * Refuses bodies that are too large. A declared length is compared and nothing else, because Node holds the
 * client to it; Hono's own limit, which has to look into the stream, costs a third of the throughput and is
 * kept for bodies of undeclared length.
 */
function limitBody(bytesMax: number): MiddlewareHandler<{ Variables: Variables }> {
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

export function createApi(deps: ApiDeps): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>();

  app.use(function requestId(c, next) {
    const given = c.req.header('x-request-id');
    c.set('requestId', given !== undefined && requestIdPattern.test(given) ? given : deps.newId());
    return next();
  });
  app.use(watchRequests(deps));
  app.post('*', limitBody(deps.bodyBytesMax));

  addHealth(app, deps);
  addProblemPages(app);
  const limit = limitReads(deps.readsInFlightMax);
  for (const path of ['/wallets', '/wallets/*', '/commands/*', '/ledger/*']) app.get(path, limit);
  addReference(app);
  addWalletCommands(app, deps);
  addWalletQueries(app, deps);
  addCommandQueries(app, deps);
  addLedgerQueries(app, deps);
  app.post('/admin/*', refuseOtherSites);
  addAdminParts(app, deps);
  addAdminProjections(app, deps);
  addAdminRecovery(app, deps);
  addConsole(app, deps);

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
function allowedMethods(app: Hono<{ Variables: Variables }>, path: string): readonly string[] {
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

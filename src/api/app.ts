// The HTTP application: routes, request ids, and the one place where every failure becomes a problem document.
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import type { Submission, SubmissionResult } from '../commands/submission.ts';
import { isConnectionFailure } from '../eventStore/database.ts';
import { addAdminProjections } from './adminProjections.ts';
import { addCommandQueries } from './commandQueries.ts';
import { addLedgerQueries } from './ledgerQueries.ts';
import { type Problem, problemAnswer, ProblemError, problemKinds } from './problems.ts';
import { respond } from './respond.ts';
import { addReference } from './reference.ts';
import { addHealth, type Readiness } from './health.ts';
import { addWalletCommands } from './walletCommands.ts';
import { addWalletQueries, type WalletQueryDeps } from './walletQueries.ts';

export interface ApiDeps extends WalletQueryDeps {
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** A new UUID. */
  readonly newId: () => string;
  readonly readiness: () => Promise<Readiness>;
  readonly log: Logger;
  readonly bodyBytesMax: number;
}

export interface Variables {
  /** Names this request in its answer, in the log and in the events it leads to. */
  requestId: string;
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
  app.post('*', limitBody(deps.bodyBytesMax));

  addHealth(app, deps);
  addReference(app);
  addWalletCommands(app, deps);
  addWalletQueries(app, deps);
  addCommandQueries(app, deps);
  addLedgerQueries(app, deps);
  addAdminProjections(app, deps);

  app.notFound((c) => {
    const known = app.routes.some(
      ({ method, path }) => method !== 'ALL' && path !== '/*' && matches(path, c.req.path),
    );
    return known
      ? answerProblem(
          { code: 'METHOD_NOT_ALLOWED', detail: `${c.req.path} does not know ${c.req.method}.` },
          c.get('requestId'),
        )
      : answerProblem(
          { code: 'ROUTE_NOT_FOUND', detail: `There is nothing at ${c.req.path}.` },
          c.get('requestId'),
        );
  });

  app.onError((error, c) => {
    const id = c.get('requestId');
    if (error instanceof ProblemError) {
      const { status } = problemKinds[error.problem.code];
      if (status >= 500) deps.log.warn({ requestId: id, ...error.problem }, 'request refused');
      return answerProblem(error.problem, id);
    }
    if (isConnectionFailure(error)) {
      deps.log.warn({ err: error, requestId: id, path: c.req.path }, 'PostgreSQL does not answer');
      return answerProblem(
        { code: 'DATABASE_UNAVAILABLE', detail: problemKinds.DATABASE_UNAVAILABLE.title },
        id,
      );
    }
    deps.log.error({ err: error, requestId: id, method: c.req.method, path: c.req.path }, 'request failed');
    return answerProblem({ code: 'INTERNAL_ERROR', detail: `Look for request ${id} in the log.` }, id);
  });
  return app;
}

function answerProblem(problem: Problem, requestId: string): Response {
  return respond(problemAnswer(problem, requestId), requestId);
}

/** Whether a route's path, such as /wallets/:walletId/credit, names this path. */
function matches(routePath: string, path: string): boolean {
  const wanted = routePath.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(':') || part === given[index])
  );
}

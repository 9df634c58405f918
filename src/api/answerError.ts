// Turns every thrown error into a problem document, and logs it if an operator may need it. The application
// calls this for every error of a route or a middleware, and nothing else answers errors.
import type { Logger } from 'pino';
import { type AppContext, idsOf } from './context.ts';
import { isDatabaseUnavailable } from '../eventStore/databaseFailure.ts';
import { ArchivedError } from '../eventStore/retainedLog.ts';
import { EventDecodeError } from '../eventStore/eventCodec.ts';
import { TemporalUnavailableError } from '../temporal/temporalUnavailable.ts';
import { createLineLimit } from '../telemetry/limitedLines.ts';
import {
  type Problem,
  problemAnswer,
  type ProblemCode,
  ProblemError,
  problemKinds,
  shortProblem,
} from './http/problems.ts';
import { bareText } from './http/tenantIds.ts';
import { respond } from './http/respond.ts';

/** Every path that has a route is shorter. */
const pathLengthMax = 300;

export function answerError(error: Error, c: AppContext, log: Logger): Response {
  return answerProblem(problemOf(error, c, log), c);
}

export function answerProblem(
  problem: Problem,
  c: AppContext,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const requestId = c.get('requestId');
  c.set('problemCode', problem.code);
  return respond(problemAnswer(problem, requestId), c, headers);
}

function problemOf(error: Error, c: AppContext, log: Logger): Problem {
  const ids = idsOf(c);
  const path = shortPath(c);
  const { method } = c.req;
  if (error instanceof ProblemError) return logged(error.problem, c, log);
  if (error instanceof TemporalUnavailableError)
    return logged({ code: 'TEMPORAL_UNAVAILABLE', detail: error.message }, c, log);
  if (isDatabaseUnavailable(error)) {
    return logged(
      { code: 'DATABASE_UNAVAILABLE', detail: problemKinds.DATABASE_UNAVAILABLE.title },
      c,
      log,
      error,
    );
  }
  if (isAbortByClient(error)) {
    // Without the error: its stack would show the streams of Node.js, not a fault.
    log.debug({ ...ids, path, reason: error.message }, 'the client went away');
    return { code: 'REQUEST_TIMEOUT', detail: 'The request did not arrive whole.' };
  }
  if (error instanceof ArchivedError) {
    const { retainedSince } = error;
    const since = retainedSince?.toISOString();
    const advice = 'An operator can restore older ones: wallet archive restore.';
    const rest =
      since === undefined ? 'The log has no older events.' : `The log has the events since ${since}.`;
    return {
      code: 'ARCHIVED',
      detail: `${bareText(c, error.message)} ${rest} ${advice}`,
      ...(ids.walletId && { walletId: ids.walletId }),
      ...(since && { retainedSince: since }),
    };
  }
  if (error instanceof EventDecodeError) {
    // A newer release wrote the event, or somebody changed the database by hand.
    log[levelOf('EVENT_UNREADABLE', log)]({ ...ids, path, reason: error.message }, "an event can't be read");
    const detail = `${bareText(c, error.message)}. Parked events: GET /admin/failures.`;
    return { code: 'EVENT_UNREADABLE', detail, ...(ids.walletId && { walletId: ids.walletId }) };
  }
  log[levelOf('INTERNAL_ERROR', log)]({ err: error, ...ids, method, path }, 'request failed');
  return { code: 'INTERNAL_ERROR', detail: `Look for request ${ids.requestId} in the log.` };
}

/**
 * Logs a problem that is not the caller's mistake. One cause may refuse thousands of requests a second, so
 * each code has a limit of lines.
 */
function logged(problem: Problem, c: AppContext, log: Logger, cause?: Error): Problem {
  if (problemKinds[problem.code].status < 500) return problem;
  const level = lineLimitOf(log)(problem.code) ? 'warn' : 'debug';
  log[level](
    { ...(cause && { err: cause }), ...idsOf(c), ...shortProblem(problem) },
    cause ? 'PostgreSQL does not answer' : 'request refused',
  );
  return problem;
}

/** One defect may fail thousands of requests a second, too. */
function levelOf(code: ProblemCode, log: Logger): 'error' | 'debug' {
  return lineLimitOf(log)(code) ? 'error' : 'debug';
}

const lineLimits = new WeakMap<Logger, (code: ProblemCode) => boolean>();

/** One limit for each log: each application has its own. */
function lineLimitOf(log: Logger): (code: ProblemCode) => boolean {
  let limit = lineLimits.get(log);
  if (limit === undefined) {
    limit = createLineLimit<ProblemCode>((code, count) => {
      log.warn({ code, count }, 'more requests were refused');
    });
    lineLimits.set(log, limit);
  }
  return limit;
}

/** Node.js says so if a client closed its connection, or was too slow, before its body had arrived. */
function isAbortByClient(error: Error): boolean {
  return (
    ('code' in error && (error.code === 'ECONNRESET' || error.code === 'ABORT_ERR')) ||
    error.message === 'Client connection prematurely closed.'
  );
}

/** The path for a log line. It is foreign text, and may be as long as a request line. */
function shortPath(c: AppContext): string {
  return c.req.path.slice(0, pathLengthMax);
}

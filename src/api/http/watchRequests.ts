// Around every request: its time by route, its span, and a line in the log where it was refused. Stands in the path of
// every command, so it does nothing that an answer does not need.
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import type { AppContext, AppMiddleware } from '../context.ts';
import type { AnsweredRequest } from '../../telemetry/apiMetrics.ts';
import { createLineLimit } from '../../telemetry/limitedLines.ts';
import type { Traces } from '../../telemetry/traces.ts';
import { idsOf } from './requestIds.ts';

export interface RequestWatchDeps {
  readonly requestAnswered: (request: AnsweredRequest) => void;
  /** Undefined where traces are off. */
  readonly traces: Traces | undefined;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
  readonly log: Logger;
}

export function watchRequests(deps: RequestWatchDeps): AppMiddleware {
  const { requestAnswered, traces, monotonicMs, log } = deps;
  const getsLine = createLineLimit<number>((status, count) => {
    log.info({ status, count }, 'more callers were refused');
  });
  return async function requestWatch(c, next) {
    const startedAt = monotonicMs();
    if (traces === undefined) await next();
    else await withSpan(traces, c, next);
    const { status } = c.res;
    const route = routeOf(c);
    const { method } = c.req;
    requestAnswered({ method, route, status, seconds: (monotonicMs() - startedAt) / 1_000 });
    if (status >= 400 && status < 500) {
      const level = getsLine(status) ? 'info' : 'debug';
      if (!log.isLevelEnabled(level)) return;
      const commandId = c.res.headers.get('command-id') ?? undefined;
      log[level]({ ...idsOf(c), commandId, method, route, status }, 'the caller was refused');
    }
  };
}

function withSpan(traces: Traces, c: AppContext, next: () => Promise<void>): Promise<void> {
  const { method, path } = c.req;
  return traces.request({ method, path, traceparent: c.req.header('traceparent') }, async (span) => {
    c.set('traceId', span.traceId);
    await next();
    span.answered({ route: routeOf(c), status: c.res.status });
  });
}

/** The template of the route that was meant; `unmatched` where only middleware took the request. */
function routeOf(c: AppContext): string {
  const route = routePath(c, -1);
  return route === '/*' || route === '*' ? 'unmatched' : route;
}

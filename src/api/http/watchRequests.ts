// Watches every request: measures its time by route, traces it, and logs it if the caller was refused. It
// runs for every command, so it must stay cheap.
import type { Logger } from 'pino';
import { type AppContext, type AppMiddleware, idsOf, lastRouteOf } from '../context.ts';
import type { AnsweredRequest } from '../../telemetry/apiMetrics.ts';
import { createLineLimit } from '../../telemetry/limitedLines.ts';
import type { Traces } from '../../telemetry/traces.ts';

export interface RequestWatchDeps {
  readonly requestAnswered: (request: AnsweredRequest) => void;
  /** Undefined if traces are off. */
  readonly traces: Traces | undefined;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
  readonly log: Logger;
}

export function watchRequests(deps: RequestWatchDeps): AppMiddleware {
  const { requestAnswered, traces, monotonicMs, log } = deps;
  const isLogged = createLineLimit<number>((status, count) => {
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
      const level = isLogged(status) ? 'info' : 'debug';
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

/** The template of the matched route, or `unmatched` if only middleware took the request. */
function routeOf(c: AppContext): string {
  const route = lastRouteOf(c)?.path ?? '';
  return route === '/*' || route === '*' ? 'unmatched' : route;
}

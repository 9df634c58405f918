// Answers requests that no route takes: 404 without a resource, 204 to OPTIONS, 405 to any other method. The
// router itself is asked, so Allow names exactly the methods that it would take.
import { answerProblem } from '../answerError.ts';
import type { App, AppContext } from '../context.ts';
import { answerSecurity } from './securityHeaders.ts';

const methodsOfRoutes = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'] as const;

export function answerNoRoute(app: App, c: AppContext): Response {
  const { path, method } = c.req;
  const allowed = allowedMethods(app, path);
  if (allowed.length === 0)
    return answerProblem({ code: 'ROUTE_NOT_FOUND', detail: `There is nothing at ${path}.` }, c);
  const allow = allowed.join(', ');
  if (method === 'OPTIONS') {
    const named = { allow, 'cache-control': 'no-store', 'x-request-id': c.get('requestId') };
    return new Response(null, { status: 204, headers: { ...answerSecurity, ...named } });
  }
  const detail = `${path} does not know ${method}.`;
  return answerProblem({ code: 'METHOD_NOT_ALLOWED', detail }, c, { allow });
}

function allowedMethods(app: App, path: string): readonly string[] {
  // A handler that takes `next` is middleware, and serves no resource.
  const taken = methodsOfRoutes.filter((method) =>
    app.router.match(method, path)[0].some(([[handler]]) => handler.length < 2),
  );
  const allowed: string[] = taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return allowed.length === 0 ? [] : [...allowed, 'OPTIONS'].sort();
}

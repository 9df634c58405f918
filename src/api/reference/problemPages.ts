// GET /problems: every code with its status and meaning, and GET /problems/…: what the `type` of a problem document
// points at. Both are made from the table that answers are made from.
import type { App } from '../context.ts';
import { problemKinds, ProblemError, problemType, type ProblemCode } from '../http/problems.ts';
import { respondJson } from '../http/respond.ts';

const pages = (Object.keys(problemKinds) as ProblemCode[]).map((code) => {
  const { status, title, retryAfterS } = problemKinds[code];
  return {
    type: problemType(code),
    code,
    status,
    title,
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  };
});

export function addProblemPages(app: App): void {
  app.get('/problems', (c) => respondJson({ problems: pages }, c.get('requestId')));
  app.get('/problems/:name', (c) => {
    const page = pages.find(({ type }) => type === c.req.path);
    if (page === undefined)
      throw new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: `There is nothing at ${c.req.path}.` });
    return respondJson(page, c.get('requestId'));
  });
}

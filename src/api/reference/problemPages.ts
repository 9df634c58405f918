// GET /problems answers the meaning of every code, and GET /problems/… the meaning of one. The `type` of a
// problem document points there. Both come from the table of which the answers are made.
import type { App } from '../context.ts';
import { problemKinds, ProblemError, problemType, type ProblemCode } from '../http/problems.ts';
import { respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { codeSchema } from '../openApi/answerSchemas.ts';
import { addOperation, type Operation } from '../openApi/operation.ts';

const meaningSchema = z
  .strictObject({
    type: z.string(),
    code: codeSchema,
    status: z.int(),
    title: z.string(),
    retryAfterS: z.int().optional(),
  })
  .openapi('ProblemMeaning');

const meaningExample = {
  type: '/problems/wallet-not-found',
  code: 'WALLET_NOT_FOUND',
  status: 404,
  title: 'There is no such wallet',
};

const listProblems = {
  id: 'listProblems',
  tag: 'Process',
  method: 'get',
  path: '/problems',
  scope: 'open',
  summary: 'Read what every problem code means',
  description: 'Every code.',
  answer: z.strictObject({ problems: z.array(meaningSchema) }),
  revalidated: true,
  codes: [],
  example: { answer: { problems: [meaningExample] } },
} as const satisfies Operation;

const getProblem = {
  id: 'getProblem',
  tag: 'Process',
  method: 'get',
  path: '/problems/{name}',
  scope: 'open',
  summary: 'Read what one problem code means',
  params: z.object({ name: z.string() }),
  description: 'The page to which the `type` of a problem points.',
  answer: meaningSchema,
  revalidated: true,
  codes: ['ROUTE_NOT_FOUND'],
  example: { params: { name: 'wallet-not-found' }, answer: meaningExample },
} as const satisfies Operation;

export const problemOperations = [listProblems, getProblem] as const;

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
  addOperation(app, listProblems, (c) => respondRead(c, { problems: pages }));
  addOperation(app, getProblem, (c) => {
    const page = pages.find(({ type }) => type === c.req.path);
    if (page === undefined)
      throw new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: `There is nothing at ${c.req.path}.` });
    return respondRead(c, page);
  });
}

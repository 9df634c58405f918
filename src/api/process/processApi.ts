// The application of a process that has no API of its own, such as the worker. Its routes, its refusals and
// its rules for paths are those of the API.
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { answerError } from '../answerError.ts';
import type { App, Environment } from '../context.ts';
import { accessTableOf } from '../access.ts';
import { type Authenticate, authenticateRequests, nameNobody } from '../http/authentication.ts';
import { answerNoRoute } from '../http/allowedMethods.ts';
import { nameRequests } from '../http/requestId.ts';
import { refuseAmbiguousPath } from '../http/requestTarget.ts';
import { addProblemPages, problemOperations } from '../reference/problemPages.ts';
import { addProcessRoutes, processOperations, type ProcessRouteDeps } from './processRoutes.ts';

export interface ProcessApiDeps extends ProcessRouteDeps {
  readonly newId: () => string;
  readonly log: Logger;
  readonly authenticate: Authenticate;
}

export function createProcessApi(deps: ProcessApiDeps): App {
  const app = new Hono<Environment>();
  app.use(nameRequests(deps.newId));
  app.use(nameNobody);
  app.use(refuseAmbiguousPath);
  const accessTable = accessTableOf([...processOperations, ...problemOperations]);
  app.use(authenticateRequests(deps.authenticate, accessTable));
  addProcessRoutes(app, deps);
  addProblemPages(app);
  app.notFound((c) => answerNoRoute(app, c));
  app.onError((error, c) => answerError(error, c, deps.log));
  return app;
}

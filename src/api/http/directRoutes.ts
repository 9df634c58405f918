// Answers commands past Hono's own Request and Context, because those cost more than all checks of a
// command. Hono's router still says which handlers a request meets, so this way has no list of its own. Each
// handler is the same function on both ways.
//
// Invariant: a request meets the handlers that Hono would call, in the same order.
import type { Logger } from 'pino';
import { answerError } from '../answerError.ts';
import type { App, AppContext, AppMiddleware } from '../context.ts';
import {
  createDirectContext,
  type DirectContext,
  type Exchange,
  type MatchedRoutes,
} from './directContext.ts';
import { textAmountsPath } from './textAmounts.ts';

/** Answers one request, once its body is there. */
export type DirectAnswer = (body: Uint8Array) => Promise<Response>;
/** The way to answer a request directly. Undefined if Hono must answer it. */
export type DirectRoutes = (exchange: Exchange) => DirectAnswer | undefined;

export interface DirectWay {
  readonly routes: DirectRoutes;
  readonly onFailure: (error: unknown) => void;
}

/** No reader finds another path in it: it has no query, no escape, no dot segment and no empty segment. */
const plainPath = /^(?:\/[\w:-][\w.:-]*)+$/;

export function createDirectWay(app: App, log: Logger): DirectWay {
  const routes: DirectRoutes = (exchange) => {
    const { method, url = '' } = exchange.incoming;
    if (method !== 'POST' || !plainPath.test(url)) return undefined;
    const path = textAmountsPath(url) ?? url;
    if (!path.startsWith('/wallets')) return undefined;
    const matched = app.router.match(method, path);
    const last = matched[0].at(-1)?.[0][1];
    // A handler that takes `next` is middleware, and serves no resource.
    if (last === undefined || last.handler.length > 1) return undefined;
    return async (body) => answerDirectly(createDirectContext(exchange, path, matched, body), matched, log);
  };
  const onFailure = (error: unknown) => {
    log.error({ err: error }, 'an answer could not be written');
  };
  return { routes, onFailure };
}

async function answerDirectly(c: DirectContext, matched: MatchedRoutes, log: Logger): Promise<Response> {
  await handle(c, matched, 0, log);
  if (c.res === undefined) throw new Error(`${c.req.method} ${c.req.path} was not answered`);
  return c.res;
}

/**
 * Calls the handler at `index`, as Hono would. An error becomes an answer around the handler that threw it. A
 * middleware that only passes on costs no promise.
 */
function handle(c: DirectContext, matched: MatchedRoutes, index: number, log: Logger): Promise<void> {
  let inner: Promise<void> | undefined;
  const next = () => (inner = handle(c, matched, index + 1, log));
  const take = (answer: unknown) => {
    if (answer !== undefined) c.res ??= answer as Response;
  };
  const fail = (error: unknown) => {
    if (!(error instanceof Error)) throw error;
    c.res = answerError(error, c as AppContext, log);
  };
  c.routeIndex = index;
  try {
    const handler = matched[0][index]?.[0][0] as AppMiddleware | undefined;
    if (handler === undefined) throw new Error('the last handler passed the request on');
    const answer = handler(c as AppContext, next);
    return inner !== undefined && answer === inner ? inner : Promise.resolve(answer).then(take, fail);
  } catch (error) {
    fail(error);
    return Promise.resolve();
  }
}

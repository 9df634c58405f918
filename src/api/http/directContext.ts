// The context of a request that goes past Hono's own Request and Context. It has what routes and middlewares
// use of a context, and answers each question as Hono's context would.
//
// Invariant: the request has a plain path without a query, and each of its headers once.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Result } from 'hono/router';
import type { H, RouterRoute } from 'hono/types';
import type { AppContext, Environment } from '../context.ts';

export type MatchedRoutes = Result<[H, RouterRoute]>;

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export interface DirectContext extends Omit<AppContext, 'res'> {
  /** The place of the running handler among those that matched. Parameters of the path depend on it. */
  routeIndex: number;
  /** Undefined until the request is answered. */
  res: Response | undefined;
}

type Variables = Environment['Variables'];

const noVariables: Readonly<Record<keyof Variables, undefined>> = {
  requestId: undefined,
  caller: undefined,
  problemCode: undefined,
  rateHeaders: undefined,
  textAmounts: undefined,
  auditId: undefined,
  session: undefined,
  traceId: undefined,
  whileWaiting: undefined,
  leaveReads: undefined,
};

const utf8 = new TextDecoder();

export function createDirectContext(
  { incoming, outgoing }: Exchange,
  path: string,
  matched: MatchedRoutes,
  body: Uint8Array,
): DirectContext {
  const { headers, method = '', url = '' } = incoming;
  // Its keys are always the same, so that V8 keeps one shape for all of them.
  const variables: Record<keyof Variables, unknown> = { ...noVariables };
  const c: DirectContext = {
    routeIndex: 0,
    res: undefined,
    lastRoute: matched[0].at(-1)?.[0][1],
    env: { incoming, outgoing },
    get: (key) => variables[key] as Variables[typeof key],
    set: (key, value) => {
      variables[key] = value;
    },
    req: {
      method,
      path,
      url: `http://${headers.host ?? ''}${url}`,
      header: ((name?: string) =>
        name === undefined ? headers : headers[name]) as AppContext['req']['header'],
      param: ((name?: string) => paramsOf(matched, c.routeIndex, name)) as AppContext['req']['param'],
      query: () => undefined,
      arrayBuffer: () => Promise.resolve(body),
      text: () => Promise.resolve(utf8.decode(body)),
    },
  };
  return c;
}

/** One parameter of the path, or all. A plain path has no escapes, so nothing is decoded. */
function paramsOf(
  [routes, stash]: MatchedRoutes,
  index: number,
  name: string | undefined,
): string | undefined | Record<string, string | undefined> {
  const places: Readonly<Record<string, string | number>> = routes[index]?.[1] ?? {};
  const valueAt = (place: string | number | undefined) =>
    stash === undefined || place === undefined ? (place as string | undefined) : stash[Number(place)];
  if (name !== undefined) return valueAt(places[name]);
  return Object.fromEntries(Object.entries(places).map(([key, place]) => [key, valueAt(place)]));
}

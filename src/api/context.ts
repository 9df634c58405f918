// The types that every route and middleware shares, and the ids that a log line about a request carries.
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { RouterRoute } from 'hono/types';
import type { Caller } from '../access/caller.ts';
import type { Session } from '../access/signIn/sessions.ts';

const idPattern = /^[A-Za-z0-9._:-]{1,128}$/;

interface Variables {
  /**
   * Names this request in its answer and in the log. It is also the correlation id of the request's events.
   */
  requestId: string;
  /** Who sends the request. `nobody` until it is authenticated, and on open routes. */
  caller: Caller;
  /** The code of the problem that is answered. */
  problemCode?: string;
  /** Says what is left of the caller's quota. Set only if rates are limited. */
  rateHeaders?: Readonly<Record<string, string>>;
  /** Set if the answer has its amounts as text. */
  textAmounts?: true;
  /** The row of this request in the audit log. Set only for audited operations. */
  auditId?: string;
  /** The session by which the caller is known. Absent for a caller with a key. */
  session?: Session;
  /** The trace that this request is part of. Set only while traces are on. */
  traceId?: string;
  /** Waits without a place among the reads under way. Set for reads whose number is limited. */
  whileWaiting?: (wait: () => Promise<void>) => Promise<void>;
  /**
   * Gives the place among the reads under way back for good. Something else bounds the request from then on.
   */
  leaveReads?: () => void;
}

export interface Environment {
  Variables: Variables;
}

export type App = Hono<Environment>;

/** The part of a request that routes and middlewares use. The request of Hono's context has it. */
interface AppRequest {
  readonly method: string;
  /** The path that the router matched. */
  readonly path: string;
  readonly url: string;
  readonly header: ((name: Lowercase<string>) => string | undefined) & (() => Record<string, string>);
  readonly param: ((name: string) => string | undefined) & (() => Record<string, string>);
  readonly query: (name: string) => string | undefined;
  readonly arrayBuffer: () => Promise<ArrayBuffer | Uint8Array>;
  readonly text: () => Promise<string>;
}

/**
 * The part of Hono's context that routes and middlewares use. The context of `http/directContext.ts` has this
 * part and no more.
 */
export interface AppContext {
  readonly req: AppRequest;
  res: Response;
  /** Holds the request of Node.js, if there is one. */
  readonly env: unknown;
  readonly get: <Key extends keyof Variables>(key: Key) => Variables[Key];
  readonly set: <Key extends keyof Variables>(key: Key, value: Variables[Key]) => void;
  /** The last route that matched. Hono's context has its own way to tell it. */
  readonly lastRoute?: RouterRoute | undefined;
}

export type AppMiddleware = (c: AppContext, next: () => Promise<void>) => ReturnType<MiddlewareHandler>;

/** Hono's context, for a route that is a GET and so never goes the direct way. */
export function honoContextOf(c: AppContext): Context<Environment> {
  if (c.lastRoute !== undefined) throw new TypeError('this request went past the context of Hono');
  return c as unknown as Context<Environment>;
}

/** The route that answers the request. A middleware if no route takes it. */
export function lastRouteOf(c: AppContext): RouterRoute | undefined {
  return c.lastRoute ?? matchedRoutes(c as unknown as Context).at(-1);
}

export interface RequestIds {
  readonly requestId: string;
  readonly correlationId: string;
  readonly traceId: string | undefined;
  readonly walletId: string | undefined;
  /** The tenant of the wallet. The default tenant has no name, and lines about it name none. */
  readonly tenant: string | undefined;
}

export function idsOf(c: AppContext): RequestIds {
  const requestId = c.get('requestId');
  const given = c.req.param('walletId');
  // Only an id that may be one: any other text in a path is foreign to the log.
  const walletId = given !== undefined && idPattern.test(given) ? given : undefined;
  const tenant = c.get('caller').tenant || undefined;
  return { requestId, correlationId: requestId, traceId: c.get('traceId'), walletId, tenant };
}

// The types that every route and middleware shares: what a request carries on its way through the application.
import type { Context, Hono, MiddlewareHandler } from 'hono';

export interface Variables {
  /** Names this request in its answer, in the log and in the events it leads to. */
  requestId: string;
  /** The trace that this request is part of. Set only while traces are on. */
  traceId?: string;
}

export interface Environment {
  Variables: Variables;
}

export type App = Hono<Environment>;
export type AppContext = Context<Environment>;
export type AppMiddleware = MiddlewareHandler<Environment>;

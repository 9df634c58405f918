// Runs several middlewares as one step of the router. The router makes promises around each step. They live
// until the command is committed, so the garbage collector copies them.
//
// Invariant: a middleware that may throw stands after none that does something after `next`. Only the router
// turns an error into an answer, and it does so around the whole step.
import type { AppMiddleware } from '../context.ts';

type Next = Parameters<AppMiddleware>[1];

export function together(...middlewares: readonly AppMiddleware[]): AppMiddleware {
  return function steps(c, next) {
    const from = (index: number): ReturnType<AppMiddleware> => {
      const middleware = middlewares[index];
      return middleware === undefined ? next() : middleware(c, (() => from(index + 1)) as Next);
    };
    return from(0);
  };
}

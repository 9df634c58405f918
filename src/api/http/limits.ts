// Limits of what a process takes on: the bytes of a body, and the reads at the same time. A request over a
// limit is refused at once.
import { bodyLimit } from 'hono/body-limit';
import type { AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';

/**
 * Refuses bodies that are too large. A declared length is only compared, because Node.js holds the client to
 * it. A body of undeclared length needs Hono's own limit. Hono's limit reads the stream, and takes a third of
 * the throughput.
 */
export function limitBody(bytesMax: number): AppMiddleware {
  const refuse = (): never => {
    throw new ProblemError({ code: 'BODY_TOO_LARGE', detail: `The body may have ${bytesMax} bytes.` });
  };
  const limitStream = bodyLimit({ maxSize: bytesMax, onError: refuse });
  return function bodyBytes(c, next) {
    const declared = c.req.header('content-length');
    if (declared === undefined || c.req.header('transfer-encoding') !== undefined)
      return limitStream(c, next);
    return Number(declared) > bytesMax ? refuse() : next();
  };
}

/**
 * Bounds the reads at the same time, so that waiting reads can neither fill the memory nor hold every
 * connection.
 */
export function limitReads(readsInFlightMax: number): AppMiddleware {
  let inFlight = 0;
  return async function reads(_, next) {
    if (inFlight >= readsInFlightMax) {
      throw new ProblemError({
        code: 'TOO_MANY_READS',
        detail: `This process answers ${readsInFlightMax} reads at once.`,
      });
    }
    inFlight += 1;
    try {
      await next();
    } finally {
      inFlight -= 1;
    }
  };
}

// Limits of what a process takes on: the bytes of a body, and the reads at the same time. A request over a
// limit is refused at once.
import { bodyLimit } from 'hono/body-limit';
import type { AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';

/** Waiting reads for each read under way. A waiting read is a timer and a socket. */
const waitingPerPlace = 16;

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
      return limitStream(c as unknown as Parameters<typeof limitStream>[0], next);
    return Number(declared) > bytesMax ? refuse() : next();
  };
}

/**
 * Bounds the reads at the same time, so that they can neither fill the memory nor hold every connection.
 * Invariant: a read that only waits holds no place. It waits in `whileWaiting` of its context, so that
 * sleeping readers keep nobody out. A request that another bound holds from now on leaves its place for good.
 */
export function limitReads(readsInFlightMax: number): AppMiddleware {
  let inFlight = 0;
  let waiting = 0;
  const assertRoom = () => {
    if (inFlight < readsInFlightMax) return;
    throw new ProblemError({
      code: 'TOO_MANY_READS',
      detail: `This process answers ${readsInFlightMax} reads at once.`,
    });
  };
  return async function reads(c, next) {
    assertRoom();
    inFlight += 1;
    const place = { isHeld: true };
    c.set('whileWaiting', async (wait) => {
      // More of them would fill the memory: then the read keeps its place.
      if (waiting >= readsInFlightMax * waitingPerPlace) return wait();
      inFlight -= 1;
      place.isHeld = false;
      waiting += 1;
      try {
        await wait();
      } finally {
        waiting -= 1;
      }
      assertRoom();
      inFlight += 1;
      place.isHeld = true;
    });
    const leave = () => {
      if (place.isHeld) inFlight -= 1;
      place.isHeld = false;
    };
    c.set('leaveReads', leave);
    try {
      await next();
    } finally {
      leave();
    }
  };
}

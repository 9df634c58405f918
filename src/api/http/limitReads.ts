// A bound on the reads in hand: past it a read is refused at once, so that waiting reads can't fill the memory or
// hold every connection.
import type { AppMiddleware } from '../context.ts';
import { ProblemError } from './problems.ts';

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

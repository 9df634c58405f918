// What a line about a request is found by: its own id, which its answer carries, and what it was about. The request's
// id is also the correlation id of the events that it leads to.
import type { AppContext } from '../context.ts';

export interface RequestIds {
  readonly requestId: string;
  readonly correlationId: string;
  readonly traceId: string | undefined;
  readonly walletId: string | undefined;
}

export function idsOf(c: AppContext): RequestIds {
  const requestId = c.get('requestId');
  const walletId = c.req.param('walletId');
  return { requestId, correlationId: requestId, traceId: c.get('traceId'), walletId };
}

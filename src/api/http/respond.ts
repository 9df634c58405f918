// Makes every answer of a complete body and plain headers. A header that is added to a finished Response
// turns its body into a stream first. That costs more than the whole command.
import type { AppContext } from '../context.ts';
import { isKnown, tagOfBody } from './entityTags.ts';
import { answerSecurity } from './securityHeaders.ts';
import { inTextAmounts } from './textAmounts.ts';

/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The response to a request, with `more` headers than the answer has. No cache keeps it, unless a header says
 * otherwise.
 */
export function respond(
  answer: Answer,
  c: AppContext,
  more: Readonly<Record<string, string>> = {},
): Response {
  return respondTo(c.get('requestId'), asAsked(answer, c), more, c.get('rateHeaders'));
}

function asAsked(answer: Answer, c: AppContext): Answer {
  return c.get('textAmounts') === true ? inTextAmounts(answer) : answer;
}

/** The same for a request that the application never sees. */
export function respondTo(
  requestId: string,
  { status, headers, body }: Answer,
  more: Readonly<Record<string, string>>,
  rateHeaders?: Readonly<Record<string, string>>,
): Response {
  return new Response(body, {
    status,
    headers: { ...notKept, ...headers, ...rateHeaders, ...more, 'x-request-id': requestId },
  });
}

const notKept = { ...answerSecurity, 'cache-control': 'no-store' };
/**
 * Only the caller's own cache may keep a read, and it asks each time whether it still holds. One browser may
 * call with several keys. Wallets of two tenants may have one id and one version, and so one tag. So an
 * answer holds only for the caller and the tenant that it was made for.
 */
const askedAgain = {
  ...answerSecurity,
  'cache-control': 'private, no-cache',
  vary: 'Authorization, Cookie, Wallet-Tenant',
};

/**
 * The answer to a read, as an object or as JSON. It has an ETag: that in `headers`, or one of its body. It is
 * a 304 without a body if the caller has it already, unless `mayBeKnown` is false.
 */
export function respondRead(
  c: AppContext,
  read: object | string,
  headers: Readonly<Record<string, string>> = {},
  mayBeKnown = true,
): Response {
  const body = typeof read === 'string' ? read : JSON.stringify(read);
  const etag = headers.etag ?? tagOfBody(body);
  const tagged = {
    ...askedAgain,
    ...headers,
    ...c.get('rateHeaders'),
    ...{ etag, 'x-request-id': c.get('requestId') },
  };
  if (mayBeKnown && isKnown(c.req.header('if-none-match'), etag))
    return new Response(null, { status: 304, headers: tagged });
  const answer = { status: 200, headers: { 'content-type': 'application/json', ...tagged }, body };
  const { status, headers: sent, body: text } = asAsked(answer, c);
  return new Response(text, { status, headers: sent });
}

/** A 200 (or other) answer with a JSON body. */
export function respondJson(
  body: object,
  c: AppContext,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return respond(
    { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
    c,
  );
}

/** The headers of a stream of server-sent events. */
export function eventStreamHeaders(requestId: string): Readonly<Record<string, string>> {
  return {
    ...notKept,
    // A proxy that compresses an answer waits until it has enough of it.
    'cache-control': `${notKept['cache-control']}, no-transform`,
    'content-type': 'text/event-stream; charset=utf-8',
    // Proxies that buffer answers do not buffer this one.
    'x-accel-buffering': 'no',
    'x-request-id': requestId,
  };
}

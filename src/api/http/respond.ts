// Makes every answer of a complete body and plain headers. A header that is added to a finished Response
// turns its body into a stream first. That costs more than the whole command.
import type { StoredAnswer } from '../../commands/submission.ts';

/** The response to the request `requestId`, with `more` headers than the answer has. */
export function respond(
  answer: StoredAnswer,
  requestId: string,
  more: Readonly<Record<string, string>> = {},
): Response {
  const { status, headers, body } = answer;
  return new Response(body, { status, headers: { ...headers, ...more, 'x-request-id': requestId } });
}

/** A 200 (or other) answer with a JSON body. */
export function respondJson(
  body: object,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return respond(
    { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
    requestId,
  );
}

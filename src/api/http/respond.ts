// How every answer leaves: a body that is ready, and plain headers. Headers that are added to a finished Response
// would turn it into a stream first, which costs more than the whole command.
import type { StoredAnswer } from '../../commands/submission.ts';

/** The response of the request `requestId`; `more` headers stand beside those of the answer. */
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

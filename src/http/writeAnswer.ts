// Writes a complete answer. Hono's adapter keeps status, headers and body of a Response as they were given to
// it, until somebody asks for its Headers. Those are written at once. The adapter itself writes every other
// answer, and its way to a Response costs more than the writing.
//
// Invariant: the bytes are those that the adapter would write.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';

interface Given {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Throws if a header is none that HTTP can carry. */
export type WriteAnswer = (incoming: IncomingMessage, outgoing: ServerResponse, response: Response) => void;

/** `refuse` makes the answer if the adapter fails. */
export function createWriteAnswer(refuse: () => Response): WriteAnswer {
  let answer = refuse;
  // It asks for the answer at once, so one variable is enough.
  const writeByAdapter = getRequestListener(() => answer(), { errorHandler: refuse });
  const givenTo = createGivenTo();
  return (incoming, outgoing, response) => {
    const given = givenTo(response);
    if (given === undefined) {
      answer = () => response;
      void writeByAdapter(incoming, outgoing);
      return;
    }
    outgoing.statusCode = given.status;
    const { headers } = given;
    for (const name in headers) outgoing.setHeader(name, headers[name] ?? '');
    outgoing.end(given.body);
  };
}

/**
 * Tells what a Response was made of. It tells nothing if the headers were asked for since, if the body is no
 * text, or if the adapter keeps nothing. Then the other way is slower, and no less right. Must be called once
 * a listener of the adapter exists, because only then every Response is its own.
 */
export function createGivenTo(): (response: Response) => Given | undefined {
  const symbols = Object.getOwnPropertySymbols(new Response(''));
  const keptAt = symbols.find(({ description }) => description === 'cache');
  return (response) => {
    const kept: unknown = keptAt === undefined ? undefined : Reflect.get(response, keptAt);
    if (!Array.isArray(kept)) return undefined;
    const [status, body, headers] = kept as readonly unknown[];
    const isPlain = typeof status === 'number' && typeof body === 'string' && isRecord(headers);
    return isPlain ? { status, headers, body } : undefined;
  };
}

function isRecord(headers: unknown): headers is Given['headers'] {
  return (
    typeof headers === 'object' && headers !== null && Object.getPrototypeOf(headers) === Object.prototype
  );
}

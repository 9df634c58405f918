// Refuses what a request says and its operation does not declare. Ignored input would leave the caller with a
// promise that nobody keeps. Runs before the handler of every operation that changes something, so nothing
// has happened when it refuses.
//
// Invariant: a change takes its declared parameters, headers and body members, and nothing else.
import type { IncomingMessage } from 'node:http';
import type { AppContext } from '../context.ts';
import { type FieldError, ProblemError } from './problems.ts';

/** The parts of an operation that say what a request may hold. */
interface Declared {
  readonly query?: { readonly shape: object };
  readonly headers?: { readonly shape: object };
}

/** Names in an answer at most. A refusal must stay short, however long the request is. */
const namesMax = 8;
/** Characters of one name in an answer at most. */
const nameLengthMax = 64;

/**
 * Throws VALIDATION_FAILED if the operation does not declare a parameter of the query, or if one comes twice.
 */
export function refuseUndeclaredQuery(c: AppContext, { query }: Declared): void {
  const start = c.req.url.indexOf('?');
  if (start === -1) return;
  const known = query?.shape ?? {};
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [name] of new URLSearchParams(c.req.url.slice(start))) {
    const detail = !Object.hasOwn(known, name)
      ? 'is not known here'
      : seen.has(name)
        ? 'must be given once'
        : undefined;
    seen.add(name);
    if (detail !== undefined && errors.length < namesMax) errors.push({ parameter: shortened(name), detail });
  }
  if (errors.length > 0) throw refusal(errors);
}

/** Headers that must not stand in a request twice, because two readers may take different ones. */
const singleHeaders: ReadonlySet<string> = new Set(['idempotency-key', 'content-type', 'content-encoding']);

/**
 * Headers that ask for a condition or for another method. Whoever sends one relies on it. An operation that
 * does not declare it refuses it.
 */
const askingHeaders: ReadonlySet<string> = new Set([
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'if-modified-since',
  'if-range',
  'range',
  'content-range',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
]);

/** Other services and older drafts spell the header in many ways, such as X-Idempotency-Key. */
const likeIdempotencyKey = /idempot/i;

/**
 * Throws VALIDATION_FAILED if a header asks for something that the operation does not declare, or if a header
 * that must stand alone is sent twice.
 */
export function refuseUndeclaredHeaders(c: AppContext, { headers }: Declared): void {
  const known = headers?.shape ?? {};
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const given of headerNames(c)) {
    const isKeyLike = likeIdempotencyKey.test(given);
    const name = given.toLowerCase();
    if (!isKeyLike && !askingHeaders.has(name) && !singleHeaders.has(name)) continue;
    const detail =
      (isKeyLike || askingHeaders.has(name)) && !Object.hasOwn(known, name)
        ? notKnown(name, Object.hasOwn(known, 'idempotency-key'))
        : seen.has(name) && singleHeaders.has(name)
          ? 'must be sent once'
          : undefined;
    seen.add(name);
    if (detail !== undefined && errors.length < namesMax)
      errors.push({ header: shortened(titleCase(given)), detail });
  }
  if (errors.length > 0) throw refusal(errors);
}

/** If-Match, however the caller or a proxy wrote it. */
function titleCase(header: string): string {
  return header.toLowerCase().replaceAll(/(?<![^-])[a-z]/g, (letter) => letter.toUpperCase());
}

function notKnown(name: string, isKeyKnown: boolean): string {
  if (likeIdempotencyKey.test(name) && isKeyKnown) return 'is not known here; the header is Idempotency-Key';
  return 'has no meaning here, and ignoring it would promise what nobody checks';
}

/** Every header's name as often as it was sent. `Headers` joins those that came twice. */
function* headerNames(c: AppContext): Iterable<string> {
  const raw = incomingOf(c)?.rawHeaders;
  if (raw === undefined) yield* Object.keys(c.req.header());
  else for (let index = 0; index < raw.length; index += 2) yield raw[index] ?? '';
}

/** The request of Node.js. It is absent in tests that call the application without a socket. */
export function incomingOf(c: AppContext): IncomingMessage | undefined {
  return (c.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming;
}

function shortened(name: string): string {
  const visible = name.toWellFormed();
  return visible.length > nameLengthMax ? `${visible.slice(0, nameLengthMax)}…` : visible;
}

function refusal(errors: readonly FieldError[]): ProblemError {
  const named = errors.map(({ parameter, header, detail }) => `${parameter ?? header ?? ''} ${detail}`);
  return new ProblemError({ code: 'VALIDATION_FAILED', detail: `${named.join('; ')}.`, errors });
}

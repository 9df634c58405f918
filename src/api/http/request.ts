// Reads headers, body and parameters of a request. Every function throws ProblemError for a mistake of the
// caller, and for nothing else.
import { hash } from 'node:crypto';
import type { AppContext } from '../context.ts';
import { tagsIn } from './entityTags.ts';
import { canonicalJson, parseJsonObject } from './exactJson.ts';
import { errorsMax, type FieldError, ProblemError } from './problems.ts';
import { idSchema } from './schemas.ts';
import { scoped } from './tenantIds.ts';
import { z } from './zod.ts';

export interface CommandBody<T> {
  readonly body: T;
  /**
   * Gives SHA-256 in hex of method, path and the members as sent. White space and the order of keys do not
   * count. It is made on demand, because only records of the former form need it.
   */
  readonly spellingHash: () => string;
}

/** Raised if the hash is made of other content, so that an old record never matches by accident. */
const spellingHashVersion = 1;

/** The body of a command as the schema's output, and the hash by which the release before knows a repeat. */
export async function readCommandBody<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
  members?: Record<string, unknown>,
): Promise<CommandBody<z.output<Schema>>> {
  members ??= await readMembers(c);
  // Checked before the hash: JSON.stringify overflows the stack on thousands of nested values, and no schema
  // allows nested values.
  const body = check(schema, members, 'pointer');
  // The hash covers the members as sent, without the schema's defaults. A default that a later release adds
  // must not make an old request a different one.
  const { method, path } = c.req;
  const sent = () => `${spellingHashVersion} ${method} ${path}\n${canonicalJson(members)}`;
  return { body, spellingHash: () => hash('sha256', sent(), 'hex') };
}

/** Like `readCommandBody`. A request without a body counts as one with an empty object. */
export async function readCommandBodyOrNone<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<CommandBody<z.output<Schema>>> {
  const isEmpty = (await c.req.arrayBuffer()).byteLength === 0;
  return readCommandBody(c, schema, isEmpty ? {} : undefined);
}

/** The body as the schema's output. */
export async function readBody<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<z.output<Schema>> {
  return check(schema, await readMembers(c), 'pointer');
}

/** Like `readBody`. A request without a body counts as one with an empty object. */
export async function readBodyOrNone<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<z.output<Schema>> {
  const isEmpty = (await c.req.arrayBuffer()).byteLength === 0;
  return isEmpty ? check(schema, {}, 'pointer') : readBody(c, schema);
}

const noMembers = z.strictObject({});

/** For a change that takes no body. An empty body, or an empty object, says nothing. */
export async function refuseBody(c: AppContext): Promise<void> {
  await readBodyOrNone(c, noMembers);
}

async function readMembers(c: AppContext): Promise<Record<string, unknown>> {
  assertJsonMediaType(c);
  return parseJsonObject(decodeUtf8(await c.req.arrayBuffer()));
}

/** JSON in UTF-8, which has two names. Any other parameter asks for something that nobody does. */
const jsonMediaType =
  /^application\/json[ \t]*(?:;[ \t]*(?:charset[ \t]*=[ \t]*(?:utf-?8|"utf-?8")[ \t]*)?)*$/i;

/** A merge patch (RFC 7396), which every PATCH is. */
const mergePatchMediaType = /^application\/merge-patch\+json[ \t]*$/i;

function assertJsonMediaType(c: AppContext): void {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  const given = c.req.header('content-type') ?? '';
  const isKnown = jsonMediaType.test(given) || (c.req.method === 'PATCH' && mergePatchMediaType.test(given));
  if (isKnown && encoding.toLowerCase() === 'identity') return;
  const detail = 'Send the body as application/json in UTF-8, without a content encoding.';
  throw new ProblemError({ code: 'UNSUPPORTED_MEDIA_TYPE', detail });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function decodeUtf8(bytes: ArrayBuffer | Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProblemError({ code: 'MALFORMED_JSON', detail: 'The body is not valid UTF-8.' });
  }
}

/**
 * Query parameters as the schema's output; none may be given twice. Members of an object come one by one, as
 * in metadata[order]=17.
 */
export function readQuery<Schema extends z.ZodObject>(c: AppContext, schema: Schema): z.output<Schema> {
  const { search } = new URL(c.req.url);
  // Without a prototype, so that a parameter called "constructor" is refused. Hono's own object loses it.
  const query = Object.create(null) as Record<string, unknown>;
  const repeated = new Set<string>();
  for (const [name, value] of new URLSearchParams(search)) {
    const [into, key] = placeOfParameter(query, schema, name);
    if (Object.hasOwn(into, key)) repeated.add(name);
    into[key] = value;
  }
  if (repeated.size > 0) {
    const errors = [...repeated].map((parameter) => ({ parameter, detail: 'must be given once' }));
    throw new ProblemError({ code: 'VALIDATION_FAILED', detail: 'A parameter is given twice.', errors });
  }
  return check(schema, query, 'parameter');
}

/** The object that takes the parameter, and its name there. */
function placeOfParameter(
  query: Record<string, unknown>,
  schema: z.ZodObject,
  name: string,
): readonly [Record<string, unknown>, string] {
  const [, outer = '', inner = ''] = /^(\w+)\[([^[\]]+)\]$/.exec(name) ?? [];
  // Zod leaves a member of this name out, and the condition would be lost.
  if (!Object.hasOwn(schema.shape, outer) || inner === '__proto__') return [query, name];
  query[outer] ??= Object.create(null);
  const members = query[outer];
  return typeof members === 'object' ? [members as Record<string, unknown>, inner] : [query, name];
}

/** A parameter of the path as it was sent. */
export function readParam(c: AppContext, name: string): string {
  const value = c.req.param(name);
  if (value === undefined) throw new Error(`the route ${c.req.path} has no parameter ${name}`);
  return value;
}

/** A parameter of the path as the schema's output. `noun` names it in the refusal, such as "hold id". */
export function readPathParam<Schema extends z.ZodType>(
  c: AppContext,
  name: string,
  schema: Schema,
  noun: string,
): z.output<Schema> {
  const parsed = schema.safeParse(readParam(c, name));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ message }) => ({ parameter: name, detail: message }));
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail: `The ${noun} is not one.`, errors });
}

/** The wallet in the path, by its id inside. */
export function readWalletId(c: AppContext): string {
  return scoped(c, readPathParam(c, 'walletId', idSchema, 'wallet id'));
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: 'pointer' | 'parameter',
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue): FieldError[] => {
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const detail = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message;
    return paths.map((path) =>
      place === 'pointer' ? { pointer: toPointer(path), detail } : { parameter: path.join('.'), detail },
    );
  });
  throw new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: errors
      .slice(0, errorsMax)
      .map((error) => `${error.pointer ?? error.parameter ?? ''} ${error.detail}`)
      .join('; '),
    errors,
  });
}

function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** 1 to 255 printable ASCII characters. Quotes around a key do not change the key. */
const idempotencyKeyPattern = /^(?:"([ !#-~]{1,255})"|([ !#-~]{1,255}))$/;

/** The client's Idempotency-Key, or undefined if it sent none. */
export function readIdempotencyKey(c: AppContext): string | undefined {
  const header = c.req.header('idempotency-key');
  if (header === undefined) return undefined;
  const match = idempotencyKeyPattern.exec(header);
  const key = match?.[1] ?? match?.[2];
  if (key !== undefined) return key;
  throw headerProblem(
    'Idempotency-Key',
    'must be 1 to 255 printable ASCII characters, bare or in double quotes',
  );
}

/** The versions that If-Match accepts, or undefined if it accepts any version. */
export function readExpectedVersions(c: AppContext): readonly number[] | undefined {
  const header = c.req.header('if-match');
  if (header === undefined || header === '*') return undefined;
  const tags = tagsIn(header);
  if (tags === undefined) throw headerProblem('If-Match', 'must be the ETag of a wallet, such as "3", or *');
  return tags.filter((tag) => /^[1-9]\d{0,14}$/.test(tag)).map(Number);
}

function headerProblem(header: string, detail: string): ProblemError {
  return new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: `${header} ${detail}.`,
    errors: [{ header, detail }],
  });
}

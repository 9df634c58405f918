// Reading what a request carries: headers, body, parameters. Everything here throws ProblemError for a mistake of
// the caller and nothing else.
import { hash } from 'node:crypto';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Variables } from './app.ts';
import { parseJsonObject } from './jsonObject.ts';
import { type FieldError, ProblemError } from './problems.ts';
import { idSchema } from './schemas.ts';

export type AppContext = Context<{ Variables: Variables }>;

/** The body as the schema's output. */
export async function readBody<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<z.output<Schema>> {
  const mediaType = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new ProblemError({ code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send the body as application/json.' });
  }
  return check(schema, parseJsonObject(decodeUtf8(await c.req.arrayBuffer())), 'pointer');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function decodeUtf8(bytes: ArrayBuffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProblemError({ code: 'MALFORMED_JSON', detail: 'The body is not valid UTF-8.' });
  }
}

/** Query parameters as the schema's output; a parameter given twice counts as given once, the first time. */
export function readQuery<Schema extends z.ZodType>(c: AppContext, schema: Schema): z.output<Schema> {
  return check(schema, c.req.query(), 'parameter');
}

/** The wallet id in the path. */
export function readWalletId(c: AppContext): string {
  const parsed = idSchema.safeParse(c.req.param('walletId'));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ message }) => ({ parameter: 'walletId', detail: message }));
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail: 'The wallet id is not one.', errors });
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
    detail: errors.map((error) => `${error.pointer ?? error.parameter ?? ''} ${error.detail}`).join('; '),
    errors,
  });
}

function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** 1 to 255 printable ASCII characters; inside quotes it is the same key as without them. */
const idempotencyKeyPattern = /^(?:"([ !#-~]{1,255})"|([ !#-~]{1,255}))$/;

/** The client's Idempotency-Key, or undefined where it sent none. */
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

/** The version that If-Match asks for; undefined where any will do. */
export function readExpectedVersion(c: AppContext): number | undefined {
  const header = c.req.header('if-match');
  if (header === undefined || header === '*') return undefined;
  const match = /^"([1-9]\d{0,14})"$/.exec(header);
  if (match?.[1] !== undefined) return Number(match[1]);
  throw headerProblem('If-Match', 'must be the ETag of a wallet, such as "3", or *');
}

function headerProblem(header: string, detail: string): ProblemError {
  return new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: `${header} ${detail}.`,
    errors: [{ header, detail }],
  });
}

/**
 * The id of the command behind a client's key: a UUID (version 8) of its SHA-256, so that the key needs no index
 * of its own and the same key is the same command in every process.
 */
export function commandIdOfKey(idempotencyKey: string): string {
  const digest = hash('sha256', `idempotency-key:${idempotencyKey}`, 'hex');
  const variant = ((parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

/** SHA-256, in hex, of method, path and the body's meaning: white space and the order of keys don't count. */
export function requestHashOf(c: AppContext, body: unknown): string {
  return hash('sha256', `${c.req.method} ${c.req.path}\n${JSON.stringify(body)}`, 'hex');
}

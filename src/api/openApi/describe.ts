// What every part of the OpenAPI description is made of: the registry, the schemas that several operations share, and
// `describe`, which writes one operation down with its examples and with every refusal that it can meet.
import { OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { type OperationExample, type OperationId, operationExamples } from './examples.ts';
import { problemExample } from './problemExamples.ts';
import { type ProblemCode, problemKinds } from '../http/problems.ts';
import { idSchema } from '../http/schemas.ts';

export const registry = new OpenAPIRegistry();

/** What an answer's amounts are: clients that read JSON numbers as floats lose digits. */
export const moneySchema = z.number().openapi({
  format: 'decimal',
  description: "Exact, with the currency's decimals. Read it by its source text, never as a float.",
});
export const currencySchema = z.string();
export const nextCursorSchema = z.string().nullable();
export const cursorSchema = z
  .string()
  .optional()
  .openapi({ description: 'The nextCursor of the page before.' });
export const limitSchema = z
  .int()
  .min(1)
  .optional()
  .openapi({ description: 'Rows on the page; 20 by default.' });
export const walletIdParameter = z.object({ walletId: idSchema });

/** For registered schemas: the generator's own `nullable` wants both an object and null at once. */
export function orNull<Schema extends z.ZodType>(schema: Schema, description: string) {
  return z.union([schema, z.null()]).openapi({ description });
}

export const walletSchema = registry.register(
  'Wallet',
  z.strictObject({
    id: idSchema,
    ownerId: idSchema,
    balance: moneySchema,
    version: z.int().min(1),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    currency: currencySchema,
  }),
);

export const progressSchema = registry.register(
  'RecoveryProgress',
  z.strictObject({
    status: z.enum(['running', 'paused', 'completed', 'failed', 'cancelled']),
    phase: z.string(),
    unit: z.string(),
    done: z.int(),
    total: z.int().nullable(),
    ratePerS: z.int(),
    secondsLeft: z.int().nullable(),
    differences: z.int(),
  }),
);

export const codeSchema = registry.register(
  'ProblemCode',
  z.enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]]),
);

const problemSchema = registry.register(
  'Problem',
  z.strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: codeSchema,
    requestId: z.string(),
    walletId: z.string().optional(),
    currentVersion: z.int().optional(),
    commandId: z.string().optional(),
    workflowId: z.string().optional(),
    progress: progressSchema.optional(),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          header: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  }),
);

/** What any request can meet, whatever it asks for. */
const everywhere: readonly ProblemCode[] = [
  'MALFORMED_REQUEST',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
];
/** What a request with a JSON body can meet. */
const withBody: readonly ProblemCode[] = ['MALFORMED_JSON', 'VALIDATION_FAILED', 'UNSUPPORTED_MEDIA_TYPE'];

export interface Operation {
  readonly id: OperationId;
  readonly tag: 'Wallets' | 'Ledger' | 'Projections' | 'Recovery' | 'Process';
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  /** What neither the schemas nor the refusals tell. */
  readonly note?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** True where a request without a body means the defaults. */
  readonly bodyOptional?: true;
  readonly status?: 200 | 201 | 202;
  readonly description: string;
  readonly answer: z.ZodType;
  readonly answerHeaders?: z.ZodObject;
  readonly mediaType?: string;
  /** The answer with which a process says that it should get no traffic. */
  readonly unavailable?: { readonly description: string; readonly answer: z.ZodType };
  /** Besides what any request, and any request with a body, can meet. */
  readonly codes: readonly ProblemCode[];
}

/** Writes one operation into the registry. */
export function describe(operation: Operation): void {
  const { id, tag, method, path, summary, body, answer, answerHeaders } = operation;
  const example: OperationExample = operationExamples[id];
  const codes = new Set([
    ...everywhere,
    ...(method === 'post' ? (['BODY_TOO_LARGE'] as const) : []),
    ...(body === undefined ? [] : withBody),
    ...(method === 'post' && path.startsWith('/admin/') ? (['CROSS_SITE_REFUSED'] as const) : []),
    ...operation.codes,
  ]);
  registry.registerPath({
    operationId: id,
    'x-codeSamples': [{ lang: 'shell', label: 'curl', source: curlOf(operation, example) }],
    tags: [tag],
    method,
    path,
    summary,
    ...(operation.note !== undefined && { description: operation.note }),
    request: {
      ...(operation.params && { params: operation.params }),
      ...(operation.query && { query: operation.query }),
      ...(operation.headers && { headers: operation.headers }),
      ...(body && {
        body: {
          required: operation.bodyOptional !== true,
          content: { 'application/json': { schema: body, example: example.body ?? {} } },
        },
      }),
    },
    responses: {
      [String(operation.status ?? 200)]: {
        description: operation.description,
        ...(answerHeaders && { headers: answerHeaders }),
        content: { [operation.mediaType ?? 'application/json']: { schema: answer, example: example.answer } },
      },
      ...refusals([...codes]),
      ...(operation.unavailable && {
        '503': {
          description: operation.unavailable.description,
          content: { 'application/json': { schema: operation.unavailable.answer } },
        },
      }),
    },
  });
}

/** What somebody would type for the example. */
function curlOf({ method, path }: Operation, example: OperationExample): string {
  const { params = {}, query = {}, headers = {}, body } = example;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? name);
  const search = new URLSearchParams(query).toString();
  return [
    `curl -s${method === 'post' ? ' -X POST' : ''} 'http://localhost:3000${filled}${search === '' ? '' : `?${search}`}'`,
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body === undefined ? [] : [`-H 'content-type: application/json'`, `-d '${JSON.stringify(body)}'`]),
  ].join(' \\\n  ');
}

/** One response a status, with an example of each code. */
function refusals(codes: readonly ProblemCode[]): RouteConfig['responses'] {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `${code}: ${problemKinds[code].title}.`).join(' '),
        ...(status === 503 && { headers: retryAfter }),
        content: {
          'application/problem+json': {
            schema: problemSchema,
            examples: Object.fromEntries(
              ofStatus.map((code) => [
                code,
                { summary: problemKinds[code].title, value: problemExample(code) },
              ]),
            ),
          },
        },
      },
    ]),
  );
}

const retryAfter = z.object({
  'retry-after': z.string().openapi({ description: 'Seconds until it is worth trying again.' }),
});

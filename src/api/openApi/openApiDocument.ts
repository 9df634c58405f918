// The OpenAPI 3.1 description of the API, made from the declared operations and from the table of problems.
// The same schemas check the requests, so the document cannot differ from the checks.
import { OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { type ProblemCode, problemKinds } from '../http/problems.ts';
import { policyOf } from '../http/rateLimits.ts';
import { isUnderTextAmounts, textAmountsPrefix } from '../http/textAmounts.ts';
import { z } from '../http/zod.ts';
import { problemSchema } from './answerSchemas.ts';
import type { Operation } from './operation.ts';
import { problemExample } from './problemExamples.ts';

const introduction = `Amounts are decimal text, such as "100.00". The same paths without /v1 answer amounts as JSON numbers. \
An \`Idempotency-Key\` makes any command safe to send again. Refusals are RFC 9457 problem details with a stable \`code\`.`;

/** The name of the one way to prove who calls. */
const securityScheme = 'apiKey';

/** The whole document. */
export function openApiDocument(operations: readonly Operation[]) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', securityScheme, {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key. Each operation names the scope that the key needs.',
  });
  for (const operation of operations) registry.registerPath(describe(operation));
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Wallet service',
      version: '1',
      description: introduction,
      contact: { name: 'The operators of this installation' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [],
    tags: [
      { name: 'Wallets', description: 'Create, credit, debit, transfer, read.' },
      { name: 'Holds', description: 'Set money aside for a payment, and take it or give it back.' },
      { name: 'Ledger', description: 'Double-entry bookkeeping of every wallet.' },
      { name: 'Events', description: 'Every change of every wallet, in order.' },
      { name: 'Webhooks', description: 'Events sent to URLs, signed and tried again.' },
      { name: 'Access', description: 'Who may call, and by which key.' },
      { name: 'Projections', description: 'For operators: how far the projections are, and what is parked.' },
      { name: 'Recovery', description: 'For operators: rebuild, retry, verify and prune, run by Temporal.' },
      { name: 'Audit', description: 'For operators and auditors: who asked for which change.' },
      { name: 'Access', description: 'For operators: who may use the installation.' },
      { name: 'Process', description: 'Health, version, metrics, and the meaning of problems.' },
    ],
  });
  return withWideIntegers(document) as typeof document;
}

/** Positions and versions outgrow 32 bits, which is what some generators take an integer for. */
function withWideIntegers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withWideIntegers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, one]) => [name, withWideIntegers(one)] as const);
  const isInteger = 'type' in value && [value.type].flat().includes('integer') && !('format' in value);
  return { ...Object.fromEntries(members), ...(isInteger && { format: 'int64' }) };
}

/** Every resource that holds amounts is named under /v1, where they are text. */
function documentedPath({ path }: Operation): string {
  return isUnderTextAmounts(path) ? `${textAmountsPrefix}${path}` : path;
}

function describe(operation: Operation): RouteConfig {
  const { id, tag, method, summary, params, query, headers, body, example } = operation;
  const path = documentedPath(operation);
  const { answer, unavailable } = operation;
  return {
    operationId: id,
    'x-codeSamples': [{ lang: 'shell', label: 'curl', source: curlOf(operation) }],
    tags: [tag],
    method,
    path,
    summary,
    security: operation.scope === 'open' ? [] : [{ [securityScheme]: [operation.scope] }],
    description: [`Answers: ${operation.description}`, operation.note].filter(Boolean).join(' '),
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(headers && { headers }),
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
        ...headersOf(operation),
        content: {
          [operation.mediaType ?? 'application/json']: { schema: answer, example: example.answer },
          ...Object.fromEntries(
            Object.entries(operation.otherAnswers ?? {}).map(([name, schema]) => [name, { schema }]),
          ),
        },
      },
      ...(method === 'get' && (tag !== 'Process' || operation.revalidated) && { '304': notModified }),
      ...problemResponses(codesOf(operation)),
      ...(unavailable && {
        '503': {
          description: unavailable.description,
          content: { 'application/json': { schema: unavailable.answer } },
        },
      }),
    },
  };
}

const notModified = { description: 'The caller has this answer already: If-None-Match names its ETag.' };

/** The problems of any request, whatever it asks for. */
const everywhere: readonly ProblemCode[] = [
  'MALFORMED_REQUEST',
  'HOST_NOT_SERVED',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
  'INTERNAL_ERROR',
];
/** The problems of any request that changes something. */
const ofChanges: readonly ProblemCode[] = [
  'BODY_TOO_LARGE',
  'MALFORMED_JSON',
  'VALIDATION_FAILED',
  'UNSUPPORTED_MEDIA_TYPE',
];

function codesOf(operation: Operation): readonly ProblemCode[] {
  const { tag, method, path, scope, codes, audited } = operation;
  const all = new Set([
    ...everywhere,
    ...(scope === 'open'
      ? []
      : (['UNAUTHENTICATED', 'FORBIDDEN', 'TENANT_SUSPENDED', 'TENANT_NOT_FOUND'] as const)),
    ...(method === 'get' ? [] : ofChanges),
    ...(method !== 'get' && /^\/(admin|tenants)/.test(path) ? (['CROSS_SITE_REFUSED'] as const) : []),
    // Every read but those about the process refuses parameters that it does not know.
    ...(tag === 'Process' ? [] : (['VALIDATION_FAILED'] as const)),
    // An action that can't be audited is refused.
    ...(audited ? (['DATABASE_UNAVAILABLE'] as const) : []),
    ...(policyOf(operation) === undefined ? [] : (['RATE_LIMITED'] as const)),
    ...codes,
  ]);
  return [...all];
}

/** The example as a command for the shell. */
function curlOf(operation: Operation): string {
  const { method, example } = operation;
  const path = documentedPath(operation);
  const { params = {}, query = {}, headers = {}, body } = example;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? name);
  const search = new URLSearchParams(query).toString();
  return [
    `curl -s${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} 'http://localhost:3000${filled}${search === '' ? '' : `?${search}`}'`,
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body === undefined ? [] : [`-H 'content-type: application/json'`, `-d '${JSON.stringify(body)}'`]),
  ].join(' \\\n  ');
}

/** One response for each status, with an example of each code. */
function problemResponses(codes: readonly ProblemCode[]): RouteConfig['responses'] {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `${code}: ${problemKinds[code].title}.`).join(' '),
        ...(status === 503 && { headers: retryAfter }),
        ...(status === 429 && { headers: retryAfter.extend(rateHeaders) }),
        content: { 'application/problem+json': { schema: problemSchema, examples: examplesOf(ofStatus) } },
      },
    ]),
  );
}

function examplesOf(codes: readonly ProblemCode[]) {
  return Object.fromEntries(
    codes.map((code) => [code, { summary: problemKinds[code].title, value: problemExample(code) }]),
  );
}

/** The headers of the answer that succeeds. */
function headersOf(operation: Operation) {
  const { answerHeaders = z.object({}) } = operation;
  const isLimited = policyOf(operation) !== undefined;
  if (!isLimited && operation.answerHeaders === undefined) return {};
  const limits = Object.fromEntries(
    Object.entries(isLimited ? rateHeaders : {}).map(([name, header]) => [name, header.optional()]),
  );
  return { headers: answerHeaders.extend(limits) };
}

/** Of the IETF's draft on rate limits. */
const rateHeaders = {
  'ratelimit-policy': z.string().openapi({
    description:
      'The quota and its window in seconds: "command";q=600000;w=60. Absent if nothing is limited.',
  }),
  ratelimit: z.string().openapi({
    description: 'What is left, and the seconds until the window ends: "command";r=599990;t=42.',
  }),
};

const retryAfter = z.object({
  'retry-after': z.string().openapi({ description: 'Seconds until it is worth trying again.' }),
});

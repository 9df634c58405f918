// The OpenAPI 3.1 description of the API, made from the schemas that check the requests and from the table of
// problems, so that it can't fall behind them.
import { OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { type ProblemCode, problemKinds } from './problems.ts';
import { createWalletSchema, idSchema, movementSchema, transferSchema } from './schemas.ts';

const registry = new OpenAPIRegistry();

const walletSchema = registry.register(
  'Wallet',
  z.strictObject({
    id: idSchema,
    ownerId: idSchema.openapi({ example: 'owner-1' }),
    balance: z.number().openapi({ description: "Exact, with the currency's decimals.", example: 100 }),
    version: z.int().min(1).openapi({ example: 1 }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    currency: z.string().openapi({ example: 'USD' }),
  }),
);

const problemSchema = registry.register(
  'Problem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]]),
    requestId: z.string(),
    walletId: z.string().optional(),
    currentVersion: z.int().optional(),
    commandId: z.string().optional(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          header: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  }),
);

const walletIdParameter = z.object({ walletId: idSchema });
const commandHeaders = z.object({
  'idempotency-key': z.string().min(1).max(255).optional().openapi({
    description: 'Makes the request safe to send again: the same key and request get the same answer.',
  }),
  'if-match': z
    .string()
    .optional()
    .openapi({ description: 'ETag of the wallet that the caller saw.', example: '"3"' }),
});

const commonProblems: readonly ProblemCode[] = ['REQUEST_TIMEOUT', 'INTERNAL_ERROR'];
const commandProblems: readonly ProblemCode[] = [
  ...commonProblems,
  'MALFORMED_JSON',
  'VALIDATION_FAILED',
  'AMOUNT_INVALID',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_KEY_REUSED',
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
  'WALLET_BUSY',
  'SHUTTING_DOWN',
  'DATABASE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
];
const movementProblems: readonly ProblemCode[] = [...commandProblems, 'WALLET_NOT_FOUND', 'VERSION_MISMATCH'];

function json(schema: z.ZodType): { 'application/json': { schema: z.ZodType } } {
  return { 'application/json': { schema } };
}

/** The refusals of an operation, one response a status. */
function problemResponses(codes: readonly ProblemCode[]): RouteConfig['responses'] {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `${code}: ${problemKinds[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}

function registerCommand(
  path: string,
  summary: string,
  body: z.ZodType,
  codes: readonly ProblemCode[],
  answer: z.ZodType,
): void {
  const creates = path === '/wallets';
  registry.registerPath({
    method: 'post',
    path,
    summary,
    request: {
      headers: commandHeaders,
      ...(creates ? {} : { params: walletIdParameter }),
      body: { required: true, content: json(body) },
    },
    responses: {
      [creates ? '201' : '200']: { description: 'The state after the operation.', content: json(answer) },
      ...problemResponses(codes),
    },
  });
}

registerCommand(
  '/wallets',
  'Create a wallet',
  createWalletSchema,
  [...commandProblems, 'WALLET_ALREADY_EXISTS'],
  walletSchema,
);
registerCommand(
  '/wallets/{walletId}/credit',
  'Put money into a wallet',
  movementSchema,
  [...movementProblems, 'BALANCE_LIMIT_EXCEEDED'],
  walletSchema,
);
registerCommand(
  '/wallets/{walletId}/debit',
  'Take money out of a wallet',
  movementSchema,
  [...movementProblems, 'INSUFFICIENT_FUNDS'],
  walletSchema,
);
registerCommand(
  '/wallets/{walletId}/transfer',
  'Move money to another wallet',
  transferSchema,
  [...movementProblems, 'SAME_WALLET', 'CURRENCY_MISMATCH', 'INSUFFICIENT_FUNDS', 'BALANCE_LIMIT_EXCEEDED'],
  z.strictObject({ fromWallet: walletSchema, toWallet: walletSchema }),
);

registry.registerPath({
  method: 'get',
  path: '/wallets/{walletId}',
  summary: 'Read a wallet',
  request: { params: walletIdParameter },
  responses: {
    '200': { description: 'The wallet; X-Read-Source says where it was read.', content: json(walletSchema) },
    ...problemResponses([...commonProblems, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND']),
  },
});
registry.registerPath({
  method: 'get',
  path: '/wallets',
  summary: 'List wallets in order of id',
  request: {
    query: z.object({
      ownerId: idSchema.optional(),
      limit: z.int().min(1).optional(),
      cursor: z.string().optional().openapi({ description: 'The nextCursor of the page before.' }),
    }),
  },
  responses: {
    '200': {
      description: 'One page.',
      content: json(z.strictObject({ wallets: z.array(walletSchema), nextCursor: z.string().nullable() })),
    },
    ...problemResponses([...commonProblems, 'VALIDATION_FAILED']),
  },
});

/** The whole document. */
export function openApiDocument(): object {
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Wallet service', version: '1', license: { name: 'MIT', identifier: 'MIT' } },
  });
}

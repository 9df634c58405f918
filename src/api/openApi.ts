// The OpenAPI 3.1 description of the API, made from the schemas that check the requests and from the table of
// problems, so that it can't fall behind them.
import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { registerAdmin } from './openApiAdmin.ts';
import {
  commonProblems,
  json,
  problemResponses,
  registry,
  walletIdParameter,
  walletSchema,
} from './openApiParts.ts';
import { registerReads } from './openApiReads.ts';
import type { ProblemCode } from './problems.ts';
import { createWalletSchema, movementSchema, transferSchema } from './schemas.ts';

const commandHeaders = z.object({
  'idempotency-key': z.string().min(1).max(255).optional().openapi({
    description: 'Makes the request safe to send again: the same key and request get the same answer.',
  }),
  'if-match': z
    .string()
    .optional()
    .openapi({ description: 'ETag of the wallet that the caller saw.', example: '"3"' }),
});

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

registerReads();
registerAdmin();

/** The whole document. */
export function openApiDocument(): object {
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Wallet service', version: '1', license: { name: 'MIT', identifier: 'MIT' } },
  });
}

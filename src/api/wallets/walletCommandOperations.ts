// The declarations of the four operations that change wallets.
import { currencyDefault, isCurrency } from '../../domain/currency.ts';
import { isJsonNumber, type JsonNumber, sourceOf } from '../http/exactJson.ts';
import type { ProblemCode } from '../http/problems.ts';
import { metadataKeysMax } from '../../domain/decide/details.ts';
import { freezeScopes } from '../../domain/terms.ts';
import { idSchema, textSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { currencySchema, moneySchema, movementIdSchema } from '../openApi/answerSchemas.ts';
import { exampleChanged, exampleWallet, exampleWalletId } from '../openApi/exampleStory.ts';
import type { Operation } from '../openApi/operation.ts';

const descriptionLengthMax = 500;

/** A JSON number or a string. It stays decimal text, because only the wallet knows its decimals. */
export const amountSchema = z
  .union([z.string(), z.custom<JsonNumber>(isJsonNumber)], { error: 'must be a number or a decimal string' })
  .transform((value) => (typeof value === 'string' ? value : sourceOf(value)))
  .openapi({
    type: 'string',
    format: 'decimal',
    pattern: '^(?:0|[1-9]\\d*)(?:\\.\\d+)?$',
    description:
      "A plain decimal with at most the currency's decimals. An exact JSON number is accepted too.",
    example: '100.00',
  });

export const descriptionSchema = textSchema(z.string(), descriptionLengthMax)
  .default('')
  .openapi({ example: 'top-up' });

const createSchema = z
  .strictObject({
    walletId: idSchema.optional(),
    ownerId: idSchema.openapi({ example: 'owner-1' }),
    initialBalance: amountSchema.default('0').openapi({ example: '100.00' }),
    currency: z
      .string()
      .refine(isCurrency, 'must be an ISO 4217 code')
      .default(currencyDefault)
      .openapi({ example: 'USD' }),
  })
  .openapi('CreateWallet');

const movementSchema = z
  .strictObject({ amount: amountSchema, description: descriptionSchema })
  .openapi('Movement');

const transferSchema = z
  .strictObject({
    toWalletId: idSchema.openapi({ example: 'wallet-002' }),
    amount: amountSchema,
    description: descriptionSchema,
  })
  .openapi('Transfer');

export const walletIdParams = z.object({ walletId: idSchema });

const createHeaders = z.object({
  'idempotency-key': z.string().min(1).max(255).optional().openapi({
    description: 'Makes the request safe to send again: the same key and request get the same answer.',
  }),
});
const changeHeaders = createHeaders.extend({
  'if-match': z.string().optional().openapi({ description: 'ETag of the wallet that the caller saw.' }),
});

export const freezeSchema = z
  .strictObject({
    scope: z.enum(freezeScopes),
    reason: z.string(),
    holds: z.enum(['honor', 'block']).openapi({ description: 'Whether open holds may be captured.' }),
    until: z.iso.datetime().nullable(),
  })
  .openapi('Freeze');

export const walletSchema = z
  .strictObject({
    id: idSchema,
    ownerId: idSchema,
    balance: moneySchema,
    held: moneySchema.openapi({ description: 'The part of the balance that open holds set aside.' }),
    available: moneySchema.openapi({
      description: 'What the wallet can give: the balance without the held part, above its minimum.',
    }),
    status: z.enum(['active', 'frozen', 'closed']),
    freeze: freezeSchema.optional().openapi({ description: 'Absent unless the wallet is frozen.' }),
    minimumBalance: moneySchema.optional().openapi({ description: 'Absent if it is 0.' }),
    maximumBalance: moneySchema.optional().openapi({ description: 'Absent if there is none.' }),
    version: z.int().min(1),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    currency: currencySchema,
    metadata: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: 'Only in reads; absent if there are none.' }),
    labels: z
      .array(z.string())
      .optional()
      .openapi({ description: 'Only in reads; absent if there are none.' }),
  })
  .openapi('Wallet');

const answeredMovementSchema = movementIdSchema.optional().openapi({
  description: 'For GET /movements/{movementId}. Only a replayed answer of an earlier release lacks it.',
});
export const changedWalletSchema = z
  .strictObject({ ...walletSchema.shape, movementId: answeredMovementSchema })
  .openapi('ChangedWallet');

const answerHeaders = z.object({
  etag: z.string().openapi({ description: "The wallet's version; a transfer has the sender's." }),
  'command-id': z.string().openapi({ description: 'For GET /commands/{commandId}.' }),
  'idempotent-replayed': z
    .literal('true')
    .optional()
    .openapi({ description: 'The answer that an earlier request with the same key got.' }),
});

export const metadataKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,40}$/, 'must be 1 to 40 characters of A-Z a-z 0-9 _ . -');
export const metadataValueSchema = textSchema(z.string(), 500);
export const metadataSchema = z
  .record(metadataKeySchema, metadataValueSchema)
  .refine(
    (metadata) => Object.keys(metadata).length <= metadataKeysMax,
    `must have at most ${metadataKeysMax} keys`,
  )
  .openapi({ example: { order: 'o-17' } });

const commandCodes = [
  'AMOUNT_INVALID',
  'IDEMPOTENCY_KEY_REUSED',
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
  'WALLET_BUSY',
  'SHUTTING_DOWN',
  'DATABASE_UNAVAILABLE',
  'UPGRADE_UNFINISHED',
  'OUTCOME_UNKNOWN',
] as const satisfies readonly ProblemCode[];
export const changeCodes = [
  ...commandCodes,
  ...(['WALLET_NOT_FOUND', 'VERSION_MISMATCH', 'WALLET_CLOSED', 'WALLET_FROZEN'] as const),
] as const;

export const createWallet = {
  id: 'createWallet',
  tag: 'Wallets',
  method: 'post',
  audited: false,
  path: '/wallets',
  scope: 'wallets:create',
  summary: 'Create a wallet',
  note: 'An initial balance needs the scope money:credit as well. Takes no If-Match, and refuses one with 400: a wallet that is not there yet has no version.',
  headers: createHeaders,
  body: createSchema,
  status: 201,
  description: 'The new wallet.',
  answer: changedWalletSchema,
  answerHeaders: answerHeaders.extend({ location: z.string() }),
  codes: [...commandCodes, 'WALLET_ALREADY_EXISTS'],
  example: {
    headers: { 'idempotency-key': 'create-wallet-001' },
    body: { walletId: exampleWalletId, ownerId: 'owner-1', initialBalance: '100.00', currency: 'USD' },
    answer: exampleChanged('100.00', 1),
  },
} as const satisfies Operation;

/** The changes of a wallet have these in common. */
export const change = {
  tag: 'Wallets',
  method: 'post',
  audited: false,
  params: walletIdParams,
  headers: changeHeaders,
  answerHeaders,
} as const;

export const creditWallet = {
  ...change,
  id: 'creditWallet',
  path: '/wallets/{walletId}/credit',
  scope: 'money:credit',
  summary: 'Put money into a wallet',
  body: movementSchema,
  description: 'The wallet after it.',
  answer: changedWalletSchema,
  codes: [...changeCodes, 'LIMIT_EXCEEDED', 'BALANCE_LIMIT_EXCEEDED'],
  example: {
    params: { walletId: exampleWalletId },
    headers: { 'idempotency-key': 'credit-1', 'if-match': '"1"' },
    body: { amount: '50.50', description: 'top-up' },
    answer: exampleChanged('150.50', 2),
  },
} as const satisfies Operation;

export const debitWallet = {
  ...change,
  id: 'debitWallet',
  path: '/wallets/{walletId}/debit',
  scope: 'money:debit',
  summary: 'Take money out of a wallet',
  body: movementSchema,
  description: 'The wallet after it.',
  answer: changedWalletSchema,
  codes: [...changeCodes, 'LIMIT_EXCEEDED', 'INSUFFICIENT_FUNDS'],
  example: {
    params: { walletId: exampleWalletId },
    body: { amount: '25.50', description: 'groceries' },
    answer: exampleChanged('125.00', 3),
  },
} as const satisfies Operation;

export const transferFunds = {
  ...change,
  id: 'transferFunds',
  path: '/wallets/{walletId}/transfer',
  scope: 'transfers:write',
  summary: 'Move money to another wallet',
  body: transferSchema,
  description: 'Both wallets after it.',
  answer: z
    .strictObject({ fromWallet: walletSchema, toWallet: walletSchema, movementId: answeredMovementSchema })
    .openapi('Transferred'),
  codes: [
    ...changeCodes,
    'SAME_WALLET',
    'CURRENCY_MISMATCH',
    'LIMIT_EXCEEDED',
    'INSUFFICIENT_FUNDS',
    'BALANCE_LIMIT_EXCEEDED',
  ],
  example: {
    params: { walletId: exampleWalletId },
    body: { toWalletId: 'wallet-002', amount: '25.00', description: 'rent' },
    answer: {
      fromWallet: exampleWallet('100.00', 4),
      toWallet: exampleWallet('25.00', 2, 'wallet-002', 'owner-2'),
      movementId: `${exampleWalletId}@4`,
    },
  },
} as const satisfies Operation;

export const walletCommandOperations = [createWallet, creditWallet, debitWallet, transferFunds] as const;

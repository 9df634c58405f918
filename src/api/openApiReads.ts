// The reading part of the OpenAPI description: wallets, their history, the ledger, outcomes of commands.
import { z } from 'zod';
import {
  commonProblems,
  json,
  problemResponses,
  registry,
  walletIdParameter,
  walletSchema,
} from './openApiParts.ts';
import type { ProblemCode } from './problems.ts';
import { idSchema, timeSchema } from './schemas.ts';

const amountSchema = z
  .number()
  .openapi({ description: "Exact, with the currency's decimals.", example: 100 });
const currencySchema = z.string().openapi({ example: 'USD' });
const cursorSchema = z.string().optional().openapi({ description: 'The nextCursor of the page before.' });
const limitSchema = z.int().min(1).optional();
const nextCursorSchema = z.string().nullable();

const eventSchema = registry.register(
  'Event',
  z.object({
    position: z.int().min(1),
    version: z.int().min(1),
    type: z.enum(['WalletCreated', 'WalletCredited', 'WalletDebited', 'TransferSent', 'TransferReceived']),
    occurredAt: z.iso.datetime(),
    amount: amountSchema.optional(),
    description: z.string().optional(),
    ownerId: idSchema.optional(),
    transferId: idSchema.optional(),
    fromWalletId: idSchema.optional(),
    toWalletId: idSchema.optional(),
    balance: amountSchema,
    currency: currencySchema,
  }),
);

const entrySchema = registry.register(
  'LedgerEntry',
  z.strictObject({
    position: z.int().min(1),
    direction: z.enum(['debit', 'credit']),
    amount: amountSchema,
    currency: currencySchema,
    counterAccount: z.string().openapi({ example: 'settlement:USD' }),
    balanceAfter: amountSchema,
    occurredAt: z.iso.datetime(),
    description: z.string(),
  }),
);

const outcomeSchema = z.object({
  commandId: z.uuid(),
  outcome: z.enum(['committed', 'refused', 'unknown']),
  recordedAt: z.iso.datetime().optional(),
  status: z.int().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional().openapi({ description: 'The stored answer.' }),
});

const sumsSchema = z.strictObject({ currency: currencySchema, debits: amountSchema, credits: amountSchema });
const trialBalanceSchema = z.strictObject({
  position: z.int().min(0).openapi({ description: 'The sums cover exactly the events up to here.' }),
  balanced: z.boolean(),
  accounts: z.array(sumsSchema.extend({ accountClass: z.enum(['wallet', 'settlement']) })),
  totals: z.array(sumsSchema.extend({ balanced: z.boolean() })),
});

function registerRead(
  path: string,
  summary: string,
  request: { readonly params?: z.ZodObject; readonly query?: z.ZodObject },
  answer: { readonly description: string; readonly schema: z.ZodType },
  codes: readonly ProblemCode[],
): void {
  registry.registerPath({
    method: 'get',
    path,
    summary,
    request: { ...request },
    responses: {
      '200': { description: answer.description, content: json(answer.schema) },
      ...problemResponses([...commonProblems, ...codes]),
    },
  });
}

const ofWallet = { params: walletIdParameter };

export function registerReads(): void {
  registerRead(
    '/wallets/{walletId}',
    'Read a wallet',
    {
      ...ofWallet,
      query: z.object({
        minVersion: z
          .int()
          .min(1)
          .optional()
          .openapi({ description: 'Waits a moment for the read model to have it.' }),
        consistency: z.enum(['eventual', 'strong']).optional(),
      }),
    },
    { description: 'The wallet; X-Read-Source says where it was read.', schema: walletSchema },
    ['VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  );
  registerRead(
    '/wallets',
    'List wallets in order of id',
    { query: z.object({ ownerId: idSchema.optional(), limit: limitSchema, cursor: cursorSchema }) },
    {
      description: 'One page.',
      schema: z.strictObject({ wallets: z.array(walletSchema), nextCursor: nextCursorSchema }),
    },
    ['VALIDATION_FAILED'],
  );
  registerRead(
    '/wallets/{walletId}/events',
    "Read a wallet's history, oldest first",
    { ...ofWallet, query: z.object({ limit: limitSchema, cursor: cursorSchema }) },
    {
      description: 'One page.',
      schema: z.strictObject({ events: z.array(eventSchema), nextCursor: nextCursorSchema }),
    },
    ['VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  );
  registerRead(
    '/wallets/{walletId}/ledger',
    "Read a wallet's ledger entries",
    {
      ...ofWallet,
      query: z.object({
        limit: limitSchema,
        cursor: cursorSchema,
        order: z.enum(['asc', 'desc']).optional().openapi({ description: 'Newest first by default.' }),
        from: timeSchema.optional().openapi({ description: 'Included.' }),
        to: timeSchema.optional().openapi({ description: 'Not included.' }),
      }),
    },
    {
      description: 'One page, in order of position.',
      schema: z.strictObject({ entries: z.array(entrySchema), nextCursor: nextCursorSchema }),
    },
    ['VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  );
  registerRead(
    '/wallets/{walletId}/balance',
    "Read a wallet's balance as of a time",
    { ...ofWallet, query: z.object({ at: timeSchema }) },
    {
      description: 'What the last event at or before that time left.',
      schema: z.strictObject({
        walletId: idSchema,
        at: z.iso.datetime(),
        balance: amountSchema,
        currency: currencySchema,
        version: z.int().min(1),
        position: z.int().min(1),
        lastEventAt: z.iso.datetime(),
      }),
    },
    ['VALIDATION_FAILED', 'WALLET_NOT_FOUND', 'WALLET_NOT_YET_CREATED'],
  );
  registerRead(
    '/ledger/trial-balance',
    'Sum the whole ledger',
    {},
    { description: 'Debits and credits out of one snapshot.', schema: trialBalanceSchema },
    [],
  );
  registerRead(
    '/commands/{commandId}',
    'Ask what became of a command',
    { params: z.object({ commandId: z.uuid() }) },
    { description: 'Its stored answer, or that none is stored.', schema: outcomeSchema },
    ['VALIDATION_FAILED'],
  );
}

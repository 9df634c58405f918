// The wallets' part of the OpenAPI description: the four commands, the reads, the outcome of a command.
import { z } from 'zod';
import {
  currencySchema,
  cursorSchema,
  describe,
  limitSchema,
  moneySchema,
  nextCursorSchema,
  registry,
  walletIdParameter,
  walletSchema,
} from '../openApi/describe.ts';
import type { ProblemCode } from '../http/problems.ts';
import { createWalletSchema, idSchema, movementSchema, transferSchema } from '../http/schemas.ts';

const createHeaders = z.object({
  'idempotency-key': z.string().min(1).max(255).optional().openapi({
    description: 'Makes the request safe to send again: the same key and request get the same answer.',
  }),
});
const moveHeaders = createHeaders.extend({
  'if-match': z.string().optional().openapi({ description: 'ETag of the wallet that the caller saw.' }),
});
const answerHeaders = z.object({
  etag: z.string().openapi({ description: "The wallet's version; a transfer has the sender's." }),
  'command-id': z.string().openapi({ description: 'For GET /commands/{commandId}.' }),
  'idempotent-replayed': z
    .literal('true')
    .optional()
    .openapi({ description: 'The answer that an earlier request with the same key got.' }),
});

const commandCodes: readonly ProblemCode[] = [
  'AMOUNT_INVALID',
  'IDEMPOTENCY_KEY_REUSED',
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
  'WALLET_BUSY',
  'SHUTTING_DOWN',
  'DATABASE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
];
const moveCodes: readonly ProblemCode[] = [...commandCodes, 'WALLET_NOT_FOUND', 'VERSION_MISMATCH'];
export const readCodes: readonly ProblemCode[] = ['TOO_MANY_READS', 'DATABASE_UNAVAILABLE'];

const eventSchema = registry.register(
  'Event',
  z.strictObject({
    position: z.int().min(1),
    version: z.int().min(1),
    type: z.enum(['WalletCreated', 'WalletCredited', 'WalletDebited', 'TransferSent', 'TransferReceived']),
    occurredAt: z.iso.datetime(),
    amount: moneySchema.optional(),
    description: z.string().optional(),
    ownerId: idSchema.optional(),
    transferId: idSchema.optional(),
    fromWalletId: idSchema.optional(),
    toWalletId: idSchema.optional(),
    balance: moneySchema,
    currency: currencySchema,
  }),
);

const outcomeSchema = registry.register(
  'CommandOutcome',
  z.strictObject({
    commandId: z.uuid(),
    outcome: z.enum(['committed', 'refused', 'unknown']),
    recordedAt: z.iso.datetime().optional(),
    status: z.int().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional().openapi({ description: 'The stored answer.' }),
  }),
);

const transferredSchema = registry.register(
  'Transferred',
  z.strictObject({ fromWallet: walletSchema, toWallet: walletSchema }),
);

function describeCommands(): void {
  describe({
    id: 'createWallet',
    tag: 'Wallets',
    method: 'post',
    path: '/wallets',
    summary: 'Create a wallet',
    note: 'Takes no If-Match, and refuses one with 400: a wallet that is not there yet has no version.',
    headers: createHeaders,
    body: createWalletSchema,
    status: 201,
    description: 'The new wallet.',
    answer: walletSchema,
    answerHeaders: answerHeaders.extend({ location: z.string() }),
    codes: [...commandCodes, 'WALLET_ALREADY_EXISTS'],
  });
  for (const [id, verb, summary, more] of [
    ['creditWallet', 'credit', 'Put money into a wallet', 'BALANCE_LIMIT_EXCEEDED'],
    ['debitWallet', 'debit', 'Take money out of a wallet', 'INSUFFICIENT_FUNDS'],
  ] as const) {
    describe({
      id,
      tag: 'Wallets',
      method: 'post',
      path: `/wallets/{walletId}/${verb}`,
      summary,
      params: walletIdParameter,
      headers: moveHeaders,
      body: movementSchema,
      description: 'The wallet after it.',
      answer: walletSchema,
      answerHeaders,
      codes: [...moveCodes, more],
    });
  }
  describe({
    id: 'transferFunds',
    tag: 'Wallets',
    method: 'post',
    path: '/wallets/{walletId}/transfer',
    summary: 'Move money to another wallet',
    params: walletIdParameter,
    headers: moveHeaders,
    body: transferSchema,
    description: 'Both wallets after it.',
    answer: transferredSchema,
    answerHeaders,
    codes: [...moveCodes, 'SAME_WALLET', 'CURRENCY_MISMATCH', 'INSUFFICIENT_FUNDS', 'BALANCE_LIMIT_EXCEEDED'],
  });
}

export function describeWallets(): void {
  describeCommands();
  describe({
    id: 'getWallet',
    tag: 'Wallets',
    method: 'get',
    path: '/wallets/{walletId}',
    summary: 'Read a wallet',
    params: walletIdParameter,
    query: z.object({
      minVersion: z
        .int()
        .min(1)
        .optional()
        .openapi({ description: 'Waits a moment for the read model to have it.' }),
      consistency: z.enum(['eventual', 'strong']).optional(),
    }),
    description: 'The wallet.',
    answer: walletSchema,
    answerHeaders: z.object({
      etag: z.string(),
      'x-read-source': z.enum(['read-model', 'event-store']).openapi({
        description:
          'Who answered. Versions from one source never go back; the read model may lag behind the event store, so ' +
          'where the source changes only minVersion keeps an older version from being shown.',
      }),
    }),
    codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  });
  describe({
    id: 'listWallets',
    tag: 'Wallets',
    method: 'get',
    path: '/wallets',
    summary: 'List wallets in order of id',
    query: z.object({ ownerId: idSchema.optional(), limit: limitSchema, cursor: cursorSchema }),
    description: 'One page.',
    answer: z.strictObject({ wallets: z.array(walletSchema), nextCursor: nextCursorSchema }),
    codes: [...readCodes, 'VALIDATION_FAILED'],
  });
  describe({
    id: 'listWalletEvents',
    tag: 'Wallets',
    method: 'get',
    path: '/wallets/{walletId}/events',
    summary: "Read a wallet's history",
    params: walletIdParameter,
    query: z.object({
      limit: limitSchema,
      cursor: cursorSchema,
      order: z.enum(['asc', 'desc']).optional().openapi({ description: 'Oldest first by default.' }),
    }),
    description: 'One page.',
    answer: z.strictObject({ events: z.array(eventSchema), nextCursor: nextCursorSchema }),
    codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND', 'EVENT_UNREADABLE'],
  });
  describe({
    id: 'getCommand',
    tag: 'Wallets',
    method: 'get',
    path: '/commands/{commandId}',
    summary: 'Ask what became of a command',
    params: z.object({ commandId: z.uuid() }),
    description: 'Its stored answer, or that none is stored.',
    answer: outcomeSchema,
    codes: [...readCodes, 'VALIDATION_FAILED'],
  });
}

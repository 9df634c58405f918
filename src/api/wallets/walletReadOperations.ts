// The declarations of the operations that read wallets: one wallet, a list, the history of one.
import { cursorAfter, cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { z } from '../http/zod.ts';
import {
  exampleChangedAt,
  exampleCreatedAt,
  exampleWallet,
  exampleWalletId,
} from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';
import { eventSchema } from './eventSchemas.ts';
import { walletIdParams, walletSchema } from './walletCommandOperations.ts';
import { listWallets } from './walletListRoutes.ts';

/** A version in text. */
export const versionSchema = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a version, from 1')
  .transform(Number);

export const getWallet = {
  id: 'getWallet',
  tag: 'Wallets',
  method: 'get',
  path: '/wallets/{walletId}',
  scope: 'wallets:read',
  summary: 'Read a wallet',
  params: walletIdParams,
  query: z.strictObject({
    minVersion: versionSchema.optional().openapi({
      type: 'integer',
      minimum: 1,
      description: 'The read waits a moment until the read model has this version.',
    }),
    consistency: z.enum(['eventual', 'strong']).optional(),
  }),
  description: 'The wallet.',
  answer: walletSchema,
  answerHeaders: z.object({
    etag: z.string(),
    'x-read-source': z.enum(['read-model', 'event-store']).openapi({
      description:
        'The source of the answer. Versions from one source never go back. A process never shows a wallet older ' +
        'than its own answers of the last seconds. Across processes only minVersion rules out an older version.',
    }),
  }),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  example: {
    params: { walletId: exampleWalletId },
    query: { minVersion: '4' },
    answer: exampleWallet('100.00', 4),
  },
} as const satisfies Operation;

export const listWalletEvents = {
  id: 'listWalletEvents',
  tag: 'Wallets',
  method: 'get',
  path: '/wallets/{walletId}/events',
  scope: 'wallets:read',
  summary: "Read a wallet's history",
  params: walletIdParams,
  query: z.strictObject({
    limit: limitSchema,
    cursor: cursorSchema,
    order: z.enum(['asc', 'desc']).optional().openapi({ description: 'Oldest first by default.' }),
  }),
  description: 'One page.',
  answer: z.strictObject({ events: z.array(eventSchema), nextCursor: nextCursorSchema }),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND', 'ARCHIVED'],
  example: {
    params: { walletId: exampleWalletId },
    query: { limit: '2' },
    answer: {
      events: [
        {
          position: 1,
          version: 1,
          type: 'WalletCreated',
          movementId: `${exampleWalletId}@1`,
          occurredAt: exampleCreatedAt,
          ownerId: 'owner-1',
          balance: '100.00',
          held: '0.00',
          status: 'active',
          currency: 'USD',
        },
        {
          position: 2,
          version: 2,
          type: 'WalletCredited',
          movementId: `${exampleWalletId}@2`,
          occurredAt: exampleChangedAt,
          amount: '50.50',
          description: 'top-up',
          balance: '150.50',
          held: '0.00',
          status: 'active',
          currency: 'USD',
        },
      ],
      nextCursor: cursorAfter(
        { name: 'listWalletEvents', asked: { walletId: exampleWalletId, order: 'asc' } },
        '2',
      ),
    },
  },
} as const satisfies Operation;

export const walletReadOperations = [getWallet, listWallets, listWalletEvents] as const;

// The declarations of the operations that read one movement of money by its id, and find movements by
// whatever else a caller knows of them.
import { isCurrency } from '../../domain/currency.ts';
import { movementTypes } from './movementAnswer.ts';
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { decimalBoundSchema, idSchema, textSchema, timeBoundSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { currencySchema, moneySchema, movementIdSchema, orNull } from '../openApi/answerSchemas.ts';
import {
  exampleChangedAt,
  exampleCommandId,
  exampleRequestId,
  exampleWalletId,
} from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';

const textLengthMax = 500;

const sideSchema = z
  .strictObject({
    walletId: idSchema,
    version: z.int().min(1),
    position: z.int().min(1).openapi({ description: 'Of its event in the log.' }),
    balance: moneySchema,
  })
  .openapi('MovementSide');

export const movementTypeSchema = z.enum(movementTypes).openapi('MovementType');

const movementSchema = z
  .strictObject({
    movementId: movementIdSchema,
    type: movementTypeSchema,
    amount: moneySchema,
    currency: currencySchema,
    occurredAt: z.iso.datetime(),
    description: z.string(),
    from: orNull(sideSchema, 'The wallet that paid, after it. Null if the money came from outside.'),
    to: orNull(sideSchema, 'The wallet that was paid, after it. Null if the money left.'),
    commandId: z.string().nullable(),
    requestId: z.string().nullable().openapi({
      description: 'X-Request-Id of the request that was carried out. A repeated request has another one.',
    }),
    transferId: z.string().nullable(),
    holdId: idSchema.nullable().openapi({ description: 'The hold that it places, captures or ends.' }),
    originalMovementId: movementIdSchema
      .nullable()
      .openapi({ description: 'The movement of which it gives money back.' }),
  })
  .openapi('MoneyMovement');

const bookingSchema = z
  .strictObject({
    state: z
      .enum(['booked', 'waiting', 'parked', 'skipped', 'missing', 'nothing to book'])
      .openapi({ description: '"waiting" means that it is not projected yet.' }),
    reason: z.string().nullable().openapi({ description: 'Why it is parked or skipped.' }),
    entries: z.array(
      z.strictObject({
        account: z.string(),
        direction: z.enum(['debit', 'credit']),
        amount: moneySchema,
        currency: currencySchema,
        balanceAfter: moneySchema.nullable(),
      }),
    ),
  })
  .openapi('Booking');

const rent = {
  movementId: `${exampleWalletId}@4`,
  type: 'transfer',
  amount: '25.00',
  currency: 'USD',
  occurredAt: exampleChangedAt,
  description: 'rent',
  from: { walletId: exampleWalletId, version: 4, position: 4, balance: '100.00' },
  to: { walletId: 'wallet-002', version: 2, position: 5, balance: '25.00' },
  commandId: exampleCommandId,
  requestId: exampleRequestId,
  transferId: '9d2c1f7e-61a4-4a53-8d7e-6f0a51b6c0d1',
  holdId: null,
  originalMovementId: null,
};

export const getMovement = {
  id: 'getMovement',
  tag: 'Wallets',
  method: 'get',
  path: '/movements/{movementId}',
  scope: 'wallets:read',
  summary: 'Read a movement of money',
  note: "The wallet and version of a transfer's receiving half lead to the same movement.",
  params: z.object({ movementId: movementIdSchema }),
  description: 'The movement, with its entries in the ledger.',
  answer: z
    .strictObject({
      ...movementSchema.shape,
      reversed: moneySchema.openapi({ description: 'All that went back of it.' }),
      reversedBy: z.array(
        z.strictObject({ movementId: movementIdSchema, amount: moneySchema, reversedAt: z.iso.datetime() }),
      ),
      ledger: bookingSchema,
    })
    .openapi('MovementDetails'),
  codes: [...readCodes, 'VALIDATION_FAILED', 'MOVEMENT_NOT_FOUND', 'ARCHIVED', 'EVENT_UNREADABLE'],
  example: {
    params: { movementId: rent.movementId },
    answer: {
      ...rent,
      reversed: '0.00',
      reversedBy: [],
      ledger: {
        state: 'booked',
        reason: null,
        entries: [
          {
            account: `wallet:${exampleWalletId}`,
            direction: 'debit',
            amount: '25.00',
            currency: 'USD',
            balanceAfter: '100.00',
          },
          {
            account: 'wallet:wallet-002',
            direction: 'credit',
            amount: '25.00',
            currency: 'USD',
            balanceAfter: '25.00',
          },
        ],
      },
    },
  },
} as const satisfies Operation;

const wordsSchema = textSchema(z.string().min(1), textLengthMax);

export const findMovements = {
  id: 'findMovements',
  tag: 'Wallets',
  method: 'get',
  path: '/movements',
  scope: 'wallets:read',
  summary: 'Find movements of money, the newest first',
  note:
    'All parameters must fit. One request examines a bounded part of the log, so a page may be empty although ' +
    'nextCursor leads on. `examined` says which part it was.',
  query: z.strictObject({
    text: wordsSchema.optional().openapi({
      description:
        'Anything that is known: a movement id, the id of the command, request, transfer, hold or wallet, or words of the description.',
      example: 'rent',
    }),
    commandId: wordsSchema.optional().openapi({ example: exampleCommandId }),
    idempotencyKey: z
      .string()
      .regex(/^[!#-~]{1,255}$/, 'must be an Idempotency-Key, without its quotes')
      .optional()
      .openapi({ description: 'The key of the command.', example: 'credit-1' }),
    requestId: wordsSchema.optional().openapi({ example: exampleRequestId }),
    walletId: idSchema.optional().openapi({
      description: 'Only movements of this wallet. The search goes through its history alone.',
    }),
    description: wordsSchema
      .optional()
      .openapi({ description: 'Words of it, in any case.', example: 'rent' }),
    counterpart: idSchema.optional().openapi({ description: 'The other wallet of a transfer.' }),
    type: movementTypeSchema.optional(),
    currency: z.string().refine(isCurrency, 'must be an ISO 4217 code').optional(),
    amountMin: decimalBoundSchema.optional(),
    amountMax: decimalBoundSchema.optional(),
    occurredFrom: timeBoundSchema.optional().openapi({ description: 'Included.' }),
    occurredTo: timeBoundSchema.optional().openapi({ description: 'Not included.' }),
    limit: limitSchema,
    cursor: cursorSchema,
  }),
  description: 'One page.',
  answer: z
    .strictObject({
      movements: z.array(movementSchema),
      unreadable: z
        .array(z.strictObject({ movementId: movementIdSchema, position: z.int().min(1), reason: z.string() }))
        .openapi({ description: 'Movements found that this release cannot read.' }),
      examined: z
        .strictObject({
          events: z.int(),
          newestPosition: z.int().nullable(),
          oldestPosition: z.int().nullable(),
        })
        .openapi({
          description: 'The part of the log that this page covers. With walletId, only its events.',
        }),
      nextCursor: nextCursorSchema,
    })
    .openapi('MovementsFound'),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND', 'ARCHIVED'],
  example: {
    query: { walletId: exampleWalletId, description: 'rent', amountMin: '25.00' },
    answer: {
      movements: [rent],
      unreadable: [],
      examined: { events: 4, newestPosition: 4, oldestPosition: 1 },
      nextCursor: null,
    },
  },
} as const satisfies Operation;

export const movementOperations = [getMovement, findMovements] as const;

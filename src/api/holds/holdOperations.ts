// The declarations of the operations on holds: place, capture, void, adjust, read.
import { capturesMax, holdLifetimeMaxMs, openHoldsMax } from '../../domain/hold.ts';
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { countSchema, idSchema, textSchema, timeSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { movementIdSchema } from '../openApi/answerSchemas.ts';
import { exampleChangedAt, exampleWallet, exampleCardWalletId } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';
import { captureSchema, exampleHold, holdSchema, holdStatuses, holdWithCaptures } from './holdSchemas.ts';
import {
  amountSchema,
  change,
  changeCodes,
  descriptionSchema,
  metadataSchema,
  walletIdParams,
  walletSchema,
} from '../wallets/walletCommandOperations.ts';

const holdIdParams = walletIdParams.extend({ holdId: idSchema.openapi({ example: 'hold-1' }) });
const expiresInSchema = countSchema({ min: 1, max: holdLifetimeMaxMs / 1000 });
const reasonSchema = textSchema(z.string(), 500);
const holdAnswer = z
  .strictObject({ hold: holdSchema, wallet: walletSchema, movementId: movementIdSchema })
  .openapi('ChangedHold');

const held = (balance: string, version: number, heldAmount: string, available: string) => ({
  ...exampleWallet(balance, version, exampleCardWalletId),
  held: heldAmount,
  available,
});

const holdChange = { ...change, tag: 'Holds', scope: 'holds:write' } as const;
const ofPeople = { by: 'people', members: ['amount'], reason: 'description' } as const;
const holdCodes = [...changeCodes, 'HOLD_NOT_FOUND', 'HOLD_CLOSED', 'HOLD_EXPIRED'] as const;

export const placeHold = {
  ...holdChange,
  id: 'placeHold',
  audited: ofPeople,
  path: '/wallets/{walletId}/holds',
  summary: 'Hold a part of the balance',
  note: `The held part stays in the balance and is not available. At the very time at which a hold expires its rest is available again. A wallet has at most ${openHoldsMax} open holds.`,
  body: z
    .strictObject({
      holdId: idSchema.optional().openapi({ example: 'hold-1' }),
      amount: amountSchema,
      expiresAt: timeSchema.optional().openapi({ description: 'At most 366 days ahead.' }),
      expiresInSeconds: expiresInSchema
        .optional()
        .openapi({ description: 'Instead of expiresAt. Without both the hold ends after 7 days.' }),
      toWalletId: idSchema.optional().openapi({
        example: 'wallet-002',
        description: 'The wallet that a capture pays. It can not be changed later.',
      }),
      description: descriptionSchema,
      metadata: metadataSchema.optional(),
    })
    .refine(({ expiresAt, expiresInSeconds }) => expiresAt === undefined || expiresInSeconds === undefined, {
      error: 'must not stand beside expiresAt',
      path: ['expiresInSeconds'],
    })
    .openapi('PlaceHold'),
  status: 201,
  description: 'The hold, and the wallet after it.',
  answer: holdAnswer,
  codes: [
    ...changeCodes,
    ...(['SAME_WALLET', 'HOLD_ALREADY_EXISTS', 'EXPIRY_INVALID', 'CURRENCY_MISMATCH'] as const),
    ...(['LIMIT_EXCEEDED', 'INSUFFICIENT_FUNDS', 'TOO_MANY_HOLDS'] as const),
  ],
  example: {
    params: { walletId: exampleCardWalletId },
    headers: { 'idempotency-key': 'hold-1' },
    body: { holdId: 'hold-1', amount: '30.00', description: 'room 12' },
    answer: {
      hold: exampleHold('hold-1'),
      wallet: held('100.00', 2, '30.00', '70.00'),
      movementId: `${exampleCardWalletId}@2`,
    },
  },
} as const satisfies Operation;

export const adjustHold = {
  ...holdChange,
  id: 'adjustHold',
  audited: { ...ofPeople, members: ['amount', 'expiresAt', 'expiresInSeconds'] },
  path: '/wallets/{walletId}/holds/{holdId}/adjust',
  summary: 'Change the amount or the end of a hold',
  params: holdIdParams,
  body: z
    .strictObject({
      amount: amountSchema.optional().openapi({ description: 'The new whole amount, not a difference.' }),
      expiresAt: timeSchema.optional(),
      expiresInSeconds: expiresInSchema
        .optional()
        .openapi({ description: 'Instead of expiresAt, from now.' }),
    })
    .refine(({ expiresAt, expiresInSeconds }) => expiresAt === undefined || expiresInSeconds === undefined, {
      error: 'must not stand beside expiresAt',
      path: ['expiresInSeconds'],
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), {
      error: 'must name what changes',
    })
    .openapi('AdjustHold'),
  description: 'The hold, and the wallet after it.',
  answer: holdAnswer,
  codes: [...holdCodes, 'EXPIRY_INVALID', 'LIMIT_EXCEEDED', 'INSUFFICIENT_FUNDS'],
  example: {
    params: { walletId: exampleCardWalletId, holdId: 'hold-1' },
    body: { amount: '40.00' },
    answer: {
      hold: exampleHold('hold-1', { amount: '40.00', remaining: '40.00' }),
      wallet: held('100.00', 3, '40.00', '60.00'),
      movementId: `${exampleCardWalletId}@3`,
    },
  },
} as const satisfies Operation;

export const captureHold = {
  ...holdChange,
  id: 'captureHold',
  scope: 'holds:capture',
  audited: { ...ofPeople, members: ['amount', 'final'] },
  path: '/wallets/{walletId}/holds/{holdId}/capture',
  summary: 'Take held money',
  note: `It pays out, or pays the wallet that the hold names. The rest of the hold is released unless "final" is false. A hold is captured at most ${capturesMax} times.`,
  params: holdIdParams,
  body: z
    .strictObject({
      amount: amountSchema.optional().openapi({ description: 'Without it all that remains is taken.' }),
      final: z.boolean().default(true),
      overcapture: z
        .boolean()
        .default(false)
        .openapi({ description: 'Allows more than remains, if the wallet has it available.' }),
      description: descriptionSchema,
    })
    .openapi('CaptureHold'),
  bodyOptional: true,
  status: 201,
  description: 'The capture, the hold, and the wallets after it.',
  answer: z
    .strictObject({
      capture: captureSchema,
      hold: holdSchema,
      wallet: walletSchema,
      toWallet: walletSchema.optional(),
      movementId: movementIdSchema,
    })
    .openapi('Captured'),
  codes: [
    ...holdCodes,
    ...([
      'HOLD_AMOUNT_EXCEEDED',
      'LIMIT_EXCEEDED',
      'INSUFFICIENT_FUNDS',
      'BALANCE_LIMIT_EXCEEDED',
      'TOO_MANY_CAPTURES',
    ] as const),
  ],
  example: {
    params: { walletId: exampleCardWalletId, holdId: 'hold-1' },
    headers: { 'idempotency-key': 'capture-1' },
    body: { amount: '25.00', final: false, description: 'first night' },
    answer: {
      capture: { captureId: '01975f7a-51a4-7cc0-a1c8-8c8a4bd15d4b', amount: '25.00' },
      hold: exampleHold('hold-1', { amount: '40.00', captured: '25.00', remaining: '15.00' }),
      wallet: held('75.00', 4, '15.00', '60.00'),
      movementId: `${exampleCardWalletId}@4`,
    },
  },
} as const satisfies Operation;

export const voidHold = {
  ...holdChange,
  id: 'voidHold',
  audited: { reason: 'reason' },
  path: '/wallets/{walletId}/holds/{holdId}/void',
  summary: 'Give back all that remains of a hold',
  params: holdIdParams,
  body: z
    .strictObject({ reason: reasonSchema.default('').openapi({ example: 'order cancelled' }) })
    .openapi('VoidHold'),
  bodyOptional: true,
  description: 'The hold, and the wallet after it.',
  answer: holdAnswer,
  codes: holdCodes,
  example: {
    params: { walletId: exampleCardWalletId, holdId: 'hold-1' },
    body: { reason: 'order cancelled' },
    answer: {
      hold: exampleHold('hold-1', {
        ...{ status: 'voided', amount: '40.00', captured: '25.00', released: '15.00', remaining: '0.00' },
        endedAt: exampleChangedAt,
      }),
      wallet: held('75.00', 5, '0.00', '75.00'),
      movementId: `${exampleCardWalletId}@5`,
    },
  },
} as const satisfies Operation;

export const getHold = {
  id: 'getHold',
  tag: 'Holds',
  method: 'get',
  path: '/wallets/{walletId}/holds/{holdId}',
  scope: 'wallets:read',
  summary: 'Read a hold with its captures',
  params: holdIdParams,
  description: 'The hold. It comes from the event store.',
  answer: holdWithCaptures,
  codes: [...readCodes, 'WALLET_NOT_FOUND', 'HOLD_NOT_FOUND'],
  example: {
    params: { walletId: exampleCardWalletId, holdId: 'hold-1' },
    answer: {
      ...exampleHold('hold-1', {
        ...{ status: 'voided', amount: '40.00', captured: '25.00', released: '15.00', remaining: '0.00' },
        endedAt: exampleChangedAt,
      }),
      captures: [
        {
          captureId: '01975f7a-51a4-7cc0-a1c8-8c8a4bd15d4b',
          amount: '25.00',
          movementId: `${exampleCardWalletId}@4`,
          capturedAt: exampleChangedAt,
        },
      ],
    },
  },
} as const satisfies Operation;

export const listHolds = {
  id: 'listHolds',
  tag: 'Holds',
  method: 'get',
  path: '/wallets/{walletId}/holds',
  scope: 'wallets:read',
  summary: 'List the holds of a wallet, the newest first',
  params: walletIdParams,
  query: z.strictObject({
    status: z.enum(holdStatuses).optional(),
    limit: limitSchema,
    cursor: cursorSchema,
  }),
  description: 'One page.',
  answer: z.strictObject({ holds: z.array(holdSchema), nextCursor: nextCursorSchema }),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  example: {
    params: { walletId: exampleCardWalletId },
    query: { status: 'voided', limit: '20' },
    answer: {
      holds: [
        exampleHold('hold-1', {
          ...{ status: 'voided', amount: '40.00', captured: '25.00', released: '15.00', remaining: '0.00' },
          endedAt: exampleChangedAt,
        }),
      ],
      nextCursor: null,
    },
  },
} as const satisfies Operation;

export const holdOperations = [placeHold, adjustHold, captureHold, voidHold, getHold, listHolds] as const;

// Holds in answers, and the hold of the examples.
import { holdEnds } from '../../domain/holdEvents.ts';
import { idSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { currencySchema, moneySchema, movementIdSchema } from '../openApi/answerSchemas.ts';
import { exampleCardWalletId, exampleChangedAt } from '../openApi/exampleStory.ts';

export const holdStatuses = ['open', ...holdEnds] as const;

export const holdSchema = z
  .strictObject({
    holdId: idSchema,
    walletId: idSchema,
    status: z.enum(holdStatuses),
    amount: moneySchema,
    captured: moneySchema.openapi({ description: 'All that was captured, also what exceeded the amount.' }),
    released: moneySchema,
    remaining: moneySchema,
    currency: currencySchema,
    expiresAt: z.iso.datetime(),
    toWalletId: idSchema.nullable().openapi({ description: 'The wallet that a capture pays.' }),
    description: z.string(),
    metadata: z.record(z.string(), z.string()),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .openapi('Hold');

export const captureSchema = z
  .strictObject({ captureId: z.string(), amount: moneySchema })
  .openapi('Capture');

export const holdWithCaptures = z
  .strictObject({
    ...holdSchema.shape,
    captures: z.array(
      z.strictObject({
        ...captureSchema.shape,
        movementId: movementIdSchema,
        capturedAt: z.iso.datetime(),
      }),
    ),
  })
  .openapi('HoldWithCaptures');

/** The hold of the story, with what changed since it was placed. */
export function exampleHold(holdId: string, changed: object = {}) {
  return {
    holdId,
    walletId: exampleCardWalletId,
    status: 'open',
    amount: '30.00',
    captured: '0.00',
    released: '0.00',
    remaining: '30.00',
    currency: 'USD',
    expiresAt: '2026-11-29T17:00:01.000Z',
    toWalletId: null,
    description: 'room 12',
    metadata: {},
    createdAt: exampleChangedAt,
    endedAt: null,
    ...changed,
  };
}

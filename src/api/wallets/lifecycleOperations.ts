// The declarations of the operations on a wallet itself: freeze, unfreeze, close, limits, metadata, labels.
import { labelsMax, metadataKeysMax } from '../../domain/decide/details.ts';
import { freezeScopes } from '../../domain/terms.ts';
import { idSchema, textSchema, timeSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import {
  exampleChanged,
  exampleChangedAt,
  exampleWallet,
  exampleCardWalletId,
} from '../openApi/exampleStory.ts';
import { movementIdSchema } from '../openApi/answerSchemas.ts';
import type { Operation } from '../openApi/operation.ts';
import {
  amountSchema,
  change,
  changeCodes,
  changedWalletSchema,
  metadataKeySchema,
  metadataValueSchema,
  walletSchema,
} from './walletCommandOperations.ts';

const reasonSchema = textSchema(z.string().min(1), 500).openapi({ example: 'stolen card, case 4711' });
const params = { walletId: exampleCardWalletId };

export const freezeWallet = {
  ...change,
  id: 'freezeWallet',
  audited: { reason: 'reason' },
  path: '/wallets/{walletId}/freeze',
  scope: 'lifecycle:write',
  summary: 'Stop money from leaving or reaching a wallet',
  note: 'A wallet that is frozen already takes the new freeze. Holds may always be voided, and they expire.',
  body: z
    .strictObject({
      scope: z.enum(freezeScopes),
      reason: reasonSchema,
      holds: z
        .enum(['honor', 'block'])
        .default('honor')
        .openapi({ description: 'Whether holds that were placed before may be captured.' }),
      until: timeSchema.optional().openapi({ description: 'The freeze ends at this time by itself.' }),
    })
    .openapi('FreezeWallet'),
  description: 'The wallet after it.',
  answer: changedWalletSchema,
  codes: [...changeCodes, 'EXPIRY_INVALID'],
  example: {
    params,
    body: { scope: 'debits', reason: 'stolen card, case 4711' },
    answer: {
      ...exampleChanged('75.00', 6, exampleCardWalletId),
      status: 'frozen',
      freeze: { scope: 'debits', reason: 'stolen card, case 4711', holds: 'honor', until: null },
    },
  },
} as const satisfies Operation;

export const unfreezeWallet = {
  ...change,
  id: 'unfreezeWallet',
  audited: { reason: 'reason' },
  path: '/wallets/{walletId}/unfreeze',
  scope: 'lifecycle:write',
  summary: 'End a freeze',
  body: z.strictObject({ reason: reasonSchema }).openapi('UnfreezeWallet'),
  description: 'The wallet after it.',
  answer: changedWalletSchema,
  codes: changeCodes,
  example: {
    params,
    body: { reason: 'card replaced' },
    answer: exampleChanged('75.00', 7, exampleCardWalletId),
  },
} as const satisfies Operation;

export const changeLimits = {
  ...change,
  id: 'changeLimits',
  audited: { members: ['minimumBalance', 'maximumBalance'] },
  method: 'put',
  path: '/wallets/{walletId}/limits',
  scope: 'limits:write',
  summary: 'Set the least and the most that the balance may be',
  note: 'Replaces both limits. A limit that is left out takes its ordinary value.',
  body: z
    .strictObject({
      minimumBalance: amountSchema.optional().openapi({
        pattern: '^-?\\d+(?:\\.\\d+)?$',
        example: '-500.00',
        description: 'Negative is a credit line, positive is a reserve.',
      }),
      maximumBalance: amountSchema.optional().openapi({ example: '10000.00' }),
    })
    .openapi('Limits'),
  description: 'The wallet after it.',
  answer: changedWalletSchema,
  codes: [...changeCodes, 'LIMIT_BELOW_USE'],
  example: {
    params,
    body: { minimumBalance: '-500.00', maximumBalance: '10000.00' },
    answer: {
      ...exampleChanged('75.00', 8, exampleCardWalletId),
      available: '575.00',
      minimumBalance: '-500.00',
      maximumBalance: '10000.00',
    },
  },
} as const satisfies Operation;

export const changeDetails = {
  ...change,
  id: 'changeDetails',
  method: 'patch',
  path: '/wallets/{walletId}',
  scope: 'details:write',
  summary: 'Change metadata and labels',
  note: `A merge patch (RFC 7396): null removes a key, and what is left out stays. Labels are replaced as a whole. A wallet has at most ${metadataKeysMax} keys and ${labelsMax} labels. The version of the wallet rises, so a later If-Match needs the new one.`,
  body: z
    .strictObject({
      metadata: z.record(metadataKeySchema, metadataValueSchema.nullable()).optional(),
      labels: z
        .array(textSchema(z.string().min(1), 60))
        .max(labelsMax)
        .optional(),
    })
    .openapi('Details'),
  description: 'The wallet after it, with all its metadata and labels.',
  answer: z
    .strictObject({
      ...changedWalletSchema.shape,
      metadata: z.record(z.string(), z.string()),
      labels: z.array(z.string()),
    })
    .openapi('DetailedWallet'),
  codes: [...changeCodes, 'DETAILS_TOO_LARGE'],
  example: {
    params,
    body: { metadata: { customer: 'c-17' }, labels: ['vip'] },
    answer: {
      ...exampleChanged('75.00', 9, exampleCardWalletId),
      available: '575.00',
      minimumBalance: '-500.00',
      maximumBalance: '10000.00',
      metadata: { customer: 'c-17' },
      labels: ['vip'],
    },
  },
} as const satisfies Operation;

export const closeWallet = {
  ...change,
  id: 'closeWallet',
  audited: { reason: 'reason' },
  path: '/wallets/{walletId}/close',
  scope: 'lifecycle:write',
  summary: 'Close a wallet for ever',
  note: 'The wallet must be empty and have no open holds. With sweepToWalletId the rest is moved there in the same step.',
  body: z.strictObject({ reason: reasonSchema, sweepToWalletId: idSchema.optional() }).openapi('CloseWallet'),
  description: 'The closed wallet, and the one that got the rest.',
  answer: z
    .strictObject({
      wallet: walletSchema,
      toWallet: walletSchema.optional(),
      movementId: movementIdSchema.optional(),
    })
    .openapi('ClosedWallet'),
  codes: [
    ...changeCodes,
    ...([
      'SAME_WALLET',
      'CURRENCY_MISMATCH',
      'LIMIT_EXCEEDED',
      'INSUFFICIENT_FUNDS',
      'BALANCE_LIMIT_EXCEEDED',
    ] as const),
    'WALLET_NOT_EMPTY',
  ],
  example: {
    params: { walletId: 'wallet-closed' },
    body: { reason: 'asked by its owner' },
    answer: {
      wallet: {
        ...exampleWallet('0.00', 2, 'wallet-closed'),
        status: 'closed',
        updatedAt: exampleChangedAt,
      },
      movementId: 'wallet-closed@2',
    },
  },
} as const satisfies Operation;

export const lifecycleOperations = [
  freezeWallet,
  unfreezeWallet,
  changeLimits,
  changeDetails,
  closeWallet,
] as const;

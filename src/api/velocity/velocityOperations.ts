// The declarations of the operations on velocity rules.
import { velocityRulesMax } from '../../domain/velocity.ts';
import { idSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { currencySchema } from '../openApi/answerSchemas.ts';
import { exampleChangedAt, exampleCardWalletId, exampleWallet } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';
import {
  change,
  changeCodes,
  changedWalletSchema,
  walletIdParams,
} from '../wallets/walletCommandOperations.ts';
import { ruleUseSchema, velocityBody } from './velocitySchemas.ts';

const exampleRules = [
  { name: 'daily-spend', window: 'day', direction: 'out', maxAmount: '200.00', maxCount: 10 },
  { name: 'single-purchase', window: 'transaction', direction: 'out', maxAmount: '80.00' },
] as const;

const exampleUses = [
  {
    ...exampleRules[0],
    usedAmount: '0.00',
    usedCount: 0,
    since: exampleChangedAt,
    resetsAt: '2026-11-23T00:00:00.000Z',
  },
  { ...exampleRules[1], since: exampleChangedAt },
];

export const changeVelocity = {
  ...change,
  id: 'changeVelocity',
  audited: { members: ['rules'] },
  method: 'put',
  path: '/wallets/{walletId}/velocity',
  scope: 'limits:write',
  summary: 'Set how much may leave or reach a wallet in a time',
  note: `Replaces all rules; an empty list removes them. A wallet has at most ${velocityRulesMax}. A rule counts from its creation. One that keeps its name, window and direction keeps its use. A rule may be below what is used already: it then refuses until its window ends.`,
  body: velocityBody,
  description: 'The wallet after it, with its rules.',
  answer: z
    .strictObject({ ...changedWalletSchema.shape, rules: z.array(ruleUseSchema) })
    .openapi('WalletWithVelocity'),
  codes: changeCodes,
  example: {
    params: { walletId: exampleCardWalletId },
    body: { rules: exampleRules },
    answer: {
      ...exampleWallet('80.50', 11, exampleCardWalletId),
      available: '580.50',
      minimumBalance: '-500.00',
      maximumBalance: '10000.00',
      rules: exampleUses,
      movementId: `${exampleCardWalletId}@11`,
    },
  },
} as const satisfies Operation;

export const getVelocity = {
  id: 'getVelocity',
  tag: 'Wallets',
  method: 'get',
  path: '/wallets/{walletId}/velocity',
  scope: 'wallets:read',
  summary: 'Read the velocity rules of a wallet, with what is used',
  note: 'From the event store. The windows are those of now, and a hold that has expired counts as released.',
  params: walletIdParams,
  description: 'The rules in order of their names.',
  answer: z
    .strictObject({ walletId: idSchema, currency: currencySchema, rules: z.array(ruleUseSchema) })
    .openapi('Velocity'),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  example: {
    params: { walletId: exampleCardWalletId },
    answer: { walletId: exampleCardWalletId, currency: 'USD', rules: exampleUses },
  },
} as const satisfies Operation;

export const velocityOperations = [changeVelocity, getVelocity] as const;

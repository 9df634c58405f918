// The declarations of the operations on alert rules.
import { alertRulesMax } from '../../domain/alerts.ts';
import { idSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { currencySchema } from '../openApi/answerSchemas.ts';
import { exampleCardWalletId, exampleWallet } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';
import {
  change,
  changeCodes,
  changedWalletSchema,
  walletIdParams,
} from '../wallets/walletCommandOperations.ts';
import { alertRuleSchema, alertsBody } from './alertSchemas.ts';

const exampleRules = [
  { name: 'low', field: 'available', op: 'below', amount: '100.00' },
  { name: 'rich', field: 'balance', op: 'above', amount: '5000.00' },
] as const;

export const changeAlerts = {
  ...change,
  id: 'changeAlerts',
  audited: { members: ['alerts'] },
  method: 'put',
  path: '/wallets/{walletId}/alerts',
  scope: 'limits:write',
  summary: 'Set when a wallet alerts',
  note: `Replaces all rules; an empty list removes them. A wallet has at most ${alertRulesMax}. A rule alerts at the event that makes it true: before the event it was false. So it alerts again only after it was false, and a rule that is true when it is set does not alert at once. The alert is an event of the feed, of type wallet.alert.v1.`,
  body: alertsBody,
  description: 'The wallet after it, with its alert rules.',
  answer: z
    .strictObject({ ...changedWalletSchema.shape, alerts: z.array(alertRuleSchema) })
    .openapi('WalletWithAlerts'),
  codes: changeCodes,
  example: {
    params: { walletId: exampleCardWalletId },
    body: { alerts: exampleRules },
    answer: {
      ...exampleWallet('80.50', 12, exampleCardWalletId),
      available: '580.50',
      minimumBalance: '-500.00',
      maximumBalance: '10000.00',
      alerts: exampleRules,
      movementId: `${exampleCardWalletId}@12`,
    },
  },
} as const satisfies Operation;

export const getAlerts = {
  id: 'getAlerts',
  tag: 'Wallets',
  method: 'get',
  path: '/wallets/{walletId}/alerts',
  scope: 'wallets:read',
  summary: 'Read the alert rules of a wallet',
  note: 'From the event store.',
  params: walletIdParams,
  description: 'The rules in order of their names.',
  answer: z
    .strictObject({ walletId: idSchema, currency: currencySchema, alerts: z.array(alertRuleSchema) })
    .openapi('Alerts'),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WALLET_NOT_FOUND'],
  example: {
    params: { walletId: exampleCardWalletId },
    answer: { walletId: exampleCardWalletId, currency: 'USD', alerts: exampleRules },
  },
} as const satisfies Operation;

export const alertOperations = [changeAlerts, getAlerts] as const;

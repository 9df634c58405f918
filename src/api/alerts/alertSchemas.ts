// The schemas of alert rules: in requests, in answers and in events.
import { alertFields, alertOps, alertRulesMax } from '../../domain/alerts.ts';
import { z } from '../http/zod.ts';
import { moneySchema } from '../openApi/answerSchemas.ts';
import { ruleNameSchema, rulesSchema } from '../wallets/ruleSchemas.ts';
import { amountSchema } from '../wallets/walletCommandOperations.ts';

const fieldSchema = z
  .enum(alertFields)
  .openapi({ description: 'The amount of the wallet that the rule looks at.' });
const opSchema = z
  .enum(alertOps)
  .openapi({ description: 'An amount that is reached exactly is neither below nor above.' });

const givenRuleSchema = z
  .strictObject({
    ...{ name: ruleNameSchema('low'), field: fieldSchema, op: opSchema },
    amount: amountSchema.openapi({
      pattern: '^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?$',
      description: 'Negative only for a balance, which may go down to a credit line.',
    }),
  })
  .openapi('GivenAlertRule');

export const alertsBody = z
  .strictObject({ alerts: rulesSchema(givenRuleSchema, alertRulesMax) })
  .openapi('AlertRules');

export const alertRuleMembers = {
  ...{ name: z.string(), field: fieldSchema, op: opSchema },
  amount: moneySchema,
};

export const alertRuleSchema = z.strictObject(alertRuleMembers).openapi('AlertRule');

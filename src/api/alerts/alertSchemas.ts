// The schemas of alert rules: in requests, in answers and in events.
import { alertFields, alertOps, alertRulesMax } from '../../domain/alerts.ts';
import { z } from '../http/zod.ts';
import { moneySchema } from '../openApi/answerSchemas.ts';
import { amountSchema } from '../wallets/walletCommandOperations.ts';

const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ : -')
  .openapi({ example: 'low' });
const fieldSchema = z
  .enum(alertFields)
  .openapi({ description: 'The amount of the wallet that the rule looks at.' });
const opSchema = z
  .enum(alertOps)
  .openapi({ description: 'An amount that is reached exactly is neither below nor above.' });

const givenRuleSchema = z
  .strictObject({
    ...{ name: nameSchema, field: fieldSchema, op: opSchema },
    amount: amountSchema.openapi({
      pattern: '^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?$',
      description: 'Negative only for a balance, which may go down to a credit line.',
    }),
  })
  .openapi('GivenAlertRule');

export const alertsBody = z
  .strictObject({
    alerts: z
      .array(givenRuleSchema)
      .max(alertRulesMax, `must be at most ${alertRulesMax}`)
      .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, {
        error: 'must each have a name of its own',
      }),
  })
  .openapi('AlertRules');

export const alertRuleMembers = {
  ...{ name: z.string(), field: fieldSchema, op: opSchema },
  amount: moneySchema,
};

export const alertRuleSchema = z.strictObject(alertRuleMembers).openapi('AlertRule');

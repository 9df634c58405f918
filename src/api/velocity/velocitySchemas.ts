// The schemas of velocity rules: in requests, in answers and in events.
import { velocityDirections, velocityRulesMax, velocityWindows } from '../../domain/velocity.ts';
import { countSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { moneySchema } from '../openApi/answerSchemas.ts';
import { ruleNameSchema, rulesSchema } from '../wallets/ruleSchemas.ts';
import { amountSchema } from '../wallets/walletCommandOperations.ts';

const countMax = 1_000_000_000;

const windowSchema = z
  .enum(velocityWindows)
  .openapi({ description: 'What the rule counts together. Days and months begin at midnight in UTC.' });
const directionSchema = z
  .enum(velocityDirections)
  .openapi({ description: 'Whether it counts what leaves the wallet or what reaches it.' });

const givenRuleSchema = z
  .strictObject({
    ...{ name: ruleNameSchema('daily-spend'), window: windowSchema, direction: directionSchema },
    maxAmount: amountSchema.optional().openapi({ description: 'The most that may move, more than zero.' }),
    maxCount: countSchema({ min: 1, max: countMax })
      .optional()
      .openapi({ description: 'The most movements. A rule of one movement has none.' }),
  })
  .refine(({ maxAmount, maxCount }) => maxAmount !== undefined || maxCount !== undefined, {
    error: 'must have maxAmount, maxCount or both',
  })
  .refine(({ window, maxCount }) => window !== 'transaction' || maxCount === undefined, {
    path: ['maxCount'],
    error: 'must not stand in a rule of one movement',
  })
  .openapi('GivenVelocityRule');

export const velocityBody = z
  .strictObject({ rules: rulesSchema(givenRuleSchema, velocityRulesMax) })
  .openapi('VelocityRules');

const ruleMembers = {
  ...{ name: z.string(), window: windowSchema, direction: directionSchema },
  maxAmount: moneySchema.optional(),
  maxCount: z.int().optional(),
};

export const ruleSchema = z.strictObject(ruleMembers).openapi('VelocityRule');

export const ruleUseSchema = z
  .strictObject({
    ...ruleMembers,
    usedAmount: moneySchema
      .optional()
      .openapi({ description: 'In the window of now. Absent for a rule of one movement.' }),
    usedCount: z.int().optional(),
    since: z.iso.datetime().openapi({ description: 'When the rule was made. It counts from then on.' }),
    resetsAt: z.iso
      .datetime()
      .optional()
      .openapi({ description: 'When the window ends. Absent if the rule never resets.' }),
  })
  .openapi('VelocityRuleUse');

// Schemas of answers that several resources share, and the schema of every problem.
import { holdEnds } from '../../domain/holdEvents.ts';
import { freezeScopes } from '../../domain/terms.ts';
import { velocityWindows } from '../../domain/velocity.ts';
import { type ProblemCode, problemKinds } from '../http/problems.ts';
import { z } from '../http/zod.ts';

/** An amount in an answer under /v1. */
export const moneySchema = z
  .string()
  .regex(/^-?\d+(?:\.\d+)?$/)
  .openapi({
    format: 'decimal',
    description: "Exact decimal text with the currency's decimals.",
    example: '100.00',
  });
export const currencySchema = z.string();

export const movementIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}@[1-9]\d{0,14}$/, 'must be a movement id, such as wallet-001@2')
  .openapi({
    description:
      'The wallet and the version that the movement gave it. A transfer has the id of its sending half.',
    example: 'wallet-001@2',
  });

/** For named schemas: the generator's own `nullable` asks for an object and null at once. */
export function orNull<Schema extends z.ZodType>(schema: Schema, description: string) {
  return z.union([schema, z.null()]).openapi({ description });
}

export const progressSchema = z
  .strictObject({
    status: z.enum(['running', 'paused', 'completed', 'failed', 'cancelled']),
    phase: z.string(),
    unit: z.string(),
    done: z.int(),
    total: z.int().nullable(),
    ratePerS: z.int(),
    secondsLeft: z.int().nullable(),
    differences: z.int(),
    waitsUntil: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'When a phase that only waits ends. `secondsLeft` counts down to it.' }),
    tookS: z.int().nullable().openapi({ description: 'Seconds of the whole recovery; null until it ended.' }),
  })
  .openapi('RecoveryProgress');

export const codeSchema = z
  .enum(Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]])
  .openapi('ProblemCode');

/** An amount in a problem document: decimal text under every path. */
const numberSchema = z.string().regex(/^-?\d+(?:\.\d+)?$/);

export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: codeSchema,
    requestId: z.string(),
    walletId: z.string().optional(),
    currentVersion: z.int().optional(),
    available: numberSchema.optional().openapi({ description: 'What the wallet can give.' }),
    held: numberSchema
      .optional()
      .openapi({ description: 'The part of its balance that open holds set aside.' }),
    walletBalance: numberSchema.optional().openapi({ description: 'The balance of the wallet.' }),
    remaining: numberSchema
      .optional()
      .openapi({ description: 'What is left of the hold, or of the movement to reverse.' }),
    holdStatus: z.enum(holdEnds).optional().openapi({ description: 'How the hold ended.' }),
    expiresAt: z.iso.datetime().optional().openapi({ description: 'When the hold expired.' }),
    freezeScope: z.enum(freezeScopes).optional().openapi({ description: 'What the freeze stops.' }),
    openHolds: z.int().optional(),
    rule: z.string().optional().openapi({ description: 'The name of the velocity rule.' }),
    window: z.enum(velocityWindows).optional().openapi({ description: 'What the rule counts together.' }),
    measure: z
      .enum(['amount', 'count'])
      .optional()
      .openapi({ description: 'Whether used and max are amounts or numbers of movements.' }),
    used: numberSchema.optional().openapi({
      description:
        'What is used in the window of now. Absent for a rule of one movement, and if the wallet is the other side of the movement.',
    }),
    max: numberSchema.optional().openapi({ description: 'The most that the rule allows.' }),
    resetsAt: z.iso
      .datetime()
      .optional()
      .openapi({ description: 'When the window ends. Absent if the rule never resets.' }),
    requested: numberSchema.optional().openapi({ description: 'The amount that was asked for.' }),
    limit: numberSchema.optional().openapi({ description: 'The most or the least that the balance may be.' }),
    currency: currencySchema
      .optional()
      .openapi({ description: 'The currency of the amounts. They are decimal text under every path.' }),
    commandId: z.string().optional(),
    workflowId: z.string().optional(),
    scope: z.string().optional().openapi({ description: 'The scope that the caller lacks.' }),
    progress: progressSchema.optional(),
    retainedSince: z.iso
      .datetime()
      .optional()
      .openapi({ description: 'The time from which on the log has every event.' }),
    'violated-policies': z
      .array(z.string())
      .optional()
      .openapi({ description: 'The quotas that are used up, as RateLimit-Policy names them.' }),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          header: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .openapi('Problem');

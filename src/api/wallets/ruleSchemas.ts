// The parts of a schema that all kinds of rules of a wallet share: each rule has a name of its own.
import { z } from '../http/zod.ts';

export function ruleNameSchema(example: string) {
  return z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ : -')
    .openapi({ example });
}

/** All rules of a wallet, at most `max`. */
export function rulesSchema<Rule extends z.ZodType<{ readonly name: string }>>(rule: Rule, max: number) {
  return z
    .array(rule)
    .max(max, `must be at most ${max}`)
    .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, {
      error: 'must each have a name of its own',
    });
}

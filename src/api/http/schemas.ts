// Schemas of values that requests to several resources carry. The same schemas check the requests and
// describe them in the API reference.
import { z } from './zod.ts';

export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -')
  // Clients and proxies read such a path segment as "one level up".
  .refine((id) => id !== '.' && id !== '..', 'must not be . or ..')
  .openapi({ example: 'wallet-001' });

/** Free text that PostgreSQL and JSON can hold. */
export function textSchema(text: z.ZodString, lengthMax: number) {
  return text
    .max(lengthMax, `must have at most ${lengthMax} characters`)
    .refine(
      (value) => value.isWellFormed() && !value.includes('\0'),
      'must be well-formed Unicode without NUL',
    );
}

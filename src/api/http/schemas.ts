// Schemas of values that requests to several resources carry. The same schemas check the requests and
// describe them in the API reference.
import { isJsonNumber, type JsonNumber, sourceOf } from './exactJson.ts';
import { z } from './zod.ts';

export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -')
  // Clients and proxies read such a path segment as "one level up".
  .refine((id) => id !== '.' && id !== '..', 'must not be . or ..')
  .openapi({ example: 'wallet-001' });

/** The id inside the service, as operators see it: with the tenant, unless it is the default one. */
export const wholeIdSchema = z
  .string()
  .regex(
    /^(?:[a-z0-9-]{1,63}\/)?(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/,
    'must be an id, or a tenant, a slash and an id',
  )
  .openapi({ example: 'wallet-001' });

/** A number in a body keeps its source text, which this turns into a count. */
export function countSchema({ min, max }: { readonly min: number; readonly max: number }) {
  const detail = `must be a whole number from ${min} to ${max}`;
  return z
    .custom<JsonNumber>((value) => {
      if (!isJsonNumber(value)) return false;
      const number = Number(sourceOf(value));
      return Number.isInteger(number) && number >= min && number <= max;
    }, detail)
    .transform((value) => Number(sourceOf(value)))
    .openapi({ type: 'integer', minimum: min, maximum: max });
}

/** Free text that PostgreSQL and JSON can hold. */
export function textSchema(text: z.ZodString, lengthMax: number) {
  return text
    .max(lengthMax, `must have at most ${lengthMax} characters`)
    .refine(
      (value) => value.isWellFormed() && !value.includes('\0'),
      'must be well-formed Unicode without NUL',
    );
}

/** A bound of amounts, which has no currency of its own. */
export const decimalBoundSchema = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,18})(?:\.\d{1,4})?$/, 'must be a plain decimal number')
  .openapi({
    format: 'decimal',
    description: 'Included; in the currency of each row.',
    example: '25.00',
  });

/** A point in time. The plus sign of an offset has to be sent as %2B, because a bare one means a space. */
export const timeSchema = timeSchemaOf((text) => new Date(text));

/**
 * A bound between events. Their times are whole milliseconds, so a finer bound counts as the next
 * millisecond.
 */
export const timeBoundSchema = timeSchemaOf((text) => {
  const time = new Date(text);
  return /\.\d{3}\d*[1-9]/.test(text) ? new Date(time.getTime() + 1) : time;
});

function timeSchemaOf(read: (text: string) => Date) {
  return (
    z.iso
      .datetime({ offset: true, error: 'must be an RFC 3339 time, such as 2026-11-22T17:00:00Z' })
      .transform(read)
      // An offset can lead to a year that RFC 3339 cannot write.
      .refine((time) => /^\d{4}-/.test(time.toISOString()), 'must lie in the years 0000 to 9999 in UTC')
      .openapi({ type: 'string', format: 'date-time', example: '2026-11-22T17:00:00Z' })
  );
}

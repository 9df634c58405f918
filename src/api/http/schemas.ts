// What requests must look like. The same schemas check requests and describe them in the API reference.
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { currencyDefault, isCurrency } from '../../domain/currency.ts';
import { projectionNames } from '../../projections/projection.ts';
import { isJsonNumber, type JsonNumber, sourceOf } from './jsonObject.ts';

extendZodWithOpenApi(z);

const descriptionLengthMax = 500;

export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -')
  // Clients and proxies take such a path segment for a way up.
  .refine((id) => id !== '..' && id !== '../..', 'must not be . or ..')
  .openapi({ example: 'wallet-001' });

/** An amount as a JSON number or a string; as decimal text inside, since only the wallet knows its decimals. */
export const amountSchema = z
  .union([z.string(), z.custom<JsonNumber>(isJsonNumber)], { error: 'must be a number or a decimal string' })
  .transform((value) => (typeof value === 'string' ? value : sourceOf(value)))
  .openapi({
    type: ['number', 'string'],
    format: 'decimal',
    description:
      "A plain decimal with at most the currency's decimals; a string of the same form is accepted too.",
    example: 100,
  });

const descriptionSchema = z
  .string()
  .max(descriptionLengthMax, `must have at most ${descriptionLengthMax} characters`)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be well-formed Unicode without NUL')
  .default('')
  .openapi({ example: 'top-up' });

export const createWalletSchema = z
  .strictObject({
    walletId: idSchema.optional(),
    ownerId: idSchema.openapi({ example: 'owner-1' }),
    initialBalance: amountSchema.default('0').openapi({ example: 100 }),
    currency: z
      .string()
      .refine(isCurrency, 'must be an ISO 4217 code')
      .default(currencyDefault)
      .openapi({ example: 'USD' }),
  })
  .openapi('CreateWallet');

export const movementSchema = z
  .strictObject({ amount: amountSchema, description: descriptionSchema })
  .openapi('Movement');

export const transferSchema = z
  .strictObject({
    toWalletId: idSchema.openapi({ example: 'wallet-002' }),
    amount: amountSchema,
    description: descriptionSchema,
  })
  .openapi('Transfer');

const pageSizeDefault = 20;

/** Rows on one page, in digits: not 0x10, 1e1 or white space, which JavaScript takes for numbers, too. */
export const pageSizeSchema = (pageSizeMax: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1')
    .transform(Number)
    .pipe(z.number().max(pageSizeMax))
    .default(pageSizeDefault);

/** A point in time. An offset's plus sign has to be sent as %2B, because a bare one means a space. */
export const timeSchema = timeSchemaOf((text) => new Date(text));

/** A bound between events. Theirs are whole milliseconds, so a finer one lies behind what its millisecond holds. */
export const timeBoundSchema = timeSchemaOf((text) => {
  const time = new Date(text);
  return /\.\d{3}\d*[1-9]/.test(text) ? new Date(time.getTime() + 1) : time;
});

function timeSchemaOf(read: (text: string) => Date) {
  return (
    z.iso
      .datetime({ offset: true, error: 'must be an RFC 3339 time, such as 2026-11-22T17:00:00Z' })
      .transform(read)
      // An offset can lead out of the years that RFC 3339 can write.
      .refine((time) => /^\d{4}-/.test(time.toISOString()), 'must lie in the years 0000 to 9999 in UTC')
      .openapi({ type: 'string', format: 'date-time', example: '2026-11-22T17:00:00Z' })
  );
}

export const projectionSchema = z.enum(projectionNames).openapi({ example: 'ledger' });

/** Longest reason that an operator can leave. */
const reasonLengthMax = 500;

const reasonSchema = z
  .string()
  .min(1, 'must say why')
  .max(reasonLengthMax, `must have at most ${reasonLengthMax} characters`)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be well-formed Unicode without NUL');

export const skipSchema = z
  .strictObject({ reason: reasonSchema.openapi({ example: 'test event of a tool that is gone' }) })
  .openapi('SkipFailure');

/** What stays with a schedule that is paused or resumed, for whoever looks next. */
export const pauseSchema = z
  .strictObject({ note: reasonSchema.optional().openapi({ example: 'the index is being moved' }) })
  .openapi('PauseProjection');

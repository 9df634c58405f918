// Pages of a list: their size, and the cursor that leads to the next page. A cursor is opaque to callers. It
// holds the sort key of the last row on its page.
import { z } from './zod.ts';

const pageSizeDefault = 20;

/** Rows on one page, in digits only: JavaScript takes 0x10, 1e1 and white space for numbers, too. */
export const pageSizeSchema = (pageSizeMax: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1')
    .transform(Number)
    .pipe(z.number().max(pageSizeMax))
    .default(pageSizeDefault)
    .openapi({
      type: 'integer',
      minimum: 1,
      description: `Rows on the page; ${pageSizeDefault} by default.`,
      // The description says it.
      default: undefined,
    });

/** The page size as operations declare it. Routes replace it by a schema with the maximum of the settings. */
export const limitSchema = pageSizeSchema(9_999);

const decodedCursor = z.string().transform((cursor) => Buffer.from(cursor, 'base64url').toString('utf8'));

/** A cursor whose content fits `content`. */
export function cursorSchema<Content extends z.ZodType<unknown, string>>(content: Content) {
  return decodedCursor
    .pipe(content)
    .optional()
    .openapi({ type: 'string', description: 'The nextCursor of the page before.' });
}

/** A cursor that holds a position of the log. */
export const positionCursorSchema = cursorSchema(
  z
    .string()
    .regex(/^[1-9]\d{0,17}$/, 'must be the nextCursor of the page before')
    .transform(BigInt),
);

/** The cursor of the next page, or null on the last page. */
export const nextCursorSchema = z.string().nullable();

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/**
 * The first `limit` rows of `found`. At least one row more has to be read, because that row shows whether
 * there is a next page. Rows with the same key stay on one page, because the next page begins after the key.
 */
export function toPage<Row>(found: readonly Row[], limit: number, keyOf: (row: Row) => string): Page<Row> {
  const last = found[limit - 1];
  if (last === undefined) return { rows: found, nextCursor: null };
  const lastKey = keyOf(last);
  const rows = found.filter((row, index) => index < limit || keyOf(row) === lastKey);
  const nextCursor = found.length > rows.length ? Buffer.from(lastKey, 'utf8').toString('base64url') : null;
  return { rows, nextCursor };
}

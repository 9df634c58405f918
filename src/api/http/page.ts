// Pages of a list: their size, and the cursor that leads to the next page. A cursor is opaque to callers. It
// holds its list, the filter and order of its page, and the sort key of the last row.
//
// Invariant: a cursor leads on in its own list alone. In another one its key would mean another row.
import { type FieldError, ProblemError } from './problems.ts';
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

export const cursorSchema = z
  .string()
  .optional()
  .openapi({ description: 'The nextCursor of the page before. Order and filter must be the same as there.' });

/** The sort key of a list by position of the log. */
export const positionKey = z
  .string()
  .regex(/^[1-9]\d{0,17}$/)
  .transform(BigInt);

/** A list as one request asks for it. */
export interface List {
  /** The operation's id. */
  readonly name: string;
  /** Each parameter, besides page size and cursor, that decides which rows come in which order. */
  readonly asked: Readonly<Record<string, string | undefined>>;
}

const notACursor = 'must be the nextCursor of the page before; begin again without it';

const contentSchema = z.tuple([z.string(), z.record(z.string(), z.string()), z.string()]);

/** For a cursor whose key only a store can read, and that it refused. */
export function unknownCursor(): ProblemError {
  return cursorProblem(notACursor);
}

/** The sort key that the cursor holds. Throws ProblemError for a cursor of another list, order or filter. */
export function readCursor<Key>(
  cursor: string | undefined,
  list: List,
  keySchema: z.ZodType<Key, string>,
): Key | undefined {
  if (cursor === undefined) return undefined;
  const content = contentOf(cursor);
  if (content === undefined) throw cursorProblem(notACursor);
  const [name, asked, key] = content;
  if (name !== list.name) throw cursorProblem('belongs to another list');
  const names = new Set([...Object.keys(asked), ...Object.keys(list.asked)]);
  const other = [...names].filter((parameter) => asked[parameter] !== list.asked[parameter]);
  if (other.length > 0) throw cursorProblem(`belongs to a list with another ${other.join(' and ')}`);
  const parsed = keySchema.safeParse(key);
  if (!parsed.success) throw cursorProblem(notACursor);
  return parsed.data;
}

/** The cursor that leads on after the row with this key. */
export function cursorAfter({ name, asked }: List, key: string): string {
  return Buffer.from(JSON.stringify([name, asked, key]), 'utf8').toString('base64url');
}

function contentOf(cursor: string): z.output<typeof contentSchema> | undefined {
  const bytes = Buffer.from(cursor, 'base64url');
  // Node.js ignores what is no base64url. Two spellings of one cursor would be two cursors to a cache.
  if (bytes.toString('base64url') !== cursor) return undefined;
  try {
    return contentSchema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function cursorProblem(detail: string): ProblemError {
  const errors: readonly FieldError[] = [{ parameter: 'cursor', detail }];
  return new ProblemError({ code: 'VALIDATION_FAILED', detail: `cursor ${detail}.`, errors });
}

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
export function toPage<Row>(
  list: List,
  found: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
): Page<Row> {
  const last = found[limit - 1];
  if (last === undefined) return { rows: found, nextCursor: null };
  const lastKey = keyOf(last);
  const rows = found.filter((row, index) => index < limit || keyOf(row) === lastKey);
  const nextCursor = found.length > rows.length ? cursorAfter(list, lastKey) : null;
  return { rows, nextCursor };
}

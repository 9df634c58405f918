// Cursors of lists: opaque to callers; inside is what the page is sorted by, of the last row on it.
import { z } from 'zod';

export function encodeCursor(last: string): string {
  return Buffer.from(last, 'utf8').toString('base64url');
}

export function decodeCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('utf8');
}

/** A position of the log inside a cursor. */
export const positionCursorSchema = z
  .string()
  .transform(decodeCursor)
  .pipe(z.string().regex(/^[1-9]\d{0,17}$/, 'must be the nextCursor of the page before'))
  .transform(BigInt);

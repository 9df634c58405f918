// Writes a position as a cursor, and reads it back. A cursor is one encrypted block: the position and a check
// of the filter. So it shows no position, and leads on in its own filter alone. A new cursor does tell that
// somebody committed something.
//
// Invariant: a cursor does not expire, because programs keep it. The secret is part of the database.
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { type FeedFilter, filterKeyOf } from './feedFilter.ts';

export interface FeedCursors {
  /** Cursors of one filter. */
  readonly of: (filter: FeedFilter) => CursorsOfFilter;
}

export interface CursorsOfFilter {
  /** The cursor after this position. */
  readonly write: (position: bigint) => string;
  /** The position, or undefined for a text that is no cursor of this filter and tenant. */
  readonly read: (cursor: string) => bigint | undefined;
}

const positionBytes = 8;
const blockBytes = 16;

/** `secret` is that of the installation. */
export function createFeedCursors(secret: Buffer): FeedCursors {
  // A key of its own: whoever knew this one could not uncover command ids.
  const key = createHmac('sha256', secret).update('feed cursors').digest();
  // Each cursor is one block, so every block is on its own.
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return {
    of: (filter) => {
      const check = createHash('sha256').update(filterKeyOf(filter)).digest().subarray(0, positionBytes);
      return {
        write: (position) => {
          const block = Buffer.alloc(blockBytes);
          block.writeBigUInt64BE(position);
          check.copy(block, positionBytes);
          return cipher.update(block).toString('base64url');
        },
        read: (cursor) => {
          const bytes = Buffer.from(cursor, 'base64url');
          // Node.js ignores what is no base64url, and two spellings would be two cursors to a cache.
          if (bytes.length !== blockBytes || bytes.toString('base64url') !== cursor) return undefined;
          const block = decipher.update(bytes);
          if (!block.subarray(positionBytes).equals(check)) return undefined;
          return block.readBigUInt64BE();
        },
      };
    },
  };
}

// The ids of commands that are named by a key. The id is made of the key, so keys need no index, and the same
// key is the same command in every process.
import { hash } from 'node:crypto';

/** The id of the command that a client's Idempotency-Key names. */
export function commandIdOfKey(idempotencyKey: string): string {
  return toUuid(hash('sha256', `idempotency-key:${idempotencyKey}`, 'hex'));
}

/** A UUID of version 8, of the first digits of a digest in hex. */
function toUuid(digest: string): string {
  const variant = ((parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

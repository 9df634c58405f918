// Shows command ids under a cipher. The id of a command with an Idempotency-Key is a hash of the key. So
// whoever guesses a key could name the command, and whoever sees an id could guess the key. Clients get the
// id encrypted with a secret of the installation.
//
// Invariant: the secret decides what is shown and nothing else. Records keep their ids, so a lost or another
// secret can't let a command take effect twice.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CommandIdSecret } from '../../eventStore/commandIdCover.ts';

export interface CommandIdCover {
  /** The id that clients are told. An id without a key is random and stays as it is. */
  readonly shown: (commandId: string) => string;
  /** The ids inside that the id of a client may stand for, at most two. */
  readonly inside: (given: string) => readonly string[];
  /** True if the client may name this command so. An uncovered id of a key has to be older than covers. */
  readonly mayName: (
    given: string,
    record: { readonly commandId: string; readonly recordedAt: Date },
  ) => boolean;
}

/** Processes learn within seconds that ids are covered. Until then they tell uncovered ones. */
const uncoveredMs = 10 * 60_000;

/** For ids made of a key. Those without a key have version 4. */
const madeOfKey = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** `current` gives the secret as it was last read. */
export function createCommandIdCover(current: () => CommandIdSecret): CommandIdCover {
  // Each id is one block, so every call is on its own.
  const cipher = createCipheriv('aes-256-ecb', current().secret, null).setAutoPadding(false);
  const decipher = createDecipheriv('aes-256-ecb', current().secret, null).setAutoPadding(false);
  const uncovered = (given: string) => toId(decipher.update(toBytes(given)));
  return {
    shown: (commandId) =>
      current().shownSince === null || !madeOfKey.test(commandId)
        ? commandId
        : toId(cipher.update(toBytes(commandId))),
    inside: (given) => [given, ...[uncovered(given)].filter((id) => madeOfKey.test(id))],
    mayName(given, { commandId, recordedAt }) {
      const { shownSince } = current();
      if (shownSince === null || commandId !== given || !madeOfKey.test(given)) return true;
      return recordedAt.getTime() < shownSince.getTime() + uncoveredMs;
    },
  };
}

/** `id` is a UUID in lower case. */
function toBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function toId(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

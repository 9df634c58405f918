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
  /**
   * The same for a command that is not done yet. All ids that wait are encrypted together as soon as the
   * first one is asked for. One alone costs 6 µs, one of 32 together 1 µs.
   */
  readonly shownLater: (commandId: string) => () => string;
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

/** For ids made of a key. Those without a key have version 7, and had 4. */
const madeOfKey = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface WaitingId {
  readonly inside: string;
  /** Empty while it waits. */
  shown: string;
}

/** `current` gives the secret as it was last read. */
export function createCommandIdCover(current: () => CommandIdSecret): CommandIdCover {
  // Each id is one block, so every block is on its own.
  const cipher = createCipheriv('aes-256-ecb', current().secret, null).setAutoPadding(false);
  const decipher = createDecipheriv('aes-256-ecb', current().secret, null).setAutoPadding(false);
  const uncovered = (given: string) => toId(decipher.update(toBytes(given)).toString('hex'), 0);
  /** The ids since the last answer. */
  let waiting: WaitingId[] = [];

  function coverWaiting(): void {
    const ids = waiting;
    waiting = [];
    const hex = cipher.update(toBytes(ids.map(({ inside }) => inside).join(''))).toString('hex');
    ids.forEach((id, index) => (id.shown = toId(hex, index * idDigits)));
  }

  function shownLater(commandId: string): () => string {
    if (current().shownSince === null || !madeOfKey.test(commandId)) return () => commandId;
    const id: WaitingId = { inside: commandId, shown: '' };
    waiting.push(id);
    return () => {
      if (id.shown === '') coverWaiting();
      return id.shown;
    };
  }

  return {
    shown: (commandId) => shownLater(commandId)(),
    shownLater,
    inside: (given) => [given, ...[uncovered(given)].filter((id) => madeOfKey.test(id))],
    mayName(given, { commandId, recordedAt }) {
      const { shownSince } = current();
      if (shownSince === null || commandId !== given || !madeOfKey.test(given)) return true;
      return recordedAt.getTime() < shownSince.getTime() + uncoveredMs;
    },
  };
}

const idDigits = 32;

/** `ids` are UUIDs in lower case, one after the other. */
function toBytes(ids: string): Buffer {
  return Buffer.from(ids.replaceAll('-', ''), 'hex');
}

/** The UUID of the 32 digits from `at` on. */
function toId(hex: string, at: number): string {
  const part = (from: number, to: number) => hex.slice(at + from, at + to);
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, idDigits)}`;
}

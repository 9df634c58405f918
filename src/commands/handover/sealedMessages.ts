// Seals and opens the messages between the processes of one installation. They go through Redis. A program
// that may publish there could otherwise invent commands, or answers to them. The key comes from PostgreSQL.
// So only a process that could append to the log itself can make a message that another one takes.
//
// Form: 1 byte for the form, 16 for the sender, 12 for the nonce, then AES-256-GCM with its tag. Each pair of
// sender and receiver has its own key. The nonce counts up, so a message is opened once, and no older one
// after it.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const form = 1;
const tokenBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + tokenBytes + nonceBytes;
/** Processes that this one remembers. A peer counts once for each of its starts. */
const peersMax = 256;

interface Opened {
  /** The token of the sender. */
  readonly from: string;
  readonly content: Buffer;
}

export interface MessageSeal {
  /** Seals a message for the process with that token. */
  readonly seal: (to: string, content: Uint8Array) => Buffer;
  /** Undefined if no peer has sealed the message for this process, or if it was opened before. */
  readonly open: (message: Buffer) => Opened | undefined;
}

/** `key` has 32 bytes, and `token` is the UUID of this start of the process. */
export function createMessageSeal(key: Uint8Array, token: string): MessageSeal {
  const own = bytesOfToken(token);
  const keysTo = new Map<string, Buffer>();
  const peers = new Map<string, { readonly key: Buffer; opened: bigint }>();
  let sealed = 0n;

  return {
    seal(to, content) {
      let pairKey = keysTo.get(to);
      if (pairKey === undefined) {
        pairKey = keyOfPair(key, own, bytesOfToken(to));
        remember(keysTo, to, pairKey);
      }
      sealed += 1n;
      const header = Buffer.alloc(headerBytes);
      header[0] = form;
      own.copy(header, 1);
      header.writeBigUInt64BE(sealed, headerBytes - 8);
      const cipher = createCipheriv('aes-256-gcm', pairKey, nonceOf(header)).setAAD(header);
      return Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
    },
    open(message) {
      if (message.length < headerBytes + tagBytes || message[0] !== form) return undefined;
      const header = message.subarray(0, headerBytes);
      const from = header.toString('hex', 1, 1 + tokenBytes);
      const peer = peers.get(from) ?? {
        key: keyOfPair(key, header.subarray(1, 1 + tokenBytes), own),
        opened: 0n,
      };
      const number = header.readBigUInt64BE(headerBytes - 8);
      if (number <= peer.opened) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', peer.key, nonceOf(header))
        .setAAD(header)
        .setAuthTag(message.subarray(-tagBytes));
      let content: Buffer;
      try {
        content = Buffer.concat([
          decipher.update(message.subarray(headerBytes, -tagBytes)),
          decipher.final(),
        ]);
      } catch {
        // Nobody who knows the key has sealed it.
        return undefined;
      }
      // Only now, so that a stranger's messages fill no memory.
      peer.opened = number;
      remember(peers, from, peer);
      return { from: tokenOfHex(from), content };
    },
  };
}

function nonceOf(header: Buffer): Buffer {
  return header.subarray(1 + tokenBytes);
}

function keyOfPair(key: Uint8Array, from: Buffer, to: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.concat([from, to]), 'wallet handover', 32));
}

function bytesOfToken(token: string): Buffer {
  return Buffer.from(token.replaceAll('-', ''), 'hex');
}

function tokenOfHex(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The process that was silent for longest goes first. It has ended, because processes that run ask often. */
function remember<Value>(kept: Map<string, Value>, token: string, value: Value): void {
  kept.delete(token);
  if (kept.size >= peersMax) kept.delete(kept.keys().next().value ?? '');
  kept.set(token, value);
}

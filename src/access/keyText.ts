// The text of an API key: `wk_<live|test>_<id>_<secret><checksum>`. The prefix lets scanners find a key that
// leaked. The checksum tells a typing error without a look into the database. Pure, but for the randomness
// that is given.
import { crc32 } from 'node:zlib';

const keyKinds = ['live', 'test'] as const;
/** `test` marks the keys of an installation without real money, for people and scanners. */
export type KeyKind = (typeof keyKinds)[number];

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idBytes = 10;
const secretBytes = 32;
/** Digits in base 62 that hold so many bytes. */
const idLength = 14;
const secretLength = 43;
const checksumLength = 6;

const pattern = new RegExp(
  `^wk_(?:${keyKinds.join('|')})_([0-9A-Za-z]{${idLength}})_[0-9A-Za-z]{${secretLength + checksumLength}}$`,
);

export type RandomBytes = (size: number) => Uint8Array;

export function makeKeyText(kind: KeyKind, randomBytes: RandomBytes): { id: string; text: string } {
  const id = base62(randomBytes(idBytes), idLength);
  const body = `wk_${kind}_${id}_${base62(randomBytes(secretBytes), secretLength)}`;
  return { id, text: `${body}${checksumOf(body)}` };
}

/** The id in the text of a key. Undefined if the text is none, or if its checksum is wrong. */
export function keyIdIn(text: string): string | undefined {
  const id = pattern.exec(text)?.[1];
  if (id === undefined) return undefined;
  const body = text.slice(0, -checksumLength);
  return text.slice(-checksumLength) === checksumOf(body) ? id : undefined;
}

function checksumOf(body: string): string {
  return digits(BigInt(crc32(body)), checksumLength);
}

function base62(bytes: Uint8Array, length: number): string {
  return digits(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), length);
}

function digits(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  while (text.length < length) {
    text = `${alphabet.charAt(Number(rest % 62n))}${text}`;
    rest /= 62n;
  }
  return text;
}

// Hashes keys with a pepper, a secret that is not in the database. So a copy of the database proves nobody.
// Each pepper has an id, and a row names the pepper of its hash. The first pepper of API_KEY_PEPPERS makes
// new hashes, and the others only check old ones. A key gets a hash of the first pepper when it is next used.
//
// Invariant: a hash covers the id of the key, so a hash that is copied to another row is worth nothing.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/configError.ts';

export interface Pepper {
  readonly id: string;
  readonly secret: Buffer;
}

export interface KeyHash {
  readonly pepperId: string;
  readonly hash: Buffer;
}

/**
 * The peppers of API_KEY_PEPPERS, the first one for new hashes. Throws a ConfigError if there is none, or if
 * two have one id.
 */
export function peppersOf({ API_KEY_PEPPERS: given }: Pick<Config, 'API_KEY_PEPPERS'>): readonly Pepper[] {
  const peppers = given
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf(':');
      return { id: pair.slice(0, at), secret: Buffer.from(pair.slice(at + 1), 'base64') };
    });
  if (peppers.length === 0)
    throw new ConfigError(
      'API_KEY_PEPPERS must be set to check API keys, for example to p1:$(openssl rand -base64 32); ' +
        'ACCESS=open asks for no keys, on loopback alone',
    );
  if (new Set(peppers.map(({ id }) => id)).size < peppers.length)
    throw new ConfigError('API_KEY_PEPPERS must give each id once');
  return peppers;
}

/** The hash of a whole key under the pepper for new keys. */
export function hashKey([pepper]: readonly Pepper[], text: string): KeyHash {
  if (pepper === undefined) throw new Error('there is no pepper to hash an API key with');
  return { pepperId: pepper.id, hash: hmac(pepper, text) };
}

/** False if the hash is of another key, or if its pepper is none of these. */
export function isHashOf(peppers: readonly Pepper[], { pepperId, hash }: KeyHash, text: string): boolean {
  const pepper = peppers.find(({ id }) => id === pepperId);
  if (pepper === undefined) return false;
  const expected = hmac(pepper, text);
  return expected.length === hash.length && timingSafeEqual(expected, hash);
}

function hmac({ secret }: Pepper, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

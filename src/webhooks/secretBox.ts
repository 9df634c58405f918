// Encrypts the secrets of webhooks before they are stored, and decrypts them to sign. AES-256-GCM under a key
// of WEBHOOK_SECRETS_KEY: the first key encrypts, and each of them decrypts. So a key can be replaced.
//
// A box is: version (1 byte), key id (4), nonce (12), ciphertext, tag (16).
// Invariant: a box opens only for the endpoint it was made for. No message holds a secret or a key.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Config } from '../config/config.ts';

export interface SecretBox {
  readonly seal: (secretText: string, endpointId: string) => Buffer;
  /** Throws SecretBoxError. */
  readonly open: (box: Buffer, endpointId: string) => string;
  /** How the boxes of each key begin, those of the first key first. Such a head tells nothing of its key. */
  readonly heads: readonly Buffer[];
}

export type SecretBoxProblem = 'unknownVersion' | 'unknownKey' | 'damaged';

export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError';
  readonly problem: SecretBoxProblem;

  constructor(problem: SecretBoxProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** Why a process has no box. Callers show it where webhooks are asked for. */
export const secretBoxMissing =
  'This process has no WEBHOOK_SECRETS_KEY, so it can keep no secrets of webhooks. ' +
  'Set it for the API and the worker, for example to $(openssl rand -base64 32).';

const cipher = 'aes-256-gcm';
const version = 1;
const keyIdAt = 1;
const nonceAt = 5;
const nonceBytes = 12;
const ciphertextAt = nonceAt + nonceBytes;
const tagBytes = 16;

interface BoxKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

/** Undefined without keys: the process then has no webhooks, and `secretBoxMissing` says why. */
export function createSecretBox({
  WEBHOOK_SECRETS_KEY: keys,
}: Pick<Config, 'WEBHOOK_SECRETS_KEY'>): SecretBox | undefined {
  const boxKeys = keys.map((key) => ({ id: keyIdOf(key), key }));
  const [first] = boxKeys;
  if (first === undefined) return undefined;
  return {
    seal: (secretText, endpointId) => seal(first, secretText, endpointId),
    open: (box, endpointId) => open(boxKeys, box, endpointId),
    heads: boxKeys.map(headOf),
  };
}

function headOf({ id }: BoxKey): Buffer {
  return Buffer.concat([Buffer.from([version]), id]);
}

function seal(first: BoxKey, secretText: string, endpointId: string): Buffer {
  const head = headOf(first);
  const nonce = randomBytes(nonceBytes);
  const work = createCipheriv(cipher, first.key, nonce, { authTagLength: tagBytes });
  work.setAAD(associated(head, endpointId));
  return Buffer.concat([head, nonce, work.update(secretText, 'utf8'), work.final(), work.getAuthTag()]);
}

function open(keys: readonly BoxKey[], box: Buffer, endpointId: string): string {
  if (box[0] !== version)
    throw new SecretBoxError(
      'unknownVersion',
      `the secret of webhook endpoint ${endpointId} was stored by a newer release, in form ${box[0] ?? 'none'}`,
    );
  const found = keys.find(({ id }) => id.equals(keyIdIn(box)));
  if (found === undefined)
    throw new SecretBoxError(
      'unknownKey',
      `the secret of webhook endpoint ${endpointId} was encrypted under the key ${keyIdIn(box).toString('hex')}, ` +
        'which is not in WEBHOOK_SECRETS_KEY: add the earlier key after the first one, ' +
        'or rotate the secret if that key is lost',
    );
  try {
    if (box.length < ciphertextAt + tagBytes) throw new RangeError('the box is too short');
    const work = createDecipheriv(cipher, found.key, box.subarray(nonceAt, ciphertextAt), {
      authTagLength: tagBytes,
    });
    work.setAAD(associated(box.subarray(0, nonceAt), endpointId));
    work.setAuthTag(box.subarray(-tagBytes));
    return Buffer.concat([work.update(box.subarray(ciphertextAt, -tagBytes)), work.final()]).toString('utf8');
  } catch (cause) {
    throw new SecretBoxError(
      'damaged',
      `the stored secret of webhook endpoint ${endpointId} is damaged, or belongs to another endpoint: rotate it`,
      { cause },
    );
  }
}

function keyIdIn(box: Buffer): Buffer {
  return box.subarray(keyIdAt, nonceAt);
}

/** Derived one way, so that the id in a box tells nothing of its key. */
function keyIdOf(key: Buffer): Buffer {
  return Buffer.from(
    hkdfSync('sha256', key, Buffer.alloc(0), 'webhook secret box key id', nonceAt - keyIdAt),
  );
}

function associated(head: Buffer, endpointId: string): Buffer {
  return Buffer.concat([head, Buffer.from(endpointId, 'utf8')]);
}

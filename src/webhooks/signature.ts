// Signs the requests of webhooks, and makes and reads the secrets for that, as Standard Webhooks 1.0 asks.
// The signed text is id, timestamp and body with dots between them. Pure, but for the chance in a new secret.
//
// Invariant: an id has no dot. Otherwise two messages could have one signed text.
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

export type SigningSecret =
  | { readonly kind: 'hmac'; readonly key: Buffer }
  | { readonly kind: 'ed25519'; readonly privateKey: KeyObject };

/** `publicText` is what a receiver needs to verify: of HMAC the secret itself, of ed25519 the public key. */
export interface NewSecret {
  readonly text: string;
  readonly publicText: string;
}

interface SignedMessage {
  /** The same at each attempt. */
  readonly id: string;
  /** Of the attempt. */
  readonly timestampSeconds: number;
  /** The very bytes that are sent. */
  readonly body: Buffer;
}

const hmacKeyBytes = 32;
/** The bounds of the standard. */
const hmacKeyBytesMin = 24;
const hmacKeyBytesMax = 64;
/** A private key of ed25519 is its seed, followed by its public key. */
const seedBytes = 32;
const privateKeyBytes = 64;

const idPattern = /^[\w-]{1,128}$/;

/** The value of `webhook-signature`: one signature for each secret, in their order, with spaces between. */
export function signWebhook(secrets: readonly SigningSecret[], message: SignedMessage): string {
  const { id, timestampSeconds, body } = message;
  if (!idPattern.test(id)) throw new Error(`the id of a webhook can't be "${id}"`);
  if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0)
    throw new Error(`the timestamp of a webhook can't be ${timestampSeconds}`);
  if (secrets.length === 0) throw new Error(`the webhook ${id} has no secret to sign it with`);
  const signed = Buffer.concat([Buffer.from(`${id}.${timestampSeconds}.`), body]);
  return secrets.map((secret) => signatureOf(secret, signed)).join(' ');
}

function signatureOf(secret: SigningSecret, signed: Buffer): string {
  return secret.kind === 'hmac'
    ? `v1,${createHmac('sha256', secret.key).update(signed).digest('base64')}`
    : `v1a,${sign(null, signed, secret.privateKey).toString('base64')}`;
}

export function newSecret(kind: SigningSecret['kind']): NewSecret {
  if (kind === 'hmac') {
    const text = `whsec_${randomBytes(hmacKeyBytes).toString('base64')}`;
    return { text, publicText: text };
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const publicKey = rawPublicKey(privateKey);
  return {
    text: `whsk_${Buffer.concat([seed, publicKey]).toString('base64')}`,
    publicText: `whpk_${publicKey.toString('base64')}`,
  };
}

/** Reads `whsec_…` or `whsk_…`. Throws an Error that says what is wrong, and never the secret. */
export function parseSecret(text: string): SigningSecret {
  const [, prefix, encoded = ''] = /^(whsec|whsk)_([a-z0-9+/=]{0,200})$/i.exec(text) ?? [];
  if (prefix === undefined)
    throw new Error('a webhook secret is whsec_ or whsk_ and at most 200 characters of base64');
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw new Error('a webhook secret has no proper base64');
  return prefix === 'whsec' ? hmacSecret(bytes) : ed25519Secret(bytes);
}

function hmacSecret(key: Buffer): SigningSecret {
  if (key.length < hmacKeyBytesMin || key.length > hmacKeyBytesMax)
    throw new Error(
      `a webhook secret of HMAC has ${hmacKeyBytesMin} to ${hmacKeyBytesMax} bytes, not ${key.length}`,
    );
  return { kind: 'hmac', key };
}

function ed25519Secret(bytes: Buffer): SigningSecret {
  if (bytes.length !== privateKeyBytes)
    throw new Error(`a webhook secret of ed25519 has ${privateKeyBytes} bytes, not ${bytes.length}`);
  const [d, x] = [bytes.subarray(0, seedBytes), bytes.subarray(seedBytes)];
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', d: d.toString('base64url'), x: x.toString('base64url') },
  });
  // A receiver would be given this public key, and would refuse every signature.
  if (!rawPublicKey(privateKey).equals(x))
    throw new Error('a webhook secret of ed25519 ends with the public key of another one');
  return { kind: 'ed25519', privateKey };
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
}

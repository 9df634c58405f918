// Verifies a webhook at its receiver. It has an entry of its own, `wallet-service/client/webhooks`, because
// it needs node:crypto. The client itself also runs in browsers.
//
// Invariant: an event is handed over only if its very bytes were signed with one of the secrets, a short time
// ago. Signatures are compared in constant time.
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { components } from './generatedTypes.ts';

export type WebhookEvent = components['schemas']['CloudEvent'];

/** `secret` is about the receiver's own setting, and all others are about the request. */
export type WebhookCheck = 'secret' | 'headers' | 'timestamp' | 'signature' | 'body';

export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly check: WebhookCheck;

  constructor(check: WebhookCheck, message: string, options?: ErrorOptions) {
    super(message, options);
    this.check = check;
  }
}

export interface ReceivedRequest {
  /** `whsec_…` or `whpk_…`. There are several while a secret is replaced. */
  readonly secret: string | readonly string[];
  /** As Node.js gives them, or as `Headers`. */
  readonly headers:
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | { readonly get: (name: string) => string | null };
  /** The bytes as they came, or the same as text. A body that was parsed and written again fails. */
  readonly body: string | Uint8Array;
  /** How far the time of the request may be from now, in both directions. */
  readonly toleranceSeconds?: number;
  readonly nowMs?: number;
}

const toleranceDefaultSeconds = 300;
/** More than a service sends. Each costs a comparison. */
const signaturesMax = 16;
const publicKeyBytes = 32;
const hmacKeyBytesMin = 24;
const hmacKeyBytesMax = 64;

/** The event of a request. Throws WebhookVerificationError, which says which check failed. */
export function verifyWebhook({
  secret,
  headers,
  body,
  toleranceSeconds = toleranceDefaultSeconds,
  nowMs = Date.now(),
}: ReceivedRequest): WebhookEvent {
  const verifiers = (typeof secret === 'string' ? [secret] : secret).map(verifierOf);
  if (verifiers.length === 0)
    throw new WebhookVerificationError('secret', 'there is no secret to verify with');
  const bytes = bytesOf(body);
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature').split(' ').slice(0, signaturesMax);
  checkTime(timestamp, toleranceSeconds, nowMs);
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  // Every pair is compared, so that the time tells nothing of the one that matches.
  const matches = signatures.flatMap((signature) => verifiers.map((verifies) => verifies(signature, signed)));
  if (!matches.includes(true))
    throw new WebhookVerificationError(
      'signature',
      'no signature matches: the secret is that of another endpoint, or the body is not as it was sent',
    );
  return eventIn(bytes);
}

type Verifier = (signature: string, signed: Uint8Array) => boolean;

function verifierOf(secret: string): Verifier {
  const [, prefix, encoded = ''] = /^(whsec|whpk)_([a-z0-9+/=]{1,200})$/i.exec(secret) ?? [];
  const key = bytesOfBase64(encoded);
  if (prefix === 'whsec' && key.length >= hmacKeyBytesMin && key.length <= hmacKeyBytesMax)
    return (signature, signed) => {
      const given = valueOf(signature, 'v1');
      const expected = createHmac('sha256', key).update(signed).digest();
      return given.length === expected.length && timingSafeEqual(given, expected);
    };
  if (prefix === 'whpk' && key.length === publicKeyBytes) {
    const x = encoded.replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
    const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
    return (signature, signed) => verify(null, signed, publicKey, valueOf(signature, 'v1a'));
  }
  throw new WebhookVerificationError(
    'secret',
    'the secret must be whsec_ or whpk_, followed by base64 of 24 to 64 bytes, or of the 32 bytes of a public key',
  );
}

/** The bytes of a signature such as `v1,…`. None if it is of another version. */
function valueOf(signature: string, version: string): Uint8Array {
  return signature.startsWith(`${version},`)
    ? bytesOfBase64(signature.slice(version.length + 1))
    : new Uint8Array();
}

/** No bytes at all if the text is no base64. */
function bytesOfBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function headerOf(headers: ReceivedRequest['headers'], name: string): string {
  const given = isHeaders(headers) ? headers.get(name) : headers[name];
  if (typeof given !== 'string' || given === '')
    throw new WebhookVerificationError('headers', `the request has no header ${name}`);
  return given;
}

function isHeaders(
  headers: ReceivedRequest['headers'],
): headers is { readonly get: (name: string) => string | null } {
  return typeof headers.get === 'function';
}

function checkTime(timestamp: string, toleranceSeconds: number, nowMs: number): void {
  if (!/^\d{1,12}$/.test(timestamp))
    throw new WebhookVerificationError('timestamp', 'the timestamp is no whole number of seconds');
  const ageSeconds = Math.floor(nowMs / 1_000) - Number(timestamp);
  // A tolerance that is no number allows nothing.
  if (!(Math.abs(ageSeconds) <= toleranceSeconds))
    throw new WebhookVerificationError(
      'timestamp',
      ageSeconds > 0
        ? `the request is ${ageSeconds} s old: it was sent before, or the clock here is ahead`
        : `the request is ${-ageSeconds} s ahead: the clock here is late`,
    );
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  throw new WebhookVerificationError(
    'body',
    'the body must be the bytes of the request, not what a parser made of them',
  );
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function eventIn(bytes: Uint8Array): WebhookEvent {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as WebhookEvent;
  } catch (cause) {
    throw new WebhookVerificationError('body', 'the body is no JSON', { cause });
  }
}

// Verifies what the service signs, and what the package of the standard signs, and refuses everything else.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import {
  type ReceivedRequest,
  verifyWebhook,
  WebhookVerificationError,
} from '../../../src/client/verifyWebhook.ts';
import { newSecret, parseSecret, signWebhook } from '../../../src/webhooks/signature.ts';

const nowMs = Date.parse('2026-11-30T08:00:00.500Z');
const timestampSeconds = Math.floor(nowMs / 1_000);
const golden = new URL('../../fixtures/cloudEvents/wallet.credited.v1.json', import.meta.url);
const body = readFileSync(golden);
const kinds = ['hmac', 'ed25519'] as const;
const [hmac, ed25519, other] = [newSecret('hmac'), newSecret('ed25519'), newSecret('hmac')];

function requestOf(
  texts: readonly string[],
  secret: ReceivedRequest['secret'],
  more: Partial<ReceivedRequest> = {},
): ReceivedRequest {
  const headers = more.headers ?? headersOf(texts);
  return { secret, body, nowMs, ...more, headers };
}

function headersOf(texts: readonly string[], sentAt = timestampSeconds): Record<string, string> {
  const message = { id: 'msg_1', timestampSeconds: sentAt, body };
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(sentAt),
    'webhook-signature': signWebhook(texts.map(parseSecret), message),
  };
}

/** The failed check and its message, or the type of the event. */
function outcomeOf(request: ReceivedRequest): string {
  try {
    return verifyWebhook(request).type;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return `${error.check}: ${error.message}`;
    throw error;
  }
}

describe.each(kinds)('a webhook that was signed with %s', (kind) => {
  const { text, publicText } = newSecret(kind);

  it('is its event', () => {
    expect(verifyWebhook(requestOf([text], publicText))).toEqual(JSON.parse(body.toString()));
  });

  it('may come with headers and a body of any kind', () => {
    const headers = headersOf([text]);
    for (const more of [
      { headers: new Headers(headers) },
      { body: body.toString() },
      { body: new Uint8Array(body) },
      { headers: { ...headers, accept: ['a', 'b'], 'x-absent': undefined } },
    ])
      expect(outcomeOf(requestOf([text], publicText, more))).toBe('wallet.credited.v1');
  });

  it('is refused if a bit of the body, the id or the time is another one', () => {
    const headers = headersOf([text]);
    const changed = Buffer.from(body);
    changed.writeUInt8(changed.readUInt8(7) ^ 1, 7);
    for (const more of [
      { body: changed },
      { body: `${body.toString()} ` },
      { body: JSON.stringify(JSON.parse(`{"a":1,${body.toString().slice(1)}`)) },
      { headers: { ...headers, 'webhook-id': 'msg_2' } },
      { headers: { ...headers, 'webhook-timestamp': String(timestampSeconds + 1) } },
    ])
      expect(outcomeOf(requestOf([text], publicText, more))).toContain('signature: no signature matches');
  });

  it('is refused under the secret of another endpoint', () => {
    expect(outcomeOf(requestOf([text], newSecret(kind).publicText))).toContain('signature:');
  });

  it('verifies under any of several secrets, and with any of several signatures', () => {
    const strange = newSecret(kind);
    expect(outcomeOf(requestOf([text], [other.publicText, strange.publicText, publicText]))).toBe(
      'wallet.credited.v1',
    );
    expect(outcomeOf(requestOf([other.text, strange.text, text], publicText))).toBe('wallet.credited.v1');
  });
});

it('a webhook that the package of the standard signed is verified', () => {
  const signature = new Webhook(hmac.text).sign('msg_1', new Date(nowMs), body.toString());
  const headers = { ...headersOf([hmac.text]), 'webhook-signature': signature };
  expect(outcomeOf(requestOf([], hmac.text, { headers }))).toBe('wallet.credited.v1');
});

it('a signature of one version is worth nothing under the name of another', () => {
  for (const [secret, to] of [
    [hmac, 'v1a'],
    [hmac, 'v2'],
    [ed25519, 'v1'],
    [ed25519, 'v1b'],
  ] as const) {
    const headers = headersOf([secret.text]);
    const [, value = ''] = headers['webhook-signature']?.split(',') ?? [];
    const renamed = { ...headers, 'webhook-signature': `${to},${value}` };
    expect(outcomeOf(requestOf([], secret.publicText, { headers: renamed }))).toContain('signature:');
  }
});

it('the public key of the secret does not sign: an attacker who has it can make no HMAC with it', () => {
  const headers = headersOf([`whsec_${ed25519.publicText.slice('whpk_'.length)}`]);
  expect(outcomeOf(requestOf([], ed25519.publicText, { headers }))).toContain('signature:');
});

describe('the time of a webhook', () => {
  it.each([
    ['now', 0, 'wallet.credited.v1'],
    ['five minutes ago', -300, 'wallet.credited.v1'],
    ['in five minutes', 300, 'wallet.credited.v1'],
    [
      'longer ago',
      -301,
      'timestamp: the request is 301 s old: it was sent before, or the clock here is ahead',
    ],
    ['further ahead', 301, 'timestamp: the request is 301 s ahead: the clock here is late'],
  ])('%s', (_, seconds, expected) => {
    const headers = headersOf([hmac.text], timestampSeconds + seconds);
    expect(outcomeOf(requestOf([], hmac.text, { headers }))).toBe(expected);
  });

  it('may be further away if the receiver says so', () => {
    const headers = headersOf([hmac.text], timestampSeconds - 3_600);
    const toleranceSeconds = 3_600;
    expect(outcomeOf(requestOf([], hmac.text, { headers, toleranceSeconds }))).toBe('wallet.credited.v1');
  });

  it('is checked also by a receiver whose tolerance is no number', () => {
    const headers = headersOf([hmac.text], timestampSeconds - 3_600);
    expect(outcomeOf(requestOf([], hmac.text, { headers, toleranceSeconds: Number.NaN }))).toContain(
      'timestamp:',
    );
  });

  it('counts from the clock of the receiver if no other is given', () => {
    const headers = headersOf([hmac.text], Math.floor(Date.now() / 1_000));
    expect(verifyWebhook({ secret: hmac.text, headers, body }).type).toBe('wallet.credited.v1');
  });

  it.each(['soon', '1.5', '-1', '1e9', ' 1', '0x7', '9'.repeat(13)])('is not "%s"', (given) => {
    const headers = { ...headersOf([hmac.text]), 'webhook-timestamp': given };
    expect(outcomeOf(requestOf([], hmac.text, { headers }))).toBe(
      'timestamp: the timestamp is no whole number of seconds',
    );
  });
});

describe('a request is refused', () => {
  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s', (name) => {
    const headers: Record<string, string | undefined> = { ...headersOf([hmac.text]), [name]: undefined };
    expect(outcomeOf(requestOf([], hmac.text, { headers }))).toBe(
      `headers: the request has no header ${name}`,
    );
  });

  it('if its body was parsed, and the message says so', () => {
    const parsed = JSON.parse(body.toString()) as string;
    expect(outcomeOf(requestOf([hmac.text], hmac.text, { body: parsed }))).toContain(
      'not what a parser made',
    );
  });

  it('if its signatures are none', () => {
    for (const signature of ['v1', 'v1,', 'v1,%%%', 'v2,abc', ',', ' ', 'v1a,', `v1a,${'A'.repeat(86)}==`])
      for (const { publicText } of [hmac, ed25519]) {
        const headers = { ...headersOf([hmac.text]), 'webhook-signature': signature };
        expect(outcomeOf(requestOf([], publicText, { headers })), signature).toMatch(/^signature: /);
      }
  });

  it('if a signature comes after many others', () => {
    const headers = headersOf([hmac.text]);
    const many = `${'v1,AAAA '.repeat(1_000)}${headers['webhook-signature'] ?? ''}`;
    expect(
      outcomeOf(requestOf([], hmac.text, { headers: { ...headers, 'webhook-signature': many } })),
    ).toContain('signature:');
  });

  it.each([
    ['JSON', Buffer.from('{"type":')],
    ['UTF-8', Buffer.from('{"type":"\xff"}', 'latin1')],
  ])('if its body is signed and no %s', (_, noJson) => {
    const message = { id: 'msg_1', timestampSeconds, body: noJson };
    const headers = {
      ...headersOf([hmac.text]),
      'webhook-signature': signWebhook([parseSecret(hmac.text)], message),
    };
    expect(outcomeOf(requestOf([], hmac.text, { headers, body: noJson }))).toBe('body: the body is no JSON');
  });
});

describe('a secret of the receiver is refused', () => {
  const short = Buffer.alloc(23, 7).toString('base64');
  it.each([
    ['that is too short', `whsec_${short}`],
    ['that is the private key', ed25519.text],
    ['of half a public key', `whpk_${Buffer.alloc(16).toString('base64')}`],
    ['without its prefix', hmac.text.slice('whsec_'.length)],
    ['that is empty', ''],
  ])('%s, and not repeated', (_, secret) => {
    const outcome = outcomeOf(requestOf([hmac.text], secret));
    expect(outcome).toMatch(/^secret: the secret must be whsec_ or whpk_/);
    if (secret.length > 12) expect(outcome).not.toContain(secret.slice(6, 14));
  });

  it('if there is none', () => {
    expect(outcomeOf(requestOf([hmac.text], []))).toContain('secret: there is no secret');
  });
});

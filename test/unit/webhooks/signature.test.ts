// Holds our signatures against the package of the standard, against node:crypto and against published
// vectors.
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { newSecret, parseSecret, type SigningSecret, signWebhook } from '../../../src/webhooks/signature.ts';

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const body = Buffer.from('{"type":"wallet.credited.v1","data":{"description":"Zürich 🦊"}}');

const headersOf = (id: string, timestampSeconds: number, signature: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestampSeconds),
  'webhook-signature': signature,
});

/** An ed25519 key by its 32 bytes, in the DER of RFC 8410. */
const publicKeyOf = (raw: Buffer) =>
  createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]),
    format: 'der',
    type: 'spki',
  });

function privateKeyOf(secret: SigningSecret): KeyObject {
  if (secret.kind !== 'ed25519') throw new Error('this secret has no private key');
  return secret.privateKey;
}

describe('HMAC', () => {
  it('signatures are those that the package of the standard verifies', () => {
    const { text, publicText } = newSecret('hmac');
    const timestampSeconds = nowSeconds();
    const signature = signWebhook([parseSecret(text)], { id: 'msg_1', timestampSeconds, body });
    expect(publicText).toBe(text);
    const headers = headersOf('msg_1', timestampSeconds, signature);
    expect(new Webhook(text).verify(body, headers)).toEqual(JSON.parse(body.toString()));
    expect(() => new Webhook(text).verify(`${body.toString()} `, headers)).toThrow('No matching signature');
    const other = headersOf('msg_2', timestampSeconds, signature);
    expect(() => new Webhook(text).verify(body, other)).toThrow('No matching signature');
  });

  it('signatures are those of the published vector', () => {
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
    };
    expect(signWebhook([parseSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')], message)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });
});

/** RFC 8032, 7.1: seed, public key, message and signature of the tests 1, 2 and 3. */
const vectors = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
].map((hex) => hex.map((part) => Buffer.from(part, 'hex')) as [Buffer, Buffer, Buffer, Buffer]);

describe('ed25519', () => {
  it('signatures are those that node:crypto verifies with the public key that a receiver gets', () => {
    const { text, publicText } = newSecret('ed25519');
    expect(publicText).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    const signature = signWebhook([parseSecret(text)], { id: 'msg_1', timestampSeconds: 7, body });
    expect(signature).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
    const key = publicKeyOf(Buffer.from(publicText.slice('whpk_'.length), 'base64'));
    const signed = Buffer.concat([Buffer.from('msg_1.7.'), body]);
    const raw = Buffer.from(signature.slice('v1a,'.length), 'base64');
    expect(verify(null, signed, key, raw)).toBe(true);
    expect(verify(null, Buffer.concat([signed, Buffer.from(' ')]), key, raw)).toBe(false);
  });

  it('signatures are those of the vector that the reference server publishes', () => {
    const text =
      'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
    };
    expect(signWebhook([parseSecret(text)], message)).toBe(
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    );
  });

  it.each(vectors)(
    'reads the key of a vector of RFC 8032 and signs with it (%#)',
    (seed, raw, message, signature) => {
      const text = `whsk_${Buffer.concat([seed, raw]).toString('base64')}`;
      expect(sign(null, message, privateKeyOf(parseSecret(text)))).toEqual(signature);
      expect(verify(null, message, publicKeyOf(raw), signature)).toBe(true);
    },
  );
});

it('several secrets give one signature each, and each verifies alone', () => {
  const [first, second, third] = [newSecret('hmac'), newSecret('ed25519'), newSecret('hmac')];
  const secrets = [first, second, third].map(({ text }) => parseSecret(text));
  const timestampSeconds = nowSeconds();
  const signature = signWebhook(secrets, { id: 'msg_1', timestampSeconds, body });
  expect(signature.split(' ').map((one) => one.split(',')[0])).toEqual(['v1', 'v1a', 'v1']);
  for (const { text } of [first, third])
    expect(new Webhook(text).verify(body, headersOf('msg_1', timestampSeconds, signature))).toBeTruthy();
});

it.each([
  ['an id with a dot', { id: 'msg.1' }, 'the id of a webhook'],
  ['an id with a line break', { id: 'msg_1\n' }, 'the id of a webhook'],
  ['no id', { id: '' }, 'the id of a webhook'],
  ['a part of a second', { timestampSeconds: 1.5 }, 'the timestamp of a webhook'],
])('%s is not signed', (_, wrong, message) => {
  const secret = parseSecret(newSecret('hmac').text);
  expect(() => signWebhook([secret], { id: 'msg_1', timestampSeconds: 7, body, ...wrong })).toThrow(message);
});

it('nothing is signed without a secret', () => {
  expect(() => signWebhook([], { id: 'msg_1', timestampSeconds: 7, body })).toThrow('has no secret');
});

describe('a secret is refused', () => {
  const base64 = (bytes: number, fill = 7) => Buffer.alloc(bytes, fill).toString('base64');
  const [seed, raw] = vectors[0] ?? [];
  const mixed = Buffer.concat([seed ?? Buffer.alloc(0), vectors[1]?.[1] ?? Buffer.alloc(0)]);

  it.each([
    ['of 23 bytes', `whsec_${base64(23)}`, '24 to 64 bytes, not 23'],
    ['of 65 bytes', `whsec_${base64(65)}`, '24 to 64 bytes, not 65'],
    ['that is a seed alone', `whsk_${seed?.toString('base64') ?? ''}`, '64 bytes, not 32'],
    ['of 65 bytes of ed25519', `whsk_${base64(65)}`, '64 bytes, not 65'],
    ['with the public key of another', `whsk_${mixed.toString('base64')}`, 'public key of another'],
    ['that is a public key', `whpk_${raw?.toString('base64') ?? ''}`, 'is whsec_ or whsk_'],
    ['without its padding', `whsec_${base64(32).replace('=', '')}`, 'no proper base64'],
    ['with bits beyond its end', `whsec_${base64(32).replace(/.=$/, 'd=')}`, 'no proper base64'],
    ['that is too long to look at', `whsec_${base64(3_000)}`, 'at most 200'],
    ['without a prefix', base64(32), 'is whsec_ or whsk_'],
  ])('%s', (_, text, message) => {
    expect(() => parseSecret(text)).toThrow(message);
  });

  it('without repeating it', () => {
    const secret = base64(23, 99);
    const refusal = messageOf(() => parseSecret(`whsec_${secret}`));
    expect(refusal).toContain('24 to 64 bytes');
    expect(refusal).not.toContain(secret.slice(0, 8));
  });

  it('unless its length is one of the standard', () => {
    for (const bytes of [24, 64]) expect(parseSecret(`whsec_${base64(bytes)}`).kind).toBe('hmac');
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
}

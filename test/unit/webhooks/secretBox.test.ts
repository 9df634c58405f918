import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import {
  createSecretBox,
  type SecretBox,
  SecretBoxError,
  secretBoxMissing,
} from '../../../src/webhooks/secretBox.ts';
import { newSecret } from '../../../src/webhooks/signature.ts';

const [older, newer] = [randomBytes(32), randomBytes(32)];
const { text } = newSecret('ed25519');

function boxOf(...keys: readonly Buffer[]): SecretBox {
  const box = createSecretBox({ WEBHOOK_SECRETS_KEY: [...keys] });
  if (box === undefined) throw new Error('there is no box');
  return box;
}

function failureOf(work: () => unknown): SecretBoxError {
  try {
    work();
  } catch (error) {
    if (error instanceof SecretBoxError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

it('opens what it sealed, for the endpoint that it was sealed for', () => {
  const box = boxOf(older);
  expect(box.open(box.seal(text, 'we_1'), 'we_1')).toBe(text);
});

it('shows nothing of the secret, and seals it differently each time', () => {
  const box = boxOf(older);
  const [one, two] = [box.seal(text, 'we_1'), box.seal(text, 'we_1')];
  expect(one.equals(two)).toBe(false);
  for (const sealed of [one, two]) {
    expect(sealed.includes(text.slice(5, 13))).toBe(false);
    expect(sealed.includes(older.subarray(0, 4))).toBe(false);
  }
});

it('opens nothing of another endpoint, so a row can not be given the secret of another one', () => {
  const box = boxOf(older);
  expect(failureOf(() => box.open(box.seal(text, 'we_1'), 'we_2')).problem).toBe('damaged');
});

it('opens nothing of which one bit was changed, wherever it is', () => {
  const box = boxOf(older);
  const sealed = box.seal(text, 'we_1');
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    const expected = index === 0 ? 'unknownVersion' : index < 5 ? 'unknownKey' : 'damaged';
    expect(failureOf(() => box.open(changed, 'we_1')).problem, `byte ${index}`).toBe(expected);
  }
});

it('opens no box that was cut, wherever it was cut', () => {
  const box = boxOf(older);
  const sealed = box.seal(text, 'we_1');
  for (let length = 0; length < sealed.length; length += 1) {
    const cut = sealed.subarray(0, length);
    const expected = length === 0 ? 'unknownVersion' : length < 5 ? 'unknownKey' : 'damaged';
    expect(failureOf(() => box.open(cut, 'we_1')).problem, `${length} bytes`).toBe(expected);
  }
});

describe('a new key', () => {
  it('seals, and the one before it still opens', () => {
    const before = boxOf(older).seal(text, 'we_1');
    const rotated = boxOf(newer, older);
    expect(rotated.open(before, 'we_1')).toBe(text);
    expect(boxOf(newer).open(rotated.seal(text, 'we_1'), 'we_1')).toBe(text);
    expect([rotated.seal(text, 'we_1'), before].map((box) => box.subarray(0, 5))).toEqual(rotated.heads);
  });

  it('without the one before it says which one is missing and what to do, and tells no secret', () => {
    const sealed = boxOf(older).seal(text, 'we_1');
    const { problem, message } = failureOf(() => boxOf(newer).open(sealed, 'we_1'));
    expect(problem).toBe('unknownKey');
    expect(message).toContain('endpoint we_1');
    expect(message).toContain(`the key ${sealed.subarray(1, 5).toString('hex')}`);
    expect(message).toContain('add the earlier key');
    for (const hidden of [older, newer])
      for (const encoding of ['base64', 'hex'] as const)
        expect(message).not.toContain(hidden.toString(encoding).slice(0, 8));
  });
});

it('there is no box without a key, and a process can say what to set', () => {
  expect(createSecretBox(readConfig({}))).toBeUndefined();
  expect(secretBoxMissing).toContain('has no WEBHOOK_SECRETS_KEY');
});

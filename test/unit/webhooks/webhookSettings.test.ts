import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureSecrets } from '../../../stack/secrets.ts';
import { readConfig } from '../../../src/config/config.ts';

const keysOf = (given: string) => readConfig({ WEBHOOK_SECRETS_KEY: given }).WEBHOOK_SECRETS_KEY;
const key = randomBytes(32);

describe('WEBHOOK_SECRETS_KEY', () => {
  it.each(['base64', 'base64url', 'hex'] as const)('is 32 bytes in %s', (encoding) => {
    expect(keysOf(key.toString(encoding))).toEqual([key]);
  });

  it('may be several keys, in their order', () => {
    const keys = [randomBytes(32), key];
    expect(keysOf(keys.map((one) => one.toString('base64')).join(', '))).toEqual(keys);
  });

  it('of another form is refused, and the refusal does not repeat it', () => {
    for (const bytes of [0, 16, 31, 33, 64])
      for (const encoding of ['base64', 'hex'] as const) {
        const given = `${key.toString('base64')},${randomBytes(bytes).toString(encoding)}`;
        expect(() => keysOf(given)).toThrow(/^WEBHOOK_SECRETS_KEY must be keys of 32 bytes, [ \w,]+$/);
      }
    expect(() => keysOf(Array.from({ length: 5 }, () => key.toString('hex')).join(','))).toThrow(
      'four at most',
    );
  });

  it('is made by npm start, and stays the same', () => {
    const varDir = mkdtempSync(path.join(tmpdir(), 'webhook-key-'));
    try {
      const made = ensureSecrets(varDir).webhookSecretsKey;
      expect(keysOf(made)).toHaveLength(1);
      expect(ensureSecrets(varDir).webhookSecretsKey).toBe(made);
    } finally {
      rmSync(varDir, { recursive: true });
    }
  });
});

describe('WEBHOOK_PORTS', () => {
  it('are those of https, unless others are named', () => {
    expect(readConfig({}).WEBHOOK_PORTS).toEqual([443, 8_443]);
    expect(readConfig({ WEBHOOK_PORTS: '443, 9443' }).WEBHOOK_PORTS).toEqual([443, 9_443]);
  });

  it.each(['0', '65536', 'https', '443,', '-1', '1e3', '443-445'])('can not be %s', (given) => {
    expect(() => readConfig({ WEBHOOK_PORTS: given })).toThrow('WEBHOOK_PORTS must be ports from 1 to 65535');
  });
});

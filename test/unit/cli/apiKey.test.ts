// Which key a command sends, and that the key of the local installation never leaves this machine.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { apiKeyFor } from '../../../cli/apiKey.ts';

const local = 'http://127.0.0.1:3000';
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wallet-keys-'));
  file = path.join(folder, 'api-key');
  writeFileSync(file, 'wk_local\n', { mode: 0o600 });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const keyFor = (url: string, more: Readonly<Record<string, string>> = {}) =>
  apiKeyFor(url, { WALLET_VAR_DIR: folder, ...more });

it.each([local, 'http://127.9.8.7:1', 'http://localhost:3000', 'https://LOCALHOST', 'http://[::1]:3000'])(
  'the local key is sent to %s',
  (url) => {
    expect(keyFor(url)).toBe('wk_local');
  },
);

it.each([
  ...['http://wallet.example', 'http://127.0.0.1.example', 'http://localhost.example', 'http://10.0.0.1'],
  ...['http://0.0.0.0:3000', 'http://127.0.0.1@wallet.example', 'http://[2001:db8::1]', '127.0.0.1:3000'],
  ...['not a URL', ''],
])('the local key is not sent to "%s"', (url) => {
  expect(keyFor(url)).toBeUndefined();
});

it('a key that was given comes first, and goes wherever the command goes', () => {
  const other = path.join(folder, 'other');
  writeFileSync(other, 'wk_file\n', { mode: 0o600 });
  const WALLET_API_KEY_FILE = other;
  expect(keyFor('http://wallet.example', { WALLET_API_KEY_FILE })).toBe('wk_file');
  expect(keyFor(local, { WALLET_API_KEY_FILE, WALLET_API_KEY: 'wk_given' })).toBe('wk_given');
});

it('without a file of the local installation no key is sent', () => {
  rmSync(file);
  expect(keyFor(local)).toBeUndefined();
});

it('a file that others may read is refused, and so is one that is missing', () => {
  chmodSync(file, 0o640);
  expect(() => keyFor(local)).toThrow(`chmod 600 ${file}`);
  expect(() => keyFor(local, { WALLET_API_KEY_FILE: path.join(folder, 'none') })).toThrow('There is no file');
});

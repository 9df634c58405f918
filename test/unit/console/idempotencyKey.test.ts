// The key of an opened form: when it stays, and when the next press gets another one.
import { expect, it } from 'vitest';
import { RequestError } from '../../../console/http.ts';
import { failureInWords, keyAfter, newKey } from '../../../console/idempotencyKey.ts';

const after = (status: number, code?: string) =>
  keyAfter('first', new RequestError(status, '', code), () => 'second');

it.each<[number, string]>([
  [0, ''],
  [500, 'INTERNAL_ERROR'],
  [503, 'OUTCOME_UNKNOWN'],
  [503, 'WALLET_BUSY'],
  [422, 'IDEMPOTENCY_KEY_REUSED'],
  // These refusals are not remembered, and say nothing about an earlier press.
  [400, 'AMOUNT_INVALID'],
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [412, 'VERSION_MISMATCH'],
  [429, 'RATE_LIMITED'],
])('a press that ends with %i %s leaves the key to the next one', (status, code) => {
  expect(after(status, code)).toBe('first');
});

it.each([
  [404, 'HOLD_NOT_FOUND'],
  [409, 'WALLET_FROZEN'],
  [422, 'INSUFFICIENT_FUNDS'],
])('a press that a rule refuses with %i %s gives the next one a new key', (status, code) => {
  expect(after(status, code)).toBe('second');
});

it('no two forms have one key, and the service takes each', () => {
  const keys = Array.from({ length: 100 }, newKey);
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[!#-~]{1,255}$/);
});

it('an open outcome and a key of other values are told in words', () => {
  expect(failureInWords(new RequestError(0, 'The API does not answer (gone).'))).toContain('happens once');
  const reused = new RequestError(422, 'use a new one', 'IDEMPOTENCY_KEY_REUSED');
  expect(failureInWords(reused)).toContain('was carried out, with other values');
  expect(failureInWords(new RequestError(409, 'It is frozen.', 'WALLET_FROZEN'))).toBe('It is frozen.');
});

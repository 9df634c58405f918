// Sends the longest and strangest text that fits a request to every operation. The answers must stay short,
// and the log must hold none of it.
import { expect, it } from 'vitest';
import { operations } from '../../../../src/api/operations.ts';
import { createLog, withoutPasswords } from '../../../../src/telemetry/log.ts';
import { createSharedAnswer } from '../../../../src/telemetry/sharedAnswer.ts';
import { createBareApi } from '../../../support/bareApi.ts';

/** Every refusal that the service makes fits. */
const refusalBytesMax = 8_000;
const long = 'secretive'.repeat(1_600);
const manyNames = Array.from({ length: 2_500 }, (_, index) => `x${index}`);

it('a refusal is short, whatever was asked', async () => {
  let logged = '';
  const log = createLog('debug', 'server', { write: (line) => (logged += line) });
  const { app } = createBareApi({ log });
  const queries = [
    `?${long}=1`,
    `?${manyNames.join('&')}`,
    `?${'a&'.repeat(7_000)}`,
    `?${'\\u0007&'.repeat(99)}`,
  ];
  const bodies = [
    JSON.stringify({ [long]: 1 }),
    JSON.stringify(Object.fromEntries(manyNames.slice(0, 1_500).map((name) => [name, 1]))),
    `{"${long}":`,
    JSON.stringify({ ownerId: long, walletId: long, amount: long }),
  ];
  for (const { method, path } of operations) {
    const plain = path.replaceAll(/\{\w+\}/g, 'w-1');
    const paths = [path.replaceAll(/\{\w+\}/g, long), ...queries.map((query) => `${plain}${query}`)];
    const requests = [
      ...paths.map((asked) => [asked, '{}'] as const),
      ...(method === 'post' ? bodies.map((body) => [plain, body] as const) : []),
    ];
    for (const [asked, body] of requests) {
      const init =
        method === 'get' ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      const response = await app.request(asked, init);
      const text = await response.text();
      if (response.status >= 400)
        expect(text.length, `${method} ${asked.slice(0, 60)}`).toBeLessThan(refusalBytesMax);
    }
  }
  expect(logged).not.toContain('secretive'.repeat(100));
});

it.each([
  'a'.repeat(1_000),
  '://'.repeat(400),
  'a://'.repeat(300),
  'a://b:'.repeat(200),
  ':'.repeat(1_000),
  `a://${'b:'.repeat(500)}`,
])('passwords are looked for in steps that double with the text: %#', (text) => {
  const stepsOf = (given: string) => {
    let steps = 0;
    withoutPasswords(given, () => (steps += 1));
    return steps;
  };
  expect(stepsOf(text + text)).toBeLessThanOrEqual(2 * stepsOf(text) + text.length);
  expect(stepsOf(text)).toBeLessThanOrEqual(text.length);
});

it('callers at the same time, and soon after, share one answer', async () => {
  let made = 0;
  let now = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const ask = createSharedAnswer(
    () => promise.then(() => (made += 1)),
    1_000,
    () => now,
  );
  const together = Array.from({ length: 100 }, () => ask());
  resolve(undefined);
  expect(new Set(await Promise.all(together))).toEqual(new Set([1]));
  now = 999;
  expect(await ask()).toBe(1);
  now = 1_000;
  expect(await ask()).toBe(2);
});

it('a failure is not kept', async () => {
  let made = 0;
  const ask = createSharedAnswer(
    () => (++made === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve(made)),
    1_000,
    () => 0,
  );
  await expect(ask()).rejects.toThrow('no answer');
  expect(await ask()).toBe(2);
});

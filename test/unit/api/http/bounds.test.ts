// Sends the longest and strangest text that fits a request to every operation. The answers must stay short,
// and the log must hold none of it.
import { describe, expect, it, vi } from 'vitest';
import { operations } from '../../../../src/api/operations.ts';
import { createLog, withoutPasswords } from '../../../../src/telemetry/log.ts';
import { createLineLimit } from '../../../../src/telemetry/limitedLines.ts';
import { createSharedAnswer } from '../../../../src/telemetry/sharedAnswer.ts';
import { eventually } from '../../../support/eventually.ts';
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

describe('lines of the log', () => {
  it('are 50 a second of each kind, and one line tells how many were left out', () => {
    vi.useFakeTimers();
    try {
      const leftOut: [string, number][] = [];
      const isLogged = createLineLimit<string>((kind, count) => leftOut.push([kind, count]));
      for (let second = 0; second < 3; second += 1) {
        const logged = { loud: 0, quiet: 0 };
        for (let count = 0; count < 1_000; count += 1) if (isLogged('loud')) logged.loud += 1;
        for (let count = 0; count < 50; count += 1) if (isLogged('quiet')) logged.quiet += 1;
        expect(logged).toEqual({ loud: 50, quiet: 50 });
        vi.advanceTimersByTime(1_000);
        expect(leftOut.splice(0)).toEqual([['loud', 950]]);
      }
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['refused reads', '/nowhere', 404],
    ['paths that are ambiguous', '/wallets//w', 400],
    ['reads that fail', '/wallets/w', 500],
  ])('do not grow with %s beyond that', async (_, path, status) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const lines: string[] = [];
      const log = createLog('info', 'server', { write: (line) => lines.push(line) });
      const { app } = createBareApi({ log });
      for (let count = 0; count < 500; count += 1) expect((await app.request(path)).status).toBe(status);
      expect(lines.length).toBeLessThanOrEqual(50);
      vi.advanceTimersByTime(1_000);
      expect(lines.length).toBeLessThanOrEqual(51);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('reads of /admin have a bound of their own, and leave room for other reads', async () => {
  const { promise, resolve } = Promise.withResolvers<never>();
  let asked = 0;
  const report = () => {
    asked += 1;
    return promise;
  };
  const { app } = createBareApi({ health: { report, renew: () => undefined } });
  const held = Array.from({ length: 8 }, async () => app.request('/admin/health'));
  await eventually(() => asked === 8);
  for (const path of ['/admin/health', '/admin/parts', '/admin/recovery'])
    expect([path, (await app.request(path)).status]).toEqual([path, 503]);
  expect(asked).toBe(8);
  for (const path of ['/livez', '/readyz', '/metrics', '/version', '/docs'])
    expect([path, (await app.request(path)).status]).toEqual([path, 200]);
  const headers = { 'content-type': 'application/json' };
  const credit = await app.request('/wallets/w/credit', { method: 'POST', headers, body: '{"amount":1}' });
  expect(await credit.json()).toMatchObject({ code: 'WALLET_BUSY' });
  resolve({ status: 'ok' } as never);
  await Promise.all(held);
  await app.request('/admin/health');
  expect(asked).toBe(9);
});

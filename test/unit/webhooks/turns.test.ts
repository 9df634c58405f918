import { expect, it } from 'vitest';
import { createHostTurns } from '../../../src/webhooks/turns.ts';

/** Work that is under way until it is told to end. */
function createWork(max: number) {
  const inTurn = createHostTurns(max);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (url: string) =>
    inTurn(url, () => {
      begun.push(url);
      return new Promise<void>((resolve) => ends.set(url, resolve));
    });
  return { begun, start, end: (url: string) => ends.get(url)?.() };
}

const [a, b, c, other] = ['http://x/a', 'http://x/b', 'http://x/c', 'http://x:81/d'] as const;

it('requests beyond the most of a host wait in their order, and other hosts do not wait', async () => {
  const { begun, start, end } = createWork(1);
  const [first, second, third] = [start(a), start(b), start(c)];
  const beside = start(other);
  expect(begun).toEqual([a, other]);
  end(a);
  await first;
  await Promise.resolve();
  expect(begun).toEqual([a, other, b]);
  end(b);
  await second;
  await Promise.resolve();
  expect(begun).toEqual([a, other, b, c]);
  end(c);
  end(other);
  await Promise.all([third, beside]);
});

it('a request that fails makes room for the next one of its host', async () => {
  const inTurn = createHostTurns(1);
  const failed = inTurn(a, () => Promise.reject(new Error('no')));
  const next = inTurn(b, () => Promise.resolve('sent'));
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('sent');
});

import { expect, it } from 'vitest';
import { requestsPerHostMax } from '../../../src/webhooks/endpoint.ts';
import { createSendTurns } from '../../../src/webhooks/turns.ts';
import { eventually } from '../../support/eventually.ts';

/** Work that is under way until it is told to end. */
function createWork(requestsMax: number) {
  const inTurn = createSendTurns(requestsMax);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (tenant: string, url: string) =>
    inTurn({ tenant, url }, () => {
      begun.push(`${tenant} ${url}`);
      return new Promise<void>((resolve) => ends.set(`${tenant} ${url}`, resolve));
    });
  const end = (name: string) => ends.get(name)?.();
  /** Each ends as soon as it has begun. */
  const endAll = async (started: readonly Promise<void>[]) => {
    let left = started.length;
    for (const one of started) void one.finally(() => (left -= 1));
    await eventually(() => {
      for (const resolve of ends.values()) resolve();
      return left === 0;
    });
  };
  return { begun, start, end, endAll };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

it('requests beyond the most of a host wait in their order, and other hosts do not wait', async () => {
  const { begun, start, end, endAll } = createWork(64);
  const started = range(requestsPerHostMax + 2).map((index) => start('a', `http://x/${index}`));
  started.push(start('a', 'http://x:81/'));
  const first = [...range(requestsPerHostMax).map((index) => `a http://x/${index}`), 'a http://x:81/'];
  expect(begun).toEqual(first);
  end('a http://x/3');
  await started[3];
  expect(begun).toEqual([...first, `a http://x/${requestsPerHostMax}`]);
  end('a http://x/4');
  await started[4];
  expect(begun).toEqual([...first, ...[0, 1].map((more) => `a http://x/${requestsPerHostMax + more}`)]);
  await endAll(started);
});

it('slow receivers of one tenant leave turns for others', async () => {
  const { begun, start, endAll } = createWork(8);
  const started = range(20).map((index) => start('a', `http://slow-${index}/`));
  expect(begun).toHaveLength(6);
  started.push(start('b', 'http://y/1'), start('b', 'http://y/2'));
  expect(begun.slice(6)).toEqual(['b http://y/1', 'b http://y/2']);
  await endAll(started);
});

it('a free turn goes to the tenant with the fewest requests under way', async () => {
  const { begun, start, end, endAll } = createWork(4);
  const started = [1, 2, 3].map((index) => start('a', `http://a-${index}/`));
  started.push(start('b', 'http://b-1/'));
  started.push(start('a', 'http://a-4/'), start('c', 'http://c-1/'));
  end('b http://b-1/');
  await started[3];
  expect(begun.at(-1)).toBe('c http://c-1/');
  expect(begun).toHaveLength(5);
  await endAll(started);
});

it('one end that makes room for two lets both begin', async () => {
  const { begun, start, end, endAll } = createWork(16);
  // The tenant `a` has all of its twelve turns, and the host `x` all of its ten.
  const started = range(requestsPerHostMax).map((index) => start('a', `http://x/${index}`));
  started.push(start('a', 'http://y/1'), start('a', 'http://y/2'));
  started.push(start('a', 'http://z/'), start('b', 'http://x/b'));
  expect(begun).toHaveLength(12);
  end('a http://x/0');
  await started[0];
  expect(begun.slice(12).sort()).toEqual(['a http://z/', 'b http://x/b']);
  await endAll(started);
});

it('a request that fails makes room for the next one of its host', async () => {
  const inTurn = createSendTurns(1);
  const sender = { tenant: 'a', url: 'http://x/' };
  const failed = inTurn(sender, () => Promise.reject(new Error('no')));
  const next = inTurn(sender, () => Promise.resolve('sent'));
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('sent');
});

// The turns of the requests of a process: who waits for whom, and what a silent receiver holds.
import { expect, it, onTestFinished, vi } from 'vitest';
import { requestsPerHostMax, silentAfterMs } from '../../../src/webhooks/endpoint.ts';
import { createSendTurns } from '../../../src/webhooks/turns.ts';
import { eventually } from '../../support/eventually.ts';

/** Work that is under way until it is told to end. */
function createWork(requestsMax: number) {
  const inTurn = createSendTurns(requestsMax);
  const begun: string[] = [];
  const cut: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (tenant: string, url: string) =>
    inTurn({ tenant, url }, (cutOff) => {
      const name = `${tenant} ${url}`;
      begun.push(name);
      cutOff.addEventListener('abort', () => cut.push(name));
      return new Promise<void>((resolve) => ends.set(name, resolve));
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
  return { begun, cut, start, end, endAll };
}

/** Time passes when the test says so. */
function holdTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  return { becomeSilent: () => vi.advanceTimersByTimeAsync(silentAfterMs) };
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

it('a free turn goes to the host of its tenant that has the fewest requests', async () => {
  const { begun, start, end, endAll } = createWork(4);
  const started = ['http://busy/1', 'http://busy/2', 'http://other/'].map((url) => start('a', url));
  started.push(start('a', 'http://busy/3'), start('a', 'http://calm/'));
  end('a http://other/');
  await started[2];
  expect(begun.slice(3)).toEqual(['a http://calm/']);
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

it('a request without an answer for a second hands its turn back, and keeps its place at its host', async () => {
  const { becomeSilent } = holdTime();
  const { begun, start, end } = createWork(16);
  for (const index of range(requestsPerHostMax + 1)) void start('a', `http://silent/${index}`);
  for (const index of range(3)) void start('a', `http://well-${index}/`);
  expect(begun.slice(requestsPerHostMax)).toEqual(['a http://well-0/', 'a http://well-1/']);
  await vi.advanceTimersByTimeAsync(silentAfterMs - 1);
  expect(begun).toHaveLength(12);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun.slice(12)).toEqual(['a http://well-2/']);
  await becomeSilent();
  expect(begun).toHaveLength(13);
  end('a http://silent/4');
  await vi.waitFor(() => {
    expect(begun.slice(13)).toEqual([`a http://silent/${requestsPerHostMax}`]);
  });
});

it('a request that ends after it was silent hands no second turn back', async () => {
  const { becomeSilent } = holdTime();
  const { begun, start, end } = createWork(1);
  const first = start('a', 'http://a-1/');
  await becomeSilent();
  for (const index of [2, 3]) void start('a', `http://a-${index}/`);
  end('a http://a-1/');
  await first;
  expect(begun).toEqual(['a http://a-1/', 'a http://a-2/']);
});

it('a free turn goes to a receiver that is not silent, if there is one', async () => {
  const { becomeSilent } = holdTime();
  const { begun, start, end } = createWork(1);
  void start('a', 'http://silent/1');
  await becomeSilent();
  const second = start('a', 'http://silent/2');
  for (const url of ['http://silent/3', 'http://well/1', 'http://well/2']) void start('a', url);
  end('a http://silent/2');
  await second;
  expect(begun.slice(2)).toEqual(['a http://well/1']);
  for (const url of ['http://well/1', 'http://well/2']) {
    end(`a ${url}`);
    await vi.waitFor(() => {
      expect(begun.at(-1)).not.toBe(`a ${url}`);
    });
  }
  expect(begun.slice(3)).toEqual(['a http://well/2', 'a http://silent/3']);
});

it('a silent request too many cuts off the oldest one of the tenant that has the most', async () => {
  const { becomeSilent } = holdTime();
  // Twelve may be silent, nine of them of one tenant.
  const { begun, cut, start, end } = createWork(4);
  const startSilent = async (tenant: string, numbers: readonly number[]) => {
    for (const number of numbers) void start(tenant, `http://${tenant}-${number}/`);
    await becomeSilent();
  };
  for (const numbers of [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
  ])
    await startSilent('a', numbers);
  expect(begun).toHaveLength(9);
  expect(cut).toEqual([]);
  await startSilent('a', [9]);
  expect(cut).toEqual(['a http://a-0/']);
  await startSilent('b', [0, 1, 2]);
  expect(cut).toHaveLength(1);
  await startSilent('b', [3]);
  expect(cut.slice(1)).toEqual(['a http://a-1/']);
  // One that was cut off leaves no second place when it ends, and one that ends does.
  end('a http://a-0/');
  end('b http://b-0/');
  await startSilent('b', [4]);
  expect(cut).toHaveLength(2);
  await startSilent('b', [5]);
  expect(cut.slice(2)).toEqual(['a http://a-2/']);
});

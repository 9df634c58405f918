// The endless list of the client while the service is away, slow, or something else answers.
import { expect, it } from 'vitest';
import {
  createWalletClient,
  UnexpectedAnswerError,
  WalletConnectionError,
  WalletProblemError,
} from '../../../src/client/index.ts';

type Answer = Response | Error | 'silence';

const event = (id: string) => `id: after-${id}\ndata: ${JSON.stringify({ id })}\n\n`;
const greeting = 'retry: 2000\nid: start\n\n';
const lost = new TypeError('fetch failed');
const problem = (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  new Response(JSON.stringify({ code, detail: 'no' }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });

/** A stream of these pieces. It ends as a broken connection does. */
function broken(...pieces: readonly string[]): Response {
  const rest = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const piece = rest.shift();
      if (piece === undefined) controller.error(lost);
      else controller.enqueue(new TextEncoder().encode(piece));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

/** A client that gets these answers, with its pauses. Its time passes only while it pauses or works. */
function clientOver(answers: readonly Answer[]) {
  const left = [...answers];
  const rests: number[] = [];
  const asked: string[] = [];
  const clock = { nowMs: 0 };
  const client = createWalletClient({
    url: 'http://wallets',
    retries: { attemptTimeoutMs: 1 },
    random: () => 0.999,
    nowMs: () => clock.nowMs,
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      rests.push(ms);
      clock.nowMs += ms;
      return Promise.resolve();
    },
    fetch: (url, init) => {
      asked.push(url as string);
      const answer = left.shift();
      if (answer === undefined) throw new Error('no answer is left');
      if (answer instanceof Response) return Promise.resolve(answer);
      if (answer !== 'silence') return Promise.reject(answer);
      return new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => {
          reject(init.signal?.reason as Error);
        });
      });
    },
  });
  return { client, rests, asked, clock };
}

it('goes on when the service comes back, however long it was away', async () => {
  const away = Array.from({ length: 200 }, () => lost);
  const { client, rests, clock } = clientOver([...away, broken(greeting, event('w-1@1'))]);
  const { value } = await client.events().next();
  expect(value).toMatchObject({ id: 'w-1@1', cursor: 'after-w-1@1' });
  expect(clock.nowMs).toBeGreaterThan(3_600_000);
  expect(Math.max(...rests)).toBeLessThanOrEqual(30_000);
});

it('counts the failures from the first one in a row, however long the caller works on an event', async () => {
  const { client, rests, clock } = clientOver([
    broken(greeting, event('w-1@1')),
    broken(greeting, event('w-1@2')),
  ]);
  const ids: unknown[] = [];
  for await (const { id } of client.events({}, { giveUpAfterMs: 1_000 })) {
    clock.nowMs += 3_600_000;
    if (ids.push(id) === 2) break;
  }
  expect(ids).toEqual(['w-1@1', 'w-1@2']);
  expect(rests).toHaveLength(1);
});

it('rests longer and longer while each connection breaks after its first frame', async () => {
  const { client, rests } = clientOver([
    ...Array.from({ length: 12 }, () => broken(greeting)),
    broken(greeting, event('w-1@1')),
  ]);
  await client.events().next();
  expect(rests).toEqual([...rests].sort((one, other) => one - other));
  expect(rests.at(-1)).toBeGreaterThan(20_000);
});

it('leaves a connection on which no answer comes, and tries again', async () => {
  const { client, rests } = clientOver(['silence', broken(greeting, event('w-1@1'))]);
  expect((await client.events().next()).value).toMatchObject({ id: 'w-1@1' });
  expect(rests).toHaveLength(1);
});

it.each([429, 503])('tries again after %d, as late as it is told, and tells the caller', async (status) => {
  const told: unknown[] = [];
  const refused = problem(status, 'TOO_MANY_STREAMS', { 'retry-after': '60' });
  const { client, rests } = clientOver([refused, broken(greeting, event('w-1@1'))]);
  await client.events({}, { onRetry: (failure, delayMs) => told.push([failure, delayMs]) }).next();
  expect(rests).toEqual([60_000]);
  expect(told).toEqual([[expect.any(WalletProblemError), 60_000]]);
});

it.each([
  ['a refusal', () => problem(409, 'CURSOR_AHEAD'), WalletProblemError],
  ['a failure of the service itself', () => problem(500, 'EVENT_UNREADABLE'), WalletProblemError],
  ['the page of a proxy', () => new Response('<h1>Log in</h1>'), UnexpectedAnswerError],
])('ends at once with %s', async (_, answer, error) => {
  const { client, rests } = clientOver([answer()]);
  await expect(client.events().next()).rejects.toThrow(error);
  expect(rests).toEqual([]);
});

it('gives up once no connection lasted for as long as the caller says', async () => {
  const { client, clock } = clientOver(Array.from({ length: 50 }, () => lost));
  await expect(client.events({}, { giveUpAfterMs: 60_000 }).next()).rejects.toThrow(WalletConnectionError);
  expect(clock.nowMs).toBeGreaterThan(30_000);
  expect(clock.nowMs).toBeLessThanOrEqual(60_000);
});

it('ends with the reason of its signal, also between two tries', async () => {
  const stop = new AbortController();
  const { client } = clientOver([lost, lost]);
  const onRetry = () => {
    stop.abort(new Error('enough'));
  };
  await expect(client.events({}, { signal: stop.signal, onRetry }).next()).rejects.toThrow('enough');
});

// Ends a reader's stream in the orders in which its end and the answer to "may it still see this?" can come.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createConsoleFeed } from '../../../../src/api/console/consoleFeed.ts';
import { streamSnapshots } from '../../../../src/api/console/consoleStream.ts';
import { createLog } from '../../../../src/telemetry/log.ts';

const settings = {
  TEMPORAL_NAMESPACE: '',
  TEMPORAL_TASK_QUEUE: '',
  TEMPORAL_UI_URL: '',
  SCHEDULE_ID_PREFIX: '',
};
const secondMs = 1_000;
/** What nobody waits for and nobody handles. Node.js ends the process for one of these. */
const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  vi.useRealTimers();
});

/** A stream whose reader is judged by promises that the test settles. */
function openStream() {
  const stopping = new AbortController();
  const away = () => Promise.reject(new Error('away'));
  const feed = createConsoleFeed({
    ...{ readStores: away, readTemporal: away, readConditions: away },
    log: createLog('silent', 'server'),
    stopping: stopping.signal,
  });
  const asked: PromiseWithResolvers<boolean>[] = [];
  const isAllowed = () => {
    const question = Promise.withResolvers<boolean>();
    asked.push(question);
    return question.promise;
  };
  const response = streamSnapshots(feed, settings, { requestId: 'r', address: 'a', isAllowed });
  return { reader: response.body?.getReader(), asked, stopping };
}

/** Lets all that is due run, rejections included. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('a second answer that the reader has ended changes nothing', async () => {
  const { reader, asked, stopping } = openStream();
  vi.advanceTimersByTime(2 * secondMs);
  expect(asked).toHaveLength(2);
  for (const question of asked) question.resolve(false);
  await settled();
  const texts: string[] = [];
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read())
    texts.push(new TextDecoder().decode(read.value));
  expect(texts.filter((text) => text.startsWith('event: signed-out'))).toHaveLength(1);
  stopping.abort();
  expect(unhandled).toEqual([]);
});

it('a reader who leaves while it is judged ends no process', async () => {
  const { reader, asked, stopping } = openStream();
  vi.advanceTimersByTime(secondMs);
  await reader?.cancel();
  asked[0]?.resolve(false);
  await settled();
  stopping.abort();
  expect(unhandled).toEqual([]);
});

it('a stream whose reader can not be judged ends, and is asked about no more', async () => {
  const { reader, asked, stopping } = openStream();
  await reader?.read();
  vi.advanceTimersByTime(secondMs);
  asked[0]?.reject(new Error('PostgreSQL does not answer'));
  await settled();
  await expect(reader?.read()).rejects.toThrow('PostgreSQL does not answer');
  vi.advanceTimersByTime(3 * secondMs);
  expect(asked).toHaveLength(1);
  expect(() => {
    stopping.abort();
  }).not.toThrow();
  await settled();
  expect(unhandled).toEqual([]);
});

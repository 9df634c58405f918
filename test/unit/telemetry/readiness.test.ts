import { expect, it } from 'vitest';
import { createReadiness } from '../../../src/telemetry/readiness.ts';

const answers = () => Promise.resolve();
const isAway = () => Promise.reject(new Error('connection refused'));

it('is ok if every part answers', async () => {
  const look = createReadiness(() => 'ok', { postgres: { needed: true, ask: answers } });
  expect(await look()).toEqual({
    ready: true,
    status: 'ok',
    parts: { process: 'ok', postgres: 'ok' },
    needed: ['process', 'postgres'],
  });
});

it('is only degraded by a part that is not needed', async () => {
  const look = createReadiness(() => 'ok', {
    postgres: { needed: true, ask: answers },
    redis: { needed: false, ask: isAway },
  });
  expect(await look()).toMatchObject({
    ready: true,
    status: 'degraded',
    parts: { redis: 'connection refused' },
  });
});

it('is lost with a part that is needed', async () => {
  const look = createReadiness(() => 'ok', { postgres: { needed: true, ask: isAway } });
  expect(await look()).toMatchObject({ ready: false, status: 'unavailable' });
});

it('asks no part any more after the process stopped taking work', async () => {
  let asked = 0;
  const ask = () => Promise.resolve((asked += 1));
  const look = createReadiness(() => 'is shutting down', { postgres: { needed: true, ask } });
  expect(await look()).toMatchObject({ ready: false, parts: { process: 'is shutting down' } });
  expect(asked).toBe(0);
});

it('is checked once for all callers that ask at once', async () => {
  let asked = 0;
  const ask = () => Promise.resolve((asked += 1));
  const look = createReadiness(() => 'ok', { postgres: { needed: true, ask } });
  await Promise.all([look(), look(), look()]);
  expect(asked).toBe(1);
});

import { expect, it } from 'vitest';
import { createCachedReading } from '../../../src/telemetry/cachedReading.ts';

/** A reading that the test answers, and a clock that it sets. */
function reading(waitMaxMs = 60_000) {
  const asked: PromiseWithResolvers<number>[] = [];
  const failures: unknown[] = [];
  const clock = { ms: 0 };
  const latest = createCachedReading({
    read: () => {
      const answer = Promise.withResolvers<number>();
      asked.push(answer);
      return answer.promise;
    },
    ageMaxMs: 1_000,
    waitMaxMs,
    now: () => clock.ms,
    onFailure: (error) => failures.push(error),
  });
  return { asked, failures, clock, latest };
}

it('is made once for all callers that ask at once or while it is fresh', async () => {
  const { asked, clock, latest } = reading();
  const answers = [latest(), latest(), latest()];
  asked[0]?.resolve(7);
  expect(await Promise.all(answers)).toEqual([7, 7, 7]);
  clock.ms = 999;
  expect(await latest()).toBe(7);
  expect(asked).toHaveLength(1);

  clock.ms = 1_000;
  const next = latest();
  asked[1]?.resolve(8);
  expect(await next).toBe(8);
});

it('that fails is undefined and reported, and is repeated no sooner than a successful one', async () => {
  const { asked, failures, clock, latest } = reading();
  const answer = latest();
  asked[0]?.reject(new Error('away'));
  expect(await answer).toBeUndefined();
  expect(await latest()).toBeUndefined();
  expect(failures).toEqual([new Error('away')]);
  expect(asked).toHaveLength(1);
  clock.ms = 1_000;
  void latest();
  expect(asked).toHaveLength(2);
});

it('that hangs makes no caller wait for ever, and is not begun a second time', async () => {
  const { asked, latest } = reading(1);
  expect(await latest()).toBeUndefined();
  expect(await latest()).toBeUndefined();
  expect(asked).toHaveLength(1);
});

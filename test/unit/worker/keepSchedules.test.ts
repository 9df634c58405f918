// The worker looks at the schedules for as long as it runs. Tests with Temporal show what one look does.
import { expect, test } from 'vitest';
import { keepSchedules, lookEveryMs } from '../../../worker/keepSchedules.ts';

type Look = () => Promise<readonly string[]>;

/** Each pause ends at once. The worker stops after the last look. */
async function keep(looks: readonly Look[], onPause: (ms: number) => void = () => undefined) {
  const stop = new AbortController();
  const lines: string[] = [];
  const say = (level: string) => (detail: object, sentence: string) =>
    lines.push(`${level} ${sentence} ${JSON.stringify(detail)}`);
  const log = { warn: say('warn'), info: say('info') };
  const left = [...looks];
  await keepSchedules({
    remake: () => left.shift()?.() ?? Promise.resolve([]),
    log: log as unknown as Parameters<typeof keepSchedules>[0]['log'],
    stopping: stop.signal,
    pause: (ms, signal) => {
      onPause(ms);
      if (left.length === 0) stop.abort();
      signal.throwIfAborted();
      return Promise.resolve();
    },
  });
  return { lines, left };
}

const nothingLost: Look = () => Promise.resolve([]);
const refused: Look = () => Promise.reject(new Error('no such namespace'));

test('schedules that were made again are said by their ids, and the look is repeated within a minute', async () => {
  const pauses: number[] = [];
  const { lines } = await keep(
    [nothingLost, () => Promise.resolve(['drain-ledger']), nothingLost],
    (ms) => void pauses.push(ms),
  );
  expect(lines).toEqual([
    'warn Temporal had lost schedules: they were made again {"schedules":["drain-ledger"]}',
  ]);
  expect(pauses).toEqual([lookEveryMs, lookEveryMs, lookEveryMs, lookEveryMs]);
  expect(lookEveryMs).toBeLessThan(60_000);
});

test('a Temporal that refuses is asked again until it answers, and has one line', async () => {
  const { lines } = await keep([refused, refused, refused, () => Promise.resolve(['drain-ledger'])]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^warn Temporal does not show the schedules; asked again until it does/);
  expect(lines[1]).toContain('made again');
});

test('a stop ends the looking, and another failure of the pause is thrown', async () => {
  expect((await keep([])).left).toEqual([]);
  await expect(
    keep([nothingLost], () => {
      throw new Error('no timers');
    }),
  ).rejects.toThrow('no timers');
});

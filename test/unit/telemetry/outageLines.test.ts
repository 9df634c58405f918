// An outage leaves one line when it begins and one when it is over, however many requests meet it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutage, quietAfterMs } from '../../../src/telemetry/outageLines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const lines: string[] = [];
  const details: object[] = [];
  const say = (level: string) => (detail: object, sentence: string) => {
    lines.push(`${level} ${sentence}`);
    details.push(detail);
  };
  const log = { warn: say('warn'), info: say('info') } as unknown as Parameters<typeof createOutage>[0];
  return { ...createOutage(log, { begins: 'it fails', ends: 'it works again' }), lines, details };
}

test('an outage has one line at its begin and one at its end, which counts the failures', () => {
  const { failed, worked, lines, details } = watched();
  worked();
  for (let at = 0; at < 100; at += 1) failed(new Error(`no ${at}`));
  expect(lines).toEqual(['warn it fails']);
  expect(details[0]).toMatchObject({ err: { message: 'no 0' } });
  for (let at = 0; at < 100; at += 1) worked();
  vi.advanceTimersByTime(quietAfterMs);
  expect(lines).toEqual(['warn it fails', 'info it works again']);
  expect(details[1]).toMatchObject({ failures: 100, lastedS: quietAfterMs / 1_000 });
});

test('a part that flaps is in one outage until it worked for a while', () => {
  const { failed, worked, lines } = watched();
  for (let at = 0; at < 50; at += 1) {
    failed(new Error('no'));
    worked();
    vi.advanceTimersByTime(quietAfterMs - 1);
  }
  expect(lines).toEqual(['warn it fails']);
  vi.advanceTimersByTime(1);
  expect(lines).toHaveLength(2);
});

test('the next outage has lines of its own', () => {
  const { failed, worked, lines } = watched();
  for (let outage = 0; outage < 2; outage += 1) {
    failed(new Error('no'));
    worked();
    vi.advanceTimersByTime(quietAfterMs);
  }
  expect(lines).toEqual(['warn it fails', 'info it works again', 'warn it fails', 'info it works again']);
});

import { describe, expect, it } from 'vitest';
import { createRecentVersions } from '../../../src/api/wallets/recentVersions.ts';

function setUp(options: { keptMs?: number; walletsMax?: number } = {}) {
  let nowMs = 1_000;
  const recent = createRecentVersions({ keptMs: 100, walletsMax: 10, monotonicMs: () => nowMs, ...options });
  return { ...recent, pass: (ms: number) => (nowMs += ms) };
}

describe('recent versions', () => {
  it('keep the newest version of a wallet, in whatever order versions come', () => {
    const { acknowledge, versionOf } = setUp();
    for (const version of [2, 5, 3]) acknowledge('w', version);
    expect(versionOf('w')).toBe(5);
    expect(versionOf('another')).toBe(0);
  });

  it('keep a version for the whole time, and forget it after twice that time', () => {
    for (const age of [0, 50, 99, 100]) {
      const { acknowledge, versionOf, pass } = setUp();
      pass(age);
      acknowledge('w', 7);
      pass(99);
      expect(versionOf('w')).toBe(7);
      pass(101);
      expect(versionOf('w')).toBe(0);
    }
  });

  it('keep a newer version over a replay that comes after a change of maps', () => {
    const { acknowledge, versionOf, pass } = setUp();
    acknowledge('w', 7);
    pass(100);
    acknowledge('w', 3);
    expect(versionOf('w')).toBe(7);
  });

  it('hold at most twice the bound, and forget the oldest first', () => {
    const { acknowledge, versionOf } = setUp({ walletsMax: 10 });
    for (let index = 0; index < 1_000; index += 1) acknowledge(`w${index}`, 1);
    const held = Array.from({ length: 1_000 }, (_, index) => index).filter((at) => versionOf(`w${at}`) > 0);
    expect(held.length).toBeGreaterThanOrEqual(10);
    expect(held.length).toBeLessThanOrEqual(20);
    expect(held).toEqual(Array.from({ length: held.length }, (_, index) => 1_000 - held.length + index));
  });

  it('remember nothing if they are turned off', () => {
    const { acknowledge, versionOf } = setUp({ keptMs: 0 });
    acknowledge('w', 7);
    expect(versionOf('w')).toBe(0);
  });
});

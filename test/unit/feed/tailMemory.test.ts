import { describe, expect, it } from 'vitest';
import { defaultTenant } from '../../../src/domain/tenant.ts';
import type { FeedFilter } from '../../../src/feed/feedFilter.ts';
import { wholePositions } from '../../../src/feed/mapEvents.ts';
import { createTailMemory, type TailEvent } from '../../../src/feed/tailMemory.ts';

const everything: FeedFilter = {
  ...{ tenant: defaultTenant, types: undefined, walletId: undefined, ownerId: undefined, label: undefined },
};

/** A debit at each position, and after it as many alerts. */
function eventsAt(positions: readonly number[], alerts = 0): readonly TailEvent[] {
  return positions.flatMap((position) =>
    ['WalletDebited', ...Array.from({ length: alerts }, () => 'WalletAlert')].map((type, alertNumber) => ({
      ...{ position: BigInt(position), walletId: 'w', version: position, alertNumber, type },
      ...{ occurredAt: new Date(0), facts: undefined },
      text: `${position}:${alertNumber}`,
    })),
  );
}

function textsOf(read: ReturnType<ReturnType<typeof createTailMemory>['read']>): unknown {
  if (read.kind !== 'events') return read.kind;
  return [read.events.map((event) => ('text' in event ? event.text : 'unreadable')), read.endsAt];
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe('the memory of the tail', () => {
  it('gives what follows a position, an event together with its alerts', () => {
    const memory = createTailMemory();
    memory.startAt(4n);
    memory.add([...eventsAt([5]), ...eventsAt([6], 2), ...eventsAt([7])]);
    const all = ['5:0', '6:0', '6:1', '6:2', '7:0'];
    expect(textsOf(memory.read(everything, 4n, 50))).toEqual([all, 7n]);
    expect(textsOf(memory.read(everything, 5n, 50))).toEqual([all.slice(1), 7n]);
    expect(textsOf(memory.read(everything, 6n, 50))).toEqual([['7:0'], 7n]);
    expect(textsOf(memory.read(everything, 7n, 50))).toEqual([[], 7n]);
    expect(textsOf(memory.read(everything, 3n, 50))).toBe('behind');
  });

  it('ends before an event whose alerts would not fit, and gives a single one whole', () => {
    const memory = createTailMemory();
    memory.startAt(4n);
    memory.add([...eventsAt([5]), ...eventsAt([6], 2), ...eventsAt([7])]);
    for (const limit of [1, 2, 3]) expect(textsOf(memory.read(everything, 4n, limit))).toEqual([['5:0'], 5n]);
    expect(textsOf(memory.read(everything, 4n, 4))).toEqual([['5:0', '6:0', '6:1', '6:2'], 6n]);
    expect(textsOf(memory.read(everything, 5n, 1))).toEqual([['6:0', '6:1', '6:2'], 6n]);
    const alerts: FeedFilter = { ...everything, types: ['WalletAlert'] };
    expect(textsOf(memory.read(alerts, 4n, 1))).toEqual([['6:1', '6:2'], 6n]);
    expect(textsOf(memory.read(alerts, 6n, 1))).toEqual([[], 7n]);
  });

  it('ends before an event that nobody asked for, if a reader may want it', () => {
    const memory = createTailMemory();
    memory.startAt(4n);
    const unasked = { position: 6n, walletId: 'other', type: undefined, facts: undefined };
    memory.add([...eventsAt([5]), unasked, ...eventsAt([7])]);
    const of = (walletId: string): FeedFilter => ({ ...everything, walletId });
    expect(textsOf(memory.read(of('w'), 4n, 5))).toEqual([['5:0', '7:0'], 7n]);
    expect(textsOf(memory.read(everything, 4n, 5))).toEqual([['5:0'], 5n]);
    expect(textsOf(memory.read(everything, 5n, 5))).toBe('behind');
    expect(textsOf(memory.read({ ...of('other'), types: ['WalletAlert'] }, 4n, 5))).toBe('behind');
  });

  it('forgets an event with all its alerts, so a reader of its place reads a page', () => {
    const memory = createTailMemory();
    memory.startAt(0n);
    // Three events at each of 3,000 positions are more than it keeps. The oldest place is cut in the middle.
    memory.add([...eventsAt([1]), ...eventsAt(range(2, 3_001), 2)]);
    const oldest = range(1, 3_001).find(
      (after) => memory.read(everything, BigInt(after), 1).kind === 'events',
    );
    expect(oldest).toBeGreaterThan(1);
    const first = BigInt(oldest ?? 0) + 1n;
    expect(textsOf(memory.read(everything, first - 1n, 1))).toEqual([
      [0, 1, 2].map((number) => `${first}:${number}`),
      first,
    ]);
  });
});

it('the memory holds a whole pass, even if each of its events crosses ten rules', () => {
  const memory = createTailMemory();
  memory.startAt(0n);
  memory.add(eventsAt(range(1, 512), 10));
  expect(memory.read(everything, 0n, 1).kind).toBe('events');
});

describe('whole positions', () => {
  it('are as many as fit, and at least the first one', () => {
    const events = [...eventsAt([1], 1), ...eventsAt([2], 1)];
    const counts = range(1, 5).map((limit) => wholePositions(events, limit).length);
    expect(counts).toEqual([2, 2, 2, 4, 4]);
    expect(wholePositions([], 5)).toEqual([]);
  });

  it('are at most a megabyte of UTF-8, but for a first one that is more', () => {
    const sized = (position: bigint, text: string) => ({ position, text });
    const count = (...texts: readonly string[]) =>
      wholePositions(
        texts.map((text, at) => sized(BigInt(at), text)),
        50,
      ).length;
    const [half, large] = ['x'.repeat(500_000), 'x'.repeat(2_000_000)];
    expect(count(half, half)).toBe(2);
    expect(count(half, half, 'x', 'x')).toBe(2);
    expect(count(half, 'ü'.repeat(250_001), 'x')).toBe(1);
    expect(count(large, 'x')).toBe(1);
    const alerts = [sized(1n, 'x'), sized(2n, half), sized(2n, half)];
    expect(wholePositions(alerts, 50)).toHaveLength(1);
    expect(wholePositions(alerts.slice(1), 50)).toHaveLength(2);
  });
});

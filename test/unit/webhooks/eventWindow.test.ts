import { expect, it } from 'vitest';
import type { FeedEvent } from '../../../src/feed/mapEvents.ts';
import { createEventWindow } from '../../../src/webhooks/eventWindow.ts';

/** Events at 1, 2, 3 and so on, of these wallets. */
function eventsOf(...wallets: readonly string[]): readonly FeedEvent[] {
  return wallets.map((walletId, index) => ({
    ...{ position: BigInt(index + 1), walletId, version: 1, alertNumber: 0, type: 'WalletCreated', text: '' },
    occurredAt: new Date(0),
  }));
}

/** An event at position 1 with two alerts, and another one at position 2. */
function alertingEvents(): readonly FeedEvent[] {
  const [first, second] = eventsOf('a', 'a');
  if (first === undefined || second === undefined) throw new Error('there are two events');
  const alerts = [1, 2].map((alertNumber) => ({ ...first, alertNumber, type: 'WalletAlert' }));
  return [first, ...alerts, second];
}

const positions = (entries: readonly { readonly event: FeedEvent }[]) =>
  entries.map(({ event }) => Number(event.position));

it('of an ordered endpoint, one event of a wallet is under way at most', () => {
  const window = createEventWindow(true, []);
  window.take(eventsOf('a', 'a', 'b', 'a', 'b'));
  const first = window.next(10);
  expect(positions(first)).toEqual([1, 3]);
  expect(window.next(10)).toEqual([]);
  for (const entry of first) window.settle(entry, true);
  expect(positions(window.next(10))).toEqual([2, 5]);
});

it('without order, as many events are under way as the limit says', () => {
  const window = createEventWindow(false, ['a']);
  window.take(eventsOf('a', 'a', 'a'));
  expect(positions(window.next(2))).toEqual([1, 2]);
  expect(window.underWay()).toBe(2);
});

it('the first open event is the one before which everything is done, whatever ended after it', () => {
  const window = createEventWindow(true, []);
  window.take(eventsOf('a', 'b', 'c'));
  const [a, b, c] = window.next(10);
  if (a === undefined || b === undefined || c === undefined) throw new Error('three events are sent');
  window.settle(b, true);
  window.settle(c, true);
  expect(window.firstOpen()).toBe(1n);
  window.settle(a, true);
  expect(window.firstOpen()).toBeUndefined();
});

it('an event that was not sent after all is sent again, before the later ones of its wallet', () => {
  const window = createEventWindow(true, []);
  window.take(eventsOf('a', 'a'));
  const [first] = window.next(10);
  if (first === undefined) throw new Error('an event is sent');
  window.settle(first, false);
  expect(window.firstOpen()).toBe(1n);
  expect(positions(window.next(10))).toEqual([1]);
});

it('events of a parked wallet are passed over, and the last of them is told', () => {
  const window = createEventWindow(true, ['a']);
  window.take(eventsOf('a', 'b', 'a'));
  expect(positions(window.next(10))).toEqual([2]);
  expect(window.skippedTo()).toBe(3n);
  window.setParked([]);
  window.take(eventsOf('a').map((event) => ({ ...event, position: 4n })));
  expect(positions(window.next(10))).toEqual([4]);
});

it('the last event that was passed over stays it, whatever is passed over after it', () => {
  const window = createEventWindow(true, ['b']);
  window.take(eventsOf('a', 'a', 'c', 'b'));
  const [a, c] = window.next(10);
  if (a === undefined || c === undefined) throw new Error('two events are sent');
  expect(window.skippedTo()).toBe(4n);
  window.park('a');
  window.settle(a, true);
  expect(window.next(10)).toEqual([]);
  // The cursor now stands before the event of `c`, and the one of `b` was passed over after it.
  expect(window.firstOpen()).toBe(3n);
  expect(window.skippedTo()).toBe(4n);
});

it('a window that is full takes no more until its first event is done', () => {
  const window = createEventWindow(false, []);
  window.take(eventsOf(...Array.from({ length: 100 }, () => 'a')));
  expect(window.room()).toBe(0);
  const [first, second] = window.next(2);
  if (first === undefined || second === undefined) throw new Error('two events are sent');
  window.settle(second, true);
  expect(window.room()).toBe(0);
  window.settle(first, true);
  expect(window.room()).toBe(2);
});

it('an event is open until each of its alerts is done, in order', () => {
  const window = createEventWindow(true, []);
  window.take(alertingEvents());
  const sent = [0, 1, 2].map((alertNumber) => {
    expect(window.firstOpen()).toBe(1n);
    const [entry, ...more] = window.next(10);
    if (entry === undefined) throw new Error('an entry is sent');
    expect(more).toEqual([]);
    expect(entry.event.alertNumber).toBe(alertNumber);
    window.settle(entry, true);
    return entry;
  });
  expect(sent).toHaveLength(3);
  expect(window.firstOpen()).toBe(2n);
});

it('without order the first open event is that of an alert under way, though the event itself is done', () => {
  const window = createEventWindow(false, []);
  window.take(alertingEvents());
  const [event, first, second, next] = window.next(10);
  for (const entry of [event, second, next]) if (entry !== undefined) window.settle(entry, true);
  expect(window.firstOpen()).toBe(1n);
  if (first !== undefined) window.settle(first, true);
  expect(window.firstOpen()).toBeUndefined();
});

import { expect, it } from 'vitest';
import { openWallet } from './playedWallet.ts';

it('a hold takes from what is available, and leaves the balance', () => {
  const { place, debit } = openWallet();
  expect(place({ amount: '70' })).toEqual(['HoldPlaced']);
  expect(debit('30.01')).toBe('INSUFFICIENT_FUNDS');
  expect(debit('30')).toEqual(['WalletDebited']);
});

it('a hold of a refused command is no hold', () => {
  const { place, capture } = openWallet();
  expect(place({ amount: '100.01' })).toBe('INSUFFICIENT_FUNDS');
  expect(capture()).toBe('HOLD_NOT_FOUND');
});

it('a hold is captured once, and voided once', () => {
  const { place, capture, voidHold } = openWallet();
  place({});
  expect(capture()).toEqual(['HoldCaptured']);
  expect(capture()).toBe('HOLD_CLOSED');
  expect(voidHold()).toBe('HOLD_CLOSED');
});

it('a voided hold is neither captured nor voided again', () => {
  const { place, capture, voidHold } = openWallet();
  place({});
  expect(voidHold()).toEqual(['HoldReleased']);
  expect(voidHold()).toBe('HOLD_CLOSED');
  expect(capture()).toBe('HOLD_CLOSED');
});

it('a hold is captured until the millisecond before its end, and its money is free at its end', () => {
  for (const [afterMs, captured] of [
    [59_999, ['HoldCaptured']],
    [60_000, 'HOLD_EXPIRED'],
    [60_001, 'HOLD_EXPIRED'],
  ] as const) {
    const { place, capture, debit, wait } = openWallet();
    place({ amount: '100', expiry: { afterMs: 60_000 } });
    wait(afterMs);
    expect(capture()).toEqual(captured);
    if (captured === 'HOLD_EXPIRED') expect(debit('100')).toEqual(['HoldReleased', 'WalletDebited']);
  }
});

import { expect, it } from 'vitest';
import { openWallet } from './playedWallet.ts';

it('a refund never gives back more than went out', () => {
  const { debit, reverse } = openWallet();
  debit('10');
  expect(reverse('6')).toEqual(['DebitRefunded']);
  expect(reverse('6')).toBe('REVERSAL_EXCEEDS_ORIGINAL');
  expect(reverse('4')).toEqual(['DebitRefunded']);
  expect(reverse('4')).toBe('ALREADY_REVERSED');
});

it('a credit is not taken back from money that is gone', () => {
  const { credit, debit, reverse } = openWallet();
  credit('10');
  debit('105');
  expect(reverse('10', 'credit')).toBe('INSUFFICIENT_FUNDS');
});

it('a frozen wallet pays nobody', () => {
  const { freeze, debit, credit } = openWallet();
  expect(freeze()).toEqual(['WalletFrozen']);
  expect(debit('1')).toBe('WALLET_FROZEN');
  expect(credit('1')).toEqual(['WalletCredited']);
});

it('a wallet with money is not closed', () => {
  const { close, debit } = openWallet();
  expect(close()).toBe('WALLET_NOT_EMPTY');
  debit('100');
  expect(close()).toEqual(['WalletClosed']);
  expect(close()).toEqual([]);
});

it('a debit goes down to the minimum and no further', () => {
  const { limits, debit } = openWallet();
  expect(limits('-50')).toEqual(['WalletLimitsChanged']);
  expect(debit('150.01')).toBe('INSUFFICIENT_FUNDS');
  expect(debit('150')).toEqual(['WalletDebited']);
});

it('a patch keeps the keys that it leaves out, and removes those that are null', () => {
  const { patch, metadata } = openWallet();
  patch({ a: 'one' });
  patch({ bb: 'two' });
  expect(metadata()).toEqual({ a: 'one', bb: 'two' });
  patch({ a: null });
  expect(metadata()).toEqual({ bb: 'two' });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEvent, WalletEvent } from '../../../../src/domain/events.ts';
import { balanceOf, ledgerEntries } from '../../../../src/projections/ledger/ledgerEntries.ts';
import { UnbookableEventError } from '../../../../src/projections/ledger/postings.ts';

const occurredAt = new Date('2026-01-02T03:04:05.678Z');

function stored(event: WalletEvent): StoredEvent {
  return { position: 7n, walletId: 'wallet-001', version: 3, occurredAt, event };
}

const movement = { currency: 'EUR', amountMinor: 2500n, balanceMinor: 12_500n, description: '' };
const transfer = { ...movement, transferId: 'transfer-1' };

/** `account ± amount → balance`, as an accountant would write a leg. */
function summary(event: WalletEvent): readonly string[] {
  return ledgerEntries(stored(event)).map(
    ({ leg, direction, account, amountMinor, currency, balanceAfterMinor }) =>
      `${leg} ${direction} ${account} ${amountMinor} ${currency} -> ${balanceAfterMinor}`,
  );
}

describe('ledger entries', () => {
  it('book a credit from the settlement account to the wallet', () => {
    expect(summary({ type: 'WalletCredited', ...movement })).toEqual([
      '1 debit settlement:EUR 2500 EUR -> null',
      '2 credit wallet:wallet-001 2500 EUR -> 12500',
    ]);
  });

  it('book a debit from the wallet to the settlement account', () => {
    expect(summary({ type: 'WalletDebited', ...movement })).toEqual([
      '1 debit wallet:wallet-001 2500 EUR -> 12500',
      '2 credit settlement:EUR 2500 EUR -> null',
    ]);
  });

  it('book an initial balance like a credit', () => {
    expect(summary({ type: 'WalletCreated', ownerId: 'ann', currency: 'EUR', balanceMinor: 100n })).toEqual([
      '1 debit settlement:EUR 100 EUR -> null',
      '2 credit wallet:wallet-001 100 EUR -> 100',
    ]);
  });

  it('book nothing for a wallet that is created empty', () => {
    expect(summary({ type: 'WalletCreated', ownerId: 'ann', currency: 'EUR', balanceMinor: 0n })).toEqual([]);
  });

  it('book a transfer once, under its sending half, with both balances', () => {
    expect(
      summary({ type: 'TransferSent', ...transfer, toWalletId: 'wallet-002', toBalanceMinor: 900n }),
    ).toEqual(['1 debit wallet:wallet-001 2500 EUR -> 12500', '2 credit wallet:wallet-002 2500 EUR -> 900']);
    expect(summary({ type: 'TransferReceived', ...transfer, fromWalletId: 'wallet-002' })).toEqual([]);
  });

  it('refuse an amount of zero', () => {
    expect(() => summary({ type: 'WalletCredited', ...movement, amountMinor: 0n })).toThrow(
      UnbookableEventError,
    );
  });

  it('refuse a transfer to the same wallet', () => {
    expect(() =>
      summary({ type: 'TransferSent', ...transfer, toWalletId: 'wallet-001', toBalanceMinor: 900n }),
    ).toThrow(UnbookableEventError);
  });

  it.each([
    ['amount', { amountMinor: 2n ** 63n }],
    ['balance', { balanceMinor: 2n ** 63n }],
    ['balance', { balanceMinor: -(2n ** 63n) - 1n }],
  ])('refuse a number that no column can hold: %s', (name, minor) => {
    const event = { type: 'WalletCredited', ...movement, ...minor } as const;
    expect(() => summary(event)).toThrow(UnbookableEventError);
    expect(() => summary(event)).toThrow(`${name} ${Object.values(minor)[0]} is out of range`);
  });

  it('take the largest and the smallest balance that a column can hold', () => {
    for (const balanceMinor of [2n ** 63n - 1n, -(2n ** 63n)])
      expect(summary({ type: 'WalletDebited', ...movement, balanceMinor })[0]).toContain(
        `-> ${balanceMinor}`,
      );
  });

  it('of any event sum to zero, carry its position and show balances of wallets only', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 18n - 1n });
    const anyEvent = fc.oneof(
      fc.record({
        type: fc.constant('WalletCreated' as const),
        ownerId: fc.string(),
        currency: fc.constant('JPY'),
        balanceMinor: minor,
      }),
      fc.record({
        type: fc.constantFrom('WalletCredited' as const, 'WalletDebited' as const),
        currency: fc.constant('JPY'),
        amountMinor: minor,
        balanceMinor: minor,
        description: fc.string(),
      }),
      fc.record({
        type: fc.constant('TransferSent' as const),
        transferId: fc.uuid(),
        toWalletId: fc.string(),
        currency: fc.constant('JPY'),
        amountMinor: minor,
        balanceMinor: minor,
        toBalanceMinor: minor,
        description: fc.string(),
      }),
    );
    fc.assert(
      fc.property(anyEvent, (event) => {
        const entries = ledgerEntries(stored(event));
        expect(entries).toHaveLength(2);
        expect(balanceOf(entries)).toBe(0n);
        for (const { position, account, balanceAfterMinor } of entries) {
          expect(position).toBe(7n);
          expect(balanceAfterMinor !== null).toBe(account.startsWith('wallet:'));
        }
      }),
    );
  });
});

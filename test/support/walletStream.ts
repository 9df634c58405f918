// Streams of wallets for tests.
import type { NewEvent, WalletEvent } from '../../src/domain/events.ts';

export const someTime = new Date('2026-01-02T03:04:05.678Z');

/** The stream of one wallet in USD: created with `balanceMinor`, then credited by each of `creditsMinor`. */
export function walletStream(
  walletId: string,
  balanceMinor: bigint,
  creditsMinor: readonly bigint[] = [],
): NewEvent[] {
  let balance = balanceMinor;
  const created: WalletEvent = {
    type: 'WalletCreated',
    ownerId: `owner of ${walletId}`,
    currency: 'USD',
    balanceMinor,
  };
  const credited = creditsMinor.map((amountMinor): WalletEvent => {
    balance += amountMinor;
    return { type: 'WalletCredited', currency: 'USD', amountMinor, balanceMinor: balance, description: '' };
  });
  return [created, ...credited].map((event, index) => ({
    walletId,
    version: index + 1,
    occurredAt: new Date(someTime.getTime() + index),
    event,
  }));
}

/** Two wallets with 100.00 USD each and a transfer of 25.00 from the first to the second. */
export function transferOf25(): NewEvent[] {
  const transfer = { transferId: 'transfer-1', currency: 'USD', amountMinor: 2_500n, description: '' };
  const [from, to] = ['wallet-001', 'wallet-002'] as const;
  return [
    ...walletStream(from, 10_000n),
    ...walletStream(to, 10_000n),
    {
      walletId: from,
      version: 2,
      occurredAt: someTime,
      event: {
        type: 'TransferSent',
        ...transfer,
        toWalletId: to,
        balanceMinor: 7_500n,
        toBalanceMinor: 12_500n,
      },
    },
    {
      walletId: to,
      version: 2,
      occurredAt: someTime,
      event: { type: 'TransferReceived', ...transfer, fromWalletId: from, balanceMinor: 12_500n },
    },
  ];
}

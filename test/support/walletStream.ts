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

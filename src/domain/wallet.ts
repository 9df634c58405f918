// The state of one wallet, and how an event changes it. Pure. The command path, the read model and the
// rebuilds all use it, so they cannot disagree.
import type { Currency } from './currency.ts';
import type { BalanceEvent, BalanceStep } from './events.ts';

/** A wallet after its last event: the aggregate's snapshot. */
export interface Wallet {
  readonly id: string;
  readonly ownerId: string;
  readonly currency: Currency;
  readonly balanceMinor: bigint;
  /** Number of events in the wallet's stream. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A stream breaks a rule that every event of this service keeps. Names wallet, version and rule. */
export class BrokenStreamError extends Error {
  override readonly name = 'BrokenStreamError';
}

/**
 * The wallet after one more event. Throws BrokenStreamError if version, balance or order are impossible: this
 * service never decided such an event.
 */
export function evolve(
  wallet: Wallet | undefined,
  { walletId, version, occurredAt, event }: BalanceStep,
): Wallet {
  const broken = (rule: string) => new BrokenStreamError(`wallet "${walletId}" version ${version}: ${rule}`);
  if (version !== (wallet?.version ?? 0) + 1) throw broken(`follows version ${wallet?.version ?? 0}`);
  if (event.balanceMinor < 0n) throw broken(`balance ${event.balanceMinor} is negative`);

  if (event.type === 'WalletCreated') {
    if (wallet !== undefined) throw broken('a wallet is created once');
    const { ownerId, currency, balanceMinor } = event;
    return {
      id: walletId,
      ownerId,
      currency,
      balanceMinor,
      version,
      createdAt: occurredAt,
      updatedAt: occurredAt,
    };
  }
  if (wallet === undefined) throw broken(`${event.type} before WalletCreated`);
  if (event.currency !== wallet.currency)
    throw broken(`currency ${event.currency} should be ${wallet.currency}`);
  const expected = wallet.balanceMinor + effectMinor(event);
  if (event.balanceMinor !== expected) throw broken(`balance ${event.balanceMinor} should be ${expected}`);
  return { ...wallet, balanceMinor: expected, version, updatedAt: occurredAt };
}

/** The amount that an event adds to its wallet's balance; negative if money leaves. */
function effectMinor(event: BalanceEvent): bigint {
  switch (event.type) {
    case 'WalletCreated':
      return event.balanceMinor;
    case 'WalletCredited':
    case 'TransferReceived':
      return event.amountMinor;
    case 'WalletDebited':
    case 'TransferSent':
      return -event.amountMinor;
    default:
      return event satisfies never;
  }
}

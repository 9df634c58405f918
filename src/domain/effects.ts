// Tells how an event changes its wallet's balance, and the held part of it. Pure.
import type { BalanceEvent } from './events.ts';

export interface Effect {
  /** What the event adds to the balance; negative if money leaves. */
  readonly balanceMinor: bigint;
  /** What the event adds to the held part of the balance. */
  readonly heldMinor: bigint;
}

const nothing: Effect = { balanceMinor: 0n, heldMinor: 0n };

export function effectOf(event: BalanceEvent): Effect {
  switch (event.type) {
    case 'WalletCreated':
      return { balanceMinor: event.balanceMinor, heldMinor: 0n };
    case 'WalletCredited':
    case 'TransferReceived':
    case 'DebitRefunded':
    case 'TransferReturnReceived':
      return { balanceMinor: event.amountMinor, heldMinor: 0n };
    case 'WalletDebited':
    case 'TransferSent':
    case 'CreditReversed':
    case 'TransferReturned':
      return { balanceMinor: -event.amountMinor, heldMinor: 0n };
    case 'HoldPlaced':
      return { balanceMinor: 0n, heldMinor: event.amountMinor };
    case 'HoldCaptured':
      return {
        balanceMinor: -event.amountMinor,
        heldMinor: -(event.amountMinor - event.overMinor) - event.releasedMinor,
      };
    case 'HoldReleased':
      return { balanceMinor: 0n, heldMinor: -event.amountMinor };
    case 'HoldAdjusted':
      return { balanceMinor: 0n, heldMinor: event.changeMinor };
    case 'WalletFrozen':
    case 'WalletUnfrozen':
    case 'WalletLimitsChanged':
    case 'VelocityRulesChanged':
    case 'AlertRulesChanged':
    case 'WalletClosed':
    case 'WalletDetailsChanged':
      return nothing;
    default:
      return event satisfies never;
  }
}

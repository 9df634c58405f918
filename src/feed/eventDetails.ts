// Tells what an event says besides its state after it, with bare ids. The history of a wallet and the feed
// show the same members, and differ in how they write amounts. Pure.
import type { AlertRule } from '../domain/alerts.ts';
import type { WalletEvent } from '../domain/events.ts';
import type { HoldEvent } from '../domain/holdEvents.ts';
import { formatAmount } from '../domain/money.ts';
import { movementIdOf } from '../domain/movementId.ts';
import type { ReversalEvent } from '../domain/reversal.ts';
import { bareId } from '../domain/tenant.ts';
import type { VelocityRule } from '../domain/velocity.ts';
import type { LifecycleEvent } from '../domain/walletEvents.ts';

/** How an amount is written, from its decimal text. */
type WriteAmount = (decimal: string) => unknown;

export function detailsOf(event: WalletEvent, write: WriteAmount): object {
  const money = (minor: bigint) => write(formatAmount(minor, event.currency));
  const details = detailsOfType(event, money);
  if (event.alerts === undefined) return details;
  return { ...details, alerts: event.alerts.map((rule) => detailsOfAlertRule(rule, money)) };
}

type Money = (minor: bigint) => unknown;

function detailsOfType(event: WalletEvent, money: Money): object {
  switch (event.type) {
    case 'WalletCreated':
      return { ownerId: bareId(event.ownerId) };
    case 'WalletCredited':
    case 'WalletDebited':
      return movement(event, money);
    case 'TransferSent':
      return {
        ...movement(event, money),
        ...{ transferId: event.transferId, toWalletId: bareId(event.toWalletId) },
      };
    case 'TransferReceived':
      return {
        ...movement(event, money),
        ...{ transferId: event.transferId, fromWalletId: bareId(event.fromWalletId) },
      };
    case 'HoldPlaced':
    case 'HoldCaptured':
    case 'HoldReleased':
    case 'HoldAdjusted':
      return detailsOfHold(event, money);
    case 'CreditReversed':
    case 'DebitRefunded':
    case 'TransferReturned':
    case 'TransferReturnReceived':
      return detailsOfReversal(event, money);
    default:
      return detailsOfChange(event, money);
  }
}

function detailsOfHold(event: HoldEvent, money: Money): object {
  const { holdId } = event;
  switch (event.type) {
    case 'HoldPlaced':
      return {
        ...{ holdId, ...movement(event, money), expiresAt: event.expiresAt.toISOString() },
        ...{ toWalletId: bareIdOrNull(event.toWalletId), metadata: event.metadata ?? {} },
      };
    case 'HoldCaptured':
      return {
        ...{ holdId, captureId: event.captureId, ...movement(event, money) },
        released: money(event.releasedMinor),
        overcaptured: money(event.overMinor),
        toWalletId: bareIdOrNull(event.toWalletId),
      };
    case 'HoldReleased':
      return { holdId, ...movement(event, money), reason: event.reason };
    case 'HoldAdjusted':
      return { holdId, amount: money(event.changeMinor), expiresAt: event.expiresAt.toISOString() };
    default:
      return event satisfies never;
  }
}

function detailsOfReversal(event: ReversalEvent, money: Money): object {
  const { original, reversedMinor, reason } = event;
  const originalMovementId = movementIdOf(bareId(original.walletId), original.version);
  const shared = { ...movement(event, money), reason, originalMovementId, reversed: money(reversedMinor) };
  switch (event.type) {
    case 'TransferReturned':
      return { ...shared, returnId: event.returnId, toWalletId: bareId(event.toWalletId) };
    case 'TransferReturnReceived':
      return { ...shared, returnId: event.returnId, fromWalletId: bareId(event.fromWalletId) };
    default:
      return shared;
  }
}

function detailsOfChange(event: LifecycleEvent, money: Money): object {
  switch (event.type) {
    case 'WalletFrozen':
      return { freeze: event.terms.freeze };
    case 'WalletUnfrozen':
      return { cause: event.cause, reason: event.reason };
    case 'WalletLimitsChanged': {
      const { minimumMinor, maximumMinor } = event.terms;
      return { minimumBalance: money(minimumMinor), maximumBalance: money(maximumMinor) };
    }
    case 'VelocityRulesChanged':
      return { rules: event.rules.map((rule) => detailsOfRule(rule, money)) };
    case 'AlertRulesChanged':
      return { rules: event.terms.alertRules.map((rule) => detailsOfAlertRule(rule, money)) };
    case 'WalletClosed':
      return { reason: event.reason };
    case 'WalletDetailsChanged':
      return event.details;
    default:
      return event satisfies never;
  }
}

/** A velocity rule, also outside of an event. */
export function detailsOfRule(rule: VelocityRule, money: Money): object {
  const { name, window, direction, maxAmountMinor, maxCount } = rule;
  return {
    ...{ name, window, direction },
    ...(maxAmountMinor !== null && { maxAmount: money(maxAmountMinor) }),
    ...(maxCount !== null && { maxCount }),
  };
}

/** An alert rule, also outside of an event. */
export function detailsOfAlertRule({ name, field, op, amountMinor }: AlertRule, money: Money): object {
  return { name, field, op, amount: money(amountMinor) };
}

type Moved = Extract<WalletEvent, { amountMinor: bigint; description: string }>;

function movement({ amountMinor, description }: Moved, money: Money): object {
  return { amount: money(amountMinor), description };
}

function bareIdOrNull(id: string | undefined): string | null {
  return id === undefined ? null : bareId(id);
}

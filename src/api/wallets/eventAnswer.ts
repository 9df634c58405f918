// The events of a wallet's history as the API shows them. Pure. An event that this release can't read is
// marked at its place, so one such row hides no other.
import { isCurrency } from '../../domain/currency.ts';
import type { StoredEvent, WalletEvent } from '../../domain/events.ts';
import type { HoldEvent } from '../../domain/holdEvents.ts';
import { formatAmount } from '../../domain/money.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import type { ReversalEvent } from '../../domain/reversal.ts';
import { bareId } from '../../domain/tenant.ts';
import type { LifecycleEvent } from '../../domain/walletEvents.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../../eventStore/eventCodec.ts';
import { visible, visibleReason } from '../../foreignText.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { toRuleAnswer } from '../velocity/velocityAnswer.ts';

/** A damaged row may hold a text of any length as its type. */
const recordedTypeLengthMax = 100;

/** One row of a history as JSON. `JSON.stringify` writes its amounts as exact numbers. */
export function toHistoryRow(recorded: RecordedEvent, movementId: string): object {
  try {
    const stored = decodeEvent(recorded);
    const { currency } = stored.event;
    if (isCurrency(currency)) return toEventAnswer(stored, movementId);
    return toUnreadable(recorded, movementId, `unknown currency "${currency}"`);
  } catch (error) {
    if (!(error instanceof EventDecodeError)) throw error;
    return toUnreadable(recorded, movementId, error.reason);
  }
}

/** Type and reason hold text from the damaged row, so no character of them is shown that cannot be seen. */
function toUnreadable(
  { position, version, occurredAt, type }: RecordedEvent,
  movementId: string,
  reason: string,
): object {
  return {
    position: jsonNumber(position.toString()),
    version,
    type: 'Unreadable',
    movementId,
    occurredAt: occurredAt.toISOString(),
    recordedType: visible(type.slice(0, recordedTypeLengthMax)),
    reason: visibleReason(reason),
  };
}

function toEventAnswer({ position, version, occurredAt, event }: StoredEvent, movementId: string): object {
  const { type, currency, balanceMinor, heldMinor = 0n, status = 'active' } = event;
  return {
    position: jsonNumber(position.toString()),
    version,
    type,
    movementId,
    occurredAt: occurredAt.toISOString(),
    ...detailsOf(event),
    balance: money(balanceMinor, currency),
    held: money(heldMinor, currency),
    status,
    currency,
  };
}

function detailsOf(event: WalletEvent): object {
  switch (event.type) {
    case 'WalletCreated':
      return { ownerId: bareId(event.ownerId) };
    case 'WalletCredited':
    case 'WalletDebited':
      return movement(event);
    case 'TransferSent':
      return { ...movement(event), transferId: event.transferId, toWalletId: bareId(event.toWalletId) };
    case 'TransferReceived':
      return { ...movement(event), transferId: event.transferId, fromWalletId: bareId(event.fromWalletId) };
    case 'HoldPlaced':
    case 'HoldCaptured':
    case 'HoldReleased':
    case 'HoldAdjusted':
      return detailsOfHold(event);
    case 'CreditReversed':
    case 'DebitRefunded':
    case 'TransferReturned':
    case 'TransferReturnReceived':
      return detailsOfReversal(event);
    default:
      return detailsOfChange(event);
  }
}

function detailsOfHold(event: HoldEvent): object {
  const { holdId, currency } = event;
  switch (event.type) {
    case 'HoldPlaced':
      return {
        ...{ holdId, ...movement(event), expiresAt: event.expiresAt.toISOString() },
        ...{ toWalletId: bareIdOrNull(event.toWalletId), metadata: event.metadata ?? {} },
      };
    case 'HoldCaptured':
      return {
        ...{ holdId, captureId: event.captureId, ...movement(event) },
        released: money(event.releasedMinor, currency),
        overcaptured: money(event.overMinor, currency),
        toWalletId: bareIdOrNull(event.toWalletId),
      };
    case 'HoldReleased':
      return { holdId, ...movement(event), reason: event.reason };
    case 'HoldAdjusted':
      return {
        ...{ holdId, amount: money(event.changeMinor, currency) },
        expiresAt: event.expiresAt.toISOString(),
      };
    default:
      return event satisfies never;
  }
}

function detailsOfReversal(event: ReversalEvent): object {
  const { original, reversedMinor, reason, currency } = event;
  const originalMovementId = movementIdOf(bareId(original.walletId), original.version);
  const shared = { ...movement(event), reason, originalMovementId, reversed: money(reversedMinor, currency) };
  switch (event.type) {
    case 'TransferReturned':
      return { ...shared, returnId: event.returnId, toWalletId: bareId(event.toWalletId) };
    case 'TransferReturnReceived':
      return { ...shared, returnId: event.returnId, fromWalletId: bareId(event.fromWalletId) };
    default:
      return shared;
  }
}

function detailsOfChange(event: LifecycleEvent): object {
  switch (event.type) {
    case 'WalletFrozen':
      return { freeze: event.terms.freeze };
    case 'WalletUnfrozen':
      return { cause: event.cause, reason: event.reason };
    case 'WalletLimitsChanged': {
      const { minimumMinor, maximumMinor } = event.terms;
      const { currency } = event;
      return {
        minimumBalance: money(minimumMinor, currency),
        maximumBalance: money(maximumMinor, currency),
      };
    }
    case 'VelocityRulesChanged':
      return { rules: event.rules.map((rule) => toRuleAnswer(rule, event.currency)) };
    case 'WalletClosed':
      return { reason: event.reason };
    case 'WalletDetailsChanged':
      return event.details;
    default:
      return event satisfies never;
  }
}

function movement(event: Extract<WalletEvent, { amountMinor: bigint; description: string }>): object {
  const { amountMinor, currency, description } = event;
  return { amount: money(amountMinor, currency), description };
}

function money(minor: bigint, currency: string): unknown {
  return jsonNumber(formatAmount(minor, currency));
}

function bareIdOrNull(id: string | undefined): string | null {
  return id === undefined ? null : bareId(id);
}

// The events of a wallet's history as the API shows them. Pure. An event that this release can't read is
// marked at its place, so one such row hides no other.
import { isCurrency } from '../../domain/currency.ts';
import type { StoredEvent } from '../../domain/events.ts';
import { formatAmount } from '../../domain/money.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../../eventStore/eventCodec.ts';
import { detailsOf } from '../../feed/eventDetails.ts';
import { visible, visibleReason } from '../../foreignText.ts';
import { jsonNumber } from '../http/exactJson.ts';

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
    ...detailsOf(event, jsonNumber),
    balance: money(balanceMinor, currency),
    held: money(heldMinor, currency),
    status,
    currency,
  };
}

function money(minor: bigint, currency: string): unknown {
  return jsonNumber(formatAmount(minor, currency));
}

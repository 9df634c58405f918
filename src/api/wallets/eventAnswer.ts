// The events of a wallet's history as the API shows them. Pure.
import type { StoredEvent, WalletEvent } from '../../domain/events.ts';
import { formatAmount } from '../../domain/money.ts';
import { jsonNumber } from '../http/exactJson.ts';

/** An event as JSON. `JSON.stringify` writes its amounts as exact numbers. */
export function toEventAnswer(
  { position, version, occurredAt, event }: StoredEvent,
  movementId: string,
): object {
  const { type, currency, balanceMinor } = event;
  return {
    position: jsonNumber(position.toString()),
    version,
    type,
    movementId,
    occurredAt: occurredAt.toISOString(),
    ...details(event),
    balance: jsonNumber(formatAmount(balanceMinor, currency)),
    currency,
  };
}

function details(event: WalletEvent): object {
  switch (event.type) {
    case 'WalletCreated':
      return { ownerId: event.ownerId };
    case 'WalletCredited':
    case 'WalletDebited':
      return movement(event);
    case 'TransferSent':
      return { ...movement(event), transferId: event.transferId, toWalletId: event.toWalletId };
    case 'TransferReceived':
      return { ...movement(event), transferId: event.transferId, fromWalletId: event.fromWalletId };
    default:
      return event satisfies never;
  }
}

function movement(event: Exclude<WalletEvent, { type: 'WalletCreated' }>): object {
  const { amountMinor, currency, description } = event;
  return { amount: jsonNumber(formatAmount(amountMinor, currency)), description };
}

// Statements as the API shows them, in JSON. Pure. `JSON.stringify` writes every amount as an exact number.
import { formatAmount } from '../../domain/money.ts';
import type { WalletEvent } from '../../domain/events.ts';
import { bareId } from '../../domain/tenant.ts';
import type { StatementTotals } from '../../eventStore/read/readStatement.ts';
import { jsonNumber } from '../http/exactJson.ts';
import { movementTypeOf } from '../movements/movementAnswer.ts';
import type { StatementMovement, StatementPeriod, StatementState } from './statement.ts';

export function toPeriodAnswer({ walletId, ownerId, currency, opening, closing }: StatementPeriod): object {
  const balanceOf = ({ version, balanceMinor, heldMinor, availableMinor }: StatementState) => ({
    version,
    balance: jsonNumber(formatAmount(balanceMinor, currency)),
    held: jsonNumber(formatAmount(heldMinor, currency)),
    available: jsonNumber(formatAmount(availableMinor, currency)),
  });
  return {
    walletId: bareId(walletId),
    ownerId: bareId(ownerId),
    currency,
    opening: balanceOf(opening),
    closing: balanceOf(closing),
  };
}

export function toTotalsAnswer(totals: StatementTotals | undefined, currency: string): object | null {
  if (totals === undefined) return null;
  const { movements, inMinor, outMinor } = totals;
  return {
    movements,
    credits: jsonNumber(formatAmount(inMinor, currency)),
    debits: jsonNumber(formatAmount(outMinor, currency)),
  };
}

export function toStatementMovement({ movementId, stored, amountMinor, isIn }: StatementMovement): object {
  const { event, occurredAt, version } = stored;
  const { currency, balanceMinor } = event;
  return {
    movementId: bareId(movementId),
    version,
    occurredAt: occurredAt.toISOString(),
    type: movementTypeOf(event),
    description: descriptionOf(event),
    counterpart: counterpartOf(event),
    direction: isIn ? 'in' : 'out',
    amount: jsonNumber(formatAmount(amountMinor, currency)),
    balanceAfter: jsonNumber(formatAmount(balanceMinor, currency)),
  };
}

export function descriptionOf(event: WalletEvent): string {
  return 'description' in event ? event.description : '';
}

/** The wallet on the other side, or null if the money came from outside or left. */
export function counterpartOf(event: WalletEvent): string | null {
  const to = 'toWalletId' in event ? event.toWalletId : undefined;
  const other = to ?? ('fromWalletId' in event ? event.fromWalletId : undefined);
  return other === undefined ? null : bareId(other);
}

// A reversal as the API shows it. Pure.
import type { AcceptedFacts } from '../../domain/decide/decision.ts';
import { formatAmount } from '../../domain/money.ts';
import { jsonNumber } from '../http/exactJson.ts';

/** What went back now, all that went back of the original, and what is left of it. */
export function toReversalAnswer(
  { amountMinor, reversedMinor, remainingMinor, reason }: NonNullable<AcceptedFacts['reversal']>,
  currency: string,
): object {
  const money = (minor: bigint) => jsonNumber(formatAmount(minor, currency));
  return {
    amount: money(amountMinor),
    reversed: money(reversedMinor),
    remaining: money(remainingMinor),
    reason,
  };
}

// The ledger as the API shows it. Pure. `JSON.stringify` writes every amount as an exact number.
import { formatAmount } from '../../domain/money.ts';
import { bareAccount, bareId } from '../../domain/tenant.ts';
import type { AccountClassSum } from '../../projections/ledger/forms/ledgerForm.ts';
import type { TrialBalance, WalletEntry } from '../../projections/ledger/ledgerQueries.ts';
import { jsonNumber } from '../http/exactJson.ts';

function amount(minor: bigint, currency: string): unknown {
  return jsonNumber(formatAmount(minor, currency));
}

export function toEntryAnswer(entry: WalletEntry): object {
  const { position, direction, amountMinor, currency, counterAccount, balanceAfterMinor } = entry;
  return {
    position: jsonNumber(position.toString()),
    movementId: bareId(entry.movementId),
    direction,
    amount: amount(amountMinor, currency),
    currency,
    counterAccount: bareAccount(counterAccount),
    balanceAfter: amount(balanceAfterMinor, currency),
    occurredAt: entry.occurredAt.toISOString(),
    description: entry.description,
  };
}

/**
 * Amounts of two currencies have no sum, so there is a total for each currency. `balanced` covers all of
 * them.
 */
export function toTrialBalanceAnswer({ position, sums }: TrialBalance): object {
  const byCurrency = Map.groupBy(sums, ({ currency }) => currency);
  const totals = [...byCurrency].sort(([one], [other]) => (one < other ? -1 : 1)).map(totalOf);
  return {
    position: jsonNumber(position.toString()),
    balanced: totals.every(({ balanced }) => balanced),
    accounts: sums.map(({ accountClass, currency, debitsMinor, creditsMinor }) => ({
      accountClass,
      currency,
      debits: amount(debitsMinor, currency),
      credits: amount(creditsMinor, currency),
    })),
    totals,
  };
}

function totalOf([currency, sums]: readonly [string, readonly AccountClassSum[]]) {
  const debitsMinor = sums.reduce((sum, one) => sum + one.debitsMinor, 0n);
  const creditsMinor = sums.reduce((sum, one) => sum + one.creditsMinor, 0n);
  return {
    currency,
    debits: amount(debitsMinor, currency),
    credits: amount(creditsMinor, currency),
    balanced: debitsMinor === creditsMinor,
  };
}

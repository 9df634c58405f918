// Decides about the alert rules of a wallet. All rules are replaced at once. A rule that the wallet fulfils
// from the start alerts once the wallet has stopped fulfilling it and fulfils it again.
import { type AlertRule } from '../alerts.ts';
import type { ChangeAlerts, GivenAlertRule } from '../commands.ts';
import { parseAmount, parseSignedAmount } from '../money.ts';
import type { State } from '../state.ts';
import type { Wallet } from '../wallet.ts';
import { accepted, alreadySo, type Decision } from './decision.ts';
import { openWalletOf } from './lifecycle.ts';
import { amountInvalid } from './rejected.ts';

/** Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED or AMOUNT_INVALID. */
export function decideAlerts(command: ChangeAlerts, state: State, now: Date): Decision {
  const found = openWalletOf(command, state);
  if ('decision' in found) return found.decision;
  const { wallet } = found;
  const alertRules: AlertRule[] = [];
  for (const [index, { name, field, op, amount }] of command.alerts.entries()) {
    const amountMinor = amountOf({ field, amount }, wallet);
    if (typeof amountMinor !== 'bigint')
      return amountInvalid(wallet.id, `alerts/${index}/amount`, amountMinor.refused);
    alertRules.push({ name, field, op, amountMinor });
  }
  alertRules.sort((one, other) => (one.name < other.name ? -1 : 1));
  if (textOf(alertRules) === textOf(wallet.terms.alertRules)) return alreadySo(wallet);
  const { id, currency, balanceMinor } = wallet;
  const terms = { ...wallet.terms, alertRules };
  return accepted(state, [[id, { type: 'AlertRulesChanged', currency, balanceMinor, terms }]], now);
}

/** At least nothing is always available. So a rule about nothing, or less, could never be crossed. */
function amountOf({ field, amount }: Pick<GivenAlertRule, 'field' | 'amount'>, { currency }: Wallet) {
  if (field === 'balance') return parseSignedAmount(amount, currency);
  const minor = parseAmount(amount, currency);
  return minor === 0n ? { refused: 'must be more than zero' } : minor;
}

function textOf(rules: readonly AlertRule[]): string {
  return JSON.stringify(
    rules.map(({ name, field, op, amountMinor }) => [name, field, op, amountMinor.toString()]),
  );
}

// Finds the alerts of an event: the rules of its wallet that it made true. It runs for every event of every
// command, under the lock of the wallet. Pure.
//
// Invariant: an alert is a crossing. The rule does not hold before the event, and holds after it. So a rule
// alerts again only after its wallet was on the other side.
import type { AlertRule } from './alerts.ts';
import type { WalletEvent } from './events.ts';
import { availableMinor, type Wallet } from './wallet.ts';

/**
 * The event with its alerts, by the rules after it. A new wallet has no state before, so it crosses nothing.
 * A wallet without rules costs one comparison.
 */
export function withAlerts(before: Wallet | undefined, after: Wallet, event: WalletEvent): WalletEvent {
  const { alertRules } = after.terms;
  if (alertRules.length === 0 || before === undefined) return event;
  const alerts = alertRules.filter((rule) => !holds(rule, before) && holds(rule, after));
  return alerts.length === 0 ? event : { ...event, alerts };
}

function holds({ field, op, amountMinor }: AlertRule, wallet: Wallet): boolean {
  const value = field === 'balance' ? wallet.balanceMinor : availableMinor(wallet);
  return op === 'below' ? value < amountMinor : value > amountMinor;
}

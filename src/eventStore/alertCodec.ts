// Alert rules as JSON and back, for terms and for the alerts of an event. A rule is a short list, because it
// stands in the row of its wallet and in the record of each of its commands.
import { alertFields, alertOps, type AlertRule } from '../domain/alerts.ts';
import { signedMinorUnits } from './storedAmounts.ts';

/** Name, field, op, and the amount as decimal text of minor units. */
export type StoredAlertRule = readonly [name: string, field: string, op: string, amount: string];

export function writeAlertRules(rules: readonly AlertRule[]): readonly StoredAlertRule[] {
  return rules.map(({ name, field, op, amountMinor }) => [name, field, op, amountMinor.toString()]);
}

/** `refuse` makes the error for content that this code did not write. */
export function readAlertRules(value: unknown, refuse: (reason: string) => Error): readonly AlertRule[] {
  if (!Array.isArray(value)) throw refuse('alert rules are no list');
  return value.map((rule) => readAlertRule(rule, refuse));
}

function readAlertRule(value: unknown, refuse: (reason: string) => Error): AlertRule {
  const [name, givenField, givenOp, amount] = (Array.isArray(value) ? value : []) as unknown[];
  const field = alertFields.find((one) => one === givenField);
  const op = alertOps.find((one) => one === givenOp);
  const isWhole = typeof name === 'string' && typeof amount === 'string' && signedMinorUnits.test(amount);
  if (!isWhole || field === undefined || op === undefined) throw refuse('an alert rule is incomplete');
  return { name, field, op, amountMinor: BigInt(amount) };
}

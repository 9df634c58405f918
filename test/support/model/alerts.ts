// Specifies alert rules: how a request sets them, and how answers show them.
import { decimalOf, minorOf, signedMinorOf } from './amounts.ts';
import { refuse, type Refused } from './refusals.ts';
import type { AlertsRequest } from './requests.ts';
import type { ModelAlertRule, ModelWallet } from './wallets.ts';

/** The rules of a request in order of their names. A rule about a balance alone may say zero or less. */
export function givenAlertRules(
  { id, currency }: ModelWallet,
  { alerts }: AlertsRequest,
): readonly ModelAlertRule[] | Refused {
  const given: ModelAlertRule[] = [];
  for (const [index, { amount, ...rule }] of alerts.entries()) {
    const amountMinor = (rule.field === 'balance' ? signedMinorOf : minorOf)(amount, currency);
    const isNone = amountMinor === undefined || (rule.field === 'available' && amountMinor === 0n);
    if (isNone) return refuse('AMOUNT_INVALID', id, { field: `alerts/${index}/amount` });
    given.push({ ...rule, amountMinor });
  }
  return given.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The rules as every answer shows them, to the byte. */
export function alertRulesText({
  alertRules,
  currency,
}: Pick<ModelWallet, 'alertRules' | 'currency'>): string {
  const texts = alertRules.map(
    ({ name, field, op, amountMinor }) =>
      `{"name":"${name}","field":"${field}","op":"${op}","amount":${decimalOf(amountMinor, currency)}}`,
  );
  return `[${texts.join()}]`;
}

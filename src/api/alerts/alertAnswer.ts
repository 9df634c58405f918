// Alert rules as every answer shows them. Pure.
import type { AlertRule } from '../../domain/alerts.ts';
import { formatAmount } from '../../domain/money.ts';
import { detailsOfAlertRule } from '../../feed/eventDetails.ts';
import { jsonNumber } from '../http/exactJson.ts';

export function toAlertRulesAnswer(rules: readonly AlertRule[], currency: string): readonly object[] {
  const money = (minor: bigint) => jsonNumber(formatAmount(minor, currency));
  return rules.map((rule) => detailsOfAlertRule(rule, money));
}

// Velocity rules as the API shows them, alone and with what is used. Pure.
import { formatAmount } from '../../domain/money.ts';
import type { VelocityRule } from '../../domain/velocity.ts';
import { resetsAt, type RuleUse } from '../../domain/velocityUse.ts';
import { detailsOfRule } from '../../feed/eventDetails.ts';
import { jsonNumber } from '../http/exactJson.ts';

function toRuleAnswer(rule: VelocityRule, currency: string): object {
  return detailsOfRule(rule, (minor) => money(minor, currency));
}

/** A rule of one movement has no use, because each movement begins anew. */
export function toUsesAnswer(uses: readonly RuleUse[] = [], currency: string): readonly object[] {
  return uses.map((use) => {
    const { window, usedMinor, usedCount, since } = use;
    const end = resetsAt(use);
    return {
      ...toRuleAnswer(use, currency),
      ...(window !== 'transaction' && { usedAmount: money(usedMinor, currency), usedCount }),
      since: since.toISOString(),
      ...(end && { resetsAt: end.toISOString() }),
    };
  });
}

function money(minor: bigint, currency: string): unknown {
  return jsonNumber(formatAmount(minor, currency));
}

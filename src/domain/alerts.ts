// Alert rules: what the users of a wallet want to hear of. The event that makes a rule true carries the rule,
// and the feed makes an alert of it. alertCrossing.ts finds these events.

export const alertFields = ['available', 'balance'] as const;
type AlertField = (typeof alertFields)[number];

export const alertOps = ['below', 'above'] as const;
type AlertOp = (typeof alertOps)[number];

export const alertRulesMax = 10;

export interface AlertRule {
  /** Unique among the rules of its wallet. */
  readonly name: string;
  readonly field: AlertField;
  /** An amount that is reached exactly is neither below nor above. */
  readonly op: AlertOp;
  /** Negative only for a balance, which may go down to a credit line. */
  readonly amountMinor: bigint;
}

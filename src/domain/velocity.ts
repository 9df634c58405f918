// Velocity rules: how much may leave or reach a wallet in one movement, a day, a month or ever. An event
// holds them as they were set. velocityUse.ts counts what they allow.

/** A day and a month begin at midnight in UTC. */
export const velocityWindows = ['transaction', 'day', 'month', 'lifetime'] as const;
export type VelocityWindow = (typeof velocityWindows)[number];

export const velocityDirections = ['out', 'in'] as const;
export type VelocityDirection = (typeof velocityDirections)[number];

export const velocityRulesMax = 20;

export interface VelocityRule {
  /** Unique among the rules of its wallet. */
  readonly name: string;
  readonly window: VelocityWindow;
  readonly direction: VelocityDirection;
  /** Null if the rule limits no amount. */
  readonly maxAmountMinor: bigint | null;
  /** Null if the rule limits no number of movements. */
  readonly maxCount: number | null;
}

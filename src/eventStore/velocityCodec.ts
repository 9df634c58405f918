// Velocity rules and their uses as JSON and back, for events, outcomes and the rows of `wallet_usage`.
// Amounts are decimal text of minor units, times are RFC 3339.
import {
  velocityDirections,
  type VelocityRule,
  type VelocityWindow,
  velocityWindows,
} from '../domain/velocity.ts';
import type { RuleUse } from '../domain/velocityUse.ts';

/** A most is absent if the rule has none. */
interface StoredRule {
  readonly name: string;
  readonly window: VelocityWindow;
  readonly direction: VelocityRule['direction'];
  readonly maxAmount?: string;
  readonly maxCount?: number;
}

export interface StoredUse extends StoredRule {
  readonly since: string;
  readonly windowFrom: string;
  readonly usedAmount: string;
  readonly usedCount: number;
}

export function writeRule({ name, window, direction, maxAmountMinor, maxCount }: VelocityRule): StoredRule {
  return {
    ...{ name, window, direction },
    ...(maxAmountMinor !== null && { maxAmount: maxAmountMinor.toString() }),
    ...(maxCount !== null && { maxCount }),
  };
}

export function writeUse(use: RuleUse): StoredUse {
  return {
    ...writeRule(use),
    since: use.since.toISOString(),
    windowFrom: use.windowFrom.toISOString(),
    usedAmount: use.usedMinor.toString(),
    usedCount: use.usedCount,
  };
}

/** `refuse` makes the error for content that this code did not write. */
export function readRules(value: unknown, refuse: (reason: string) => Error): readonly VelocityRule[] {
  if (!Array.isArray(value)) throw refuse('velocity rules are no list');
  return value.map((rule) => readRule(rule, refuse));
}

/** Like `readRules`, with the uses. */
export function readUses(value: unknown, refuse: (reason: string) => Error): readonly RuleUse[] {
  if (!Array.isArray(value)) throw refuse('velocity rules are no list');
  return value.map((use) => ({ ...readRule(use, refuse), ...readCounts(use as StoredUse, refuse) }));
}

/** Sums have no bound, because the rules of a lifetime count for ever. */
const anyMinorUnits = /^\d{1,60}$/;

function readRule(value: unknown, refuse: (reason: string) => Error): VelocityRule {
  const { name, window, direction, maxAmount, maxCount = null } = (value ?? {}) as StoredRule;
  const isKnown = velocityWindows.includes(window) && velocityDirections.includes(direction);
  if (typeof name !== 'string' || !isKnown) throw refuse('a velocity rule is incomplete');
  if (maxAmount !== undefined && !anyMinorUnits.test(maxAmount))
    throw refuse(`the most of rule "${name}" is no amount`);
  if (maxCount !== null && !Number.isSafeInteger(maxCount))
    throw refuse(`the most of rule "${name}" is no count`);
  const maxAmountMinor = maxAmount === undefined ? null : BigInt(maxAmount);
  return { name, window, direction, maxAmountMinor, maxCount };
}

function readCounts(
  { name, since, windowFrom, usedAmount, usedCount }: StoredUse,
  refuse: (reason: string) => Error,
): Pick<RuleUse, 'since' | 'windowFrom' | 'usedMinor' | 'usedCount'> {
  const times = [new Date(since), new Date(windowFrom)] as const;
  const isWhole =
    times.every((time) => !Number.isNaN(time.getTime())) &&
    anyMinorUnits.test(usedAmount) &&
    Number.isSafeInteger(usedCount);
  if (!isWhole) throw refuse(`the use of velocity rule "${name}" is incomplete`);
  return { since: times[0], windowFrom: times[1], usedMinor: BigInt(usedAmount), usedCount };
}

// Counts the use of velocity rules, event by event. Pure. The uses follow from the events alone, so a
// comparison can make them again.
//
// Invariant: a use is never negative. Only the release of a hold that was counted lowers it.
import type { BalanceEvent } from './events.ts';
import { type Hold, releaseOfDue } from './hold.ts';
import type { VelocityDirection, VelocityRule, VelocityWindow } from './velocity.ts';
import type { Wallet } from './wallet.ts';

/** A rule with what was counted under it in one window. A rule of `transaction` counts nothing. */
export interface RuleUse extends VelocityRule {
  /** The time of the event that made the rule. Nothing before it is counted. */
  readonly since: Date;
  /** The start of the window that was counted. */
  readonly windowFrom: Date;
  readonly usedMinor: bigint;
  readonly usedCount: number;
}

/** The start of the window at that time. The window of a lifetime began before every wallet. */
function startOf(window: VelocityWindow, at: Date): Date {
  switch (window) {
    case 'day':
      return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
    case 'month':
      return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth()));
    case 'transaction':
    case 'lifetime':
      return new Date(0);
    default:
      return window satisfies never;
  }
}

/** The time at which a window that began at `from` ends; undefined if the rule never resets. */
export function resetsAt({ window, windowFrom: from }: RuleUse): Date | undefined {
  if (window === 'day')
    return new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate() + 1));
  return window === 'month' ? new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1)) : undefined;
}

/** The use in the window of that time. Nothing is used yet in a window that has just begun. */
export function useAt(use: RuleUse, at: Date): RuleUse {
  const windowFrom = startOf(use.window, at);
  return use.windowFrom < windowFrom ? { ...use, windowFrom, usedMinor: 0n, usedCount: 0 } : use;
}

/** The state of a wallet lacks the uses of its rules. */
class VelocityUsesLostError extends Error {
  override readonly name = 'VelocityUsesLostError';
}

/**
 * The uses of a wallet's rules. Throws VelocityUsesLostError if some are missing: a rule without a use would
 * let everything pass.
 */
export function usesOf(
  { id, terms: { velocityRules } }: Pick<Wallet, 'id' | 'terms'>,
  uses: ReadonlyMap<string, readonly RuleUse[]>,
): readonly RuleUse[] {
  if (velocityRules === 0) return [];
  const found = uses.get(id) ?? [];
  if (found.length === velocityRules) return found;
  throw new VelocityUsesLostError(
    `wallet "${id}" has ${velocityRules} velocity rules and the uses of ${found.length}: repair the wallet`,
  );
}

/** A stream breaks a rule of counting. Names the wallet and the velocity rule. */
export class BrokenVelocityError extends Error {
  override readonly name = 'BrokenVelocityError';
}

interface VelocityStep {
  readonly walletId: string;
  readonly occurredAt: Date;
  readonly event: BalanceEvent;
}

/** Whether the event changes uses, or may. */
export function isCounted(event: BalanceEvent, hold: Hold | undefined): boolean {
  return event.type === 'VelocityRulesChanged' || countedOf(event, hold) !== undefined;
}

/**
 * The uses after one more event. `hold` is the hold of the event before it. Returns the same list if nothing
 * was counted. Throws BrokenVelocityError if this service never decided such an event.
 */
export function evolveUses(
  uses: readonly RuleUse[],
  { walletId, occurredAt, event }: VelocityStep,
  hold: Hold | undefined,
): readonly RuleUse[] {
  if (event.type === 'VelocityRulesChanged')
    return event.rules.map((rule) => takeRule(uses, rule, occurredAt));
  const counted = countedOf(event, hold);
  if (counted === undefined || uses.length === 0) return uses;
  const after = uses.map((use) => {
    const next = count(use, counted, occurredAt);
    if (next.usedMinor < 0n || next.usedCount < 0)
      throw new BrokenVelocityError(
        `velocity rule "${use.name}" of "${walletId}": ${event.type} leaves less than nothing used`,
      );
    return next;
  });
  return after.every((next, index) => next === uses[index]) ? uses : after;
}

/** The uses after the release of a hold that is due. For reads, because nothing is written. */
export function releaseDue(uses: readonly RuleUse[], hold: Hold, at: Date): readonly RuleUse[] {
  // A release counts nothing of the balance.
  const event = releaseOfDue(hold, 0n);
  return evolveUses(uses, { walletId: hold.walletId, occurredAt: at, event }, hold);
}

/** A rule that keeps its name, window and direction keeps its use. Any other one counts from now on. */
function takeRule(uses: readonly RuleUse[], rule: VelocityRule, since: Date): RuleUse {
  const { name, window, direction } = rule;
  const before = uses.find(
    (use) => use.name === name && use.window === window && use.direction === direction,
  );
  if (before !== undefined) return { ...before, ...rule };
  return { ...rule, since, windowFrom: startOf(window, since), usedMinor: 0n, usedCount: 0 };
}

interface Counted {
  readonly direction: VelocityDirection;
  /** Negative if a part of a hold is released. */
  readonly amountMinor: bigint;
  readonly count: -1 | 0 | 1;
  /** Of a release: the time at which the hold was placed. */
  readonly placedAt?: Date;
}

/** The count that an event makes. A capture within its hold counts nothing, because the hold was counted. */
function countedOf(event: BalanceEvent, hold: Hold | undefined): Counted | undefined {
  switch (event.type) {
    case 'WalletCredited':
    case 'TransferReceived':
      return { direction: 'in', amountMinor: event.amountMinor, count: 1 };
    case 'WalletDebited':
    case 'TransferSent':
    case 'HoldPlaced':
      return { direction: 'out', amountMinor: event.amountMinor, count: 1 };
    case 'HoldAdjusted':
      return event.changeMinor < 0n ? released(hold, -event.changeMinor, 0) : grown(event.changeMinor);
    case 'HoldCaptured':
      return event.releasedMinor > 0n ? released(hold, event.releasedMinor, 0) : grown(event.overMinor);
    case 'HoldReleased':
      // A hold of which something was captured stays one movement.
      return released(hold, event.amountMinor, hold?.capturedMinor === 0n ? -1 : 0);
    default:
      return undefined;
  }
}

/** More of a hold that was counted. */
function grown(amountMinor: bigint): Counted | undefined {
  return amountMinor === 0n ? undefined : { direction: 'out', amountMinor, count: 0 };
}

function released(hold: Hold | undefined, amountMinor: bigint, count: -1 | 0): Counted | undefined {
  return hold && { direction: 'out', amountMinor: -amountMinor, count, placedAt: hold.createdAt };
}

function count(use: RuleUse, { direction, amountMinor, count: more, placedAt }: Counted, at: Date): RuleUse {
  if (use.direction !== direction || use.window === 'transaction') return use;
  const current = useAt(use, at);
  if (placedAt !== undefined && !wasCounted(current, placedAt)) return use;
  const { usedMinor, usedCount } = current;
  return { ...current, usedMinor: usedMinor + amountMinor, usedCount: usedCount + more };
}

/**
 * Whether the placement of a hold is among what the use counts. Times have milliseconds, and a rule may be
 * made in that of the placement, before or after it. Such a hold stays counted.
 */
function wasCounted({ since, windowFrom }: RuleUse, placedAt: Date): boolean {
  return placedAt > since && placedAt >= windowFrom;
}

// Collects the changes that a command's events make to each kind of state. The loaded state stays as it is.
// A lookup asks the changes first.
import { withAlerts } from '../alertCrossing.ts';
import type { NewEvent, WalletEvent } from '../events.ts';
import { evolveHold, type Hold, holdKey, type OpenHolds } from '../hold.ts';
import { eventKey, type Reversal, type ReversalEvent } from '../reversal.ts';
import type { ChangingState, State } from '../state.ts';
import { evolveUses, isCounted, type RuleUse, usesOf } from '../velocityUse.ts';
import { evolve, isOrdinary, stateAfter, type Wallet } from '../wallet.ts';
import { effectOf } from '../effects.ts';
import type { HoldEvent } from '../holdEvents.ts';
import type { Details } from '../walletEvents.ts';

export interface Changes {
  readonly wallets: Map<string, Wallet>;
  readonly holds: Map<string, Hold>;
  /** Undefined if the last open hold of the wallet ended. */
  readonly openHolds: Map<string, OpenHolds | undefined>;
  readonly details: Map<string, Details>;
  readonly reversals: Map<string, Reversal>;
  readonly uses: Map<string, readonly RuleUse[]>;
}

export function noChanges(): Changes {
  return {
    wallets: new Map(),
    holds: new Map(),
    openHolds: new Map(),
    details: new Map(),
    reversals: new Map(),
    uses: new Map(),
  };
}

/** Adds later changes to earlier ones. */
export function addChanges(changes: Changes, later: Changes): void {
  for (const [id, wallet] of later.wallets) changes.wallets.set(id, wallet);
  for (const [key, hold] of later.holds) changes.holds.set(key, hold);
  for (const [id, open] of later.openHolds) changes.openHolds.set(id, open);
  for (const [id, details] of later.details) changes.details.set(id, details);
  for (const [key, reversal] of later.reversals) changes.reversals.set(key, reversal);
  for (const [id, uses] of later.uses) changes.uses.set(id, uses);
}

/** Writes the changes into a state. */
export function applyChanges(state: ChangingState, changes: Changes): void {
  for (const [id, wallet] of changes.wallets) state.wallets.set(id, wallet);
  for (const [key, hold] of changes.holds) state.holds.set(key, hold);
  for (const [id, details] of changes.details) state.details.set(id, details);
  for (const [key, reversal] of changes.reversals) state.reversals.set(key, reversal);
  for (const [id, uses] of changes.uses) state.uses.set(id, uses);
  for (const [id, open] of changes.openHolds)
    if (open === undefined) state.openHolds.delete(id);
    else state.openHolds.set(id, open);
}

/**
 * Takes one event of a wallet and returns it as it is stored: with its version, the state after it, and its
 * alerts. Every event of every command goes this way.
 */
export function takeEvent(
  changes: Changes,
  state: State,
  walletId: string,
  decided: WalletEvent,
  occurredAt: Date,
): NewEvent {
  const wallet = changes.wallets.get(walletId) ?? state.wallets.get(walletId);
  const version = (wallet?.version ?? 0) + 1;
  const stated = withStateAfter(wallet, version, decided);
  const after = evolve(wallet, { walletId, version, occurredAt, event: stated });
  changes.wallets.set(walletId, after);
  const event = withAlerts(wallet, after, stated);
  const next = { walletId, version, occurredAt, event };
  if (wallet !== undefined) takeUses(changes, state, wallet, next);
  switch (event.type) {
    case 'HoldPlaced':
    case 'HoldCaptured':
    case 'HoldReleased':
    case 'HoldAdjusted':
      takeHoldEvent(changes, state, { ...next, event });
      break;
    case 'WalletDetailsChanged':
      changes.details.set(walletId, event.details);
      break;
    case 'CreditReversed':
    case 'DebitRefunded':
    case 'TransferReturned':
      takeReversal(changes, state, { ...next, event });
      break;
    default:
  }
  return next;
}

/** The event with the state that it leaves. An event of an ordinary wallet stays as it is. */
function withStateAfter(wallet: Wallet | undefined, version: number, event: WalletEvent): WalletEvent {
  if (wallet === undefined) return event;
  const { heldMinor } = effectOf(event);
  const after = { ...wallet, heldMinor: wallet.heldMinor + heldMinor };
  switch (event.type) {
    case 'WalletFrozen':
      return { ...event, ...stateAfter({ ...after, status: 'frozen', termsVersion: version }) };
    case 'WalletUnfrozen':
      return { ...event, ...stateAfter({ ...after, status: 'active', termsVersion: version }) };
    case 'WalletLimitsChanged':
    case 'VelocityRulesChanged':
    case 'AlertRulesChanged':
      return { ...event, ...stateAfter({ ...after, termsVersion: version }) };
    case 'WalletClosed':
      return { ...event, ...stateAfter({ ...after, status: 'closed' }) };
    case 'WalletDetailsChanged':
      return { ...event, ...stateAfter({ ...after, detailsVersion: version }) };
    default:
      return isOrdinary(after) ? event : { ...event, ...stateAfter(after) };
  }
}

/** Runs before the hold of the event changes. An ordinary wallet has no rules, and costs one comparison. */
function takeUses(changes: Changes, state: State, wallet: Wallet, step: NewEvent): void {
  const { event } = step;
  if (wallet.terms.velocityRules === 0 && event.type !== 'VelocityRulesChanged') return;
  const { id } = wallet;
  const key = 'holdId' in event ? holdKey(id, event.holdId) : '';
  const hold = changes.holds.get(key) ?? state.holds.get(key);
  if (!isCounted(event, hold)) return;
  const before = usesOf(wallet, changes.uses.has(id) ? changes.uses : state.uses);
  const after = evolveUses(before, step, hold);
  if (after !== before) changes.uses.set(id, after);
}

type StepOf<Event extends WalletEvent> = NewEvent & { readonly event: Event };

function takeHoldEvent(changes: Changes, state: State, step: StepOf<HoldEvent>): void {
  const { walletId, event } = step;
  const key = holdKey(walletId, event.holdId);
  const before = changes.holds.get(key) ?? state.holds.get(key);
  const hold = evolveHold(before, step);
  changes.holds.set(key, hold);
  const open = changes.openHolds.has(walletId)
    ? changes.openHolds.get(walletId)
    : state.openHolds.get(walletId);
  changes.openHolds.set(walletId, openAfter(open, hold, event));
}

function openAfter(open: OpenHolds | undefined, hold: Hold, event: HoldEvent): OpenHolds | undefined {
  const { expiresAt } = hold;
  if (event.type === 'HoldPlaced' || event.type === 'HoldAdjusted') {
    const count = (open?.count ?? 0) + (event.type === 'HoldPlaced' ? 1 : 0);
    const dueFrom = earlier(open?.dueFrom, expiresAt);
    return open?.laterFrom === undefined
      ? { count, dueFrom }
      : { count, dueFrom, laterFrom: earlier(open.laterFrom, expiresAt) };
  }
  if (hold.endedAs === null || open === undefined) return open;
  if (open.count === 1) return undefined;
  const count = open.count - 1;
  // Due holds end together, before anything else happens to the wallet.
  return hold.endedAs === 'expired' && open.laterFrom !== undefined
    ? { count, dueFrom: open.laterFrom, laterFrom: open.laterFrom }
    : { ...open, count };
}

function earlier(one: Date | undefined, other: Date): Date {
  return one !== undefined && one < other ? one : other;
}

function takeReversal(
  changes: Changes,
  state: State,
  {
    walletId,
    version,
    occurredAt,
    event,
  }: StepOf<Exclude<ReversalEvent, { type: 'TransferReturnReceived' }>>,
): void {
  const { original, amountMinor, reversedMinor } = event;
  const key = eventKey(original);
  const before = changes.reversals.get(key) ?? state.reversals.get(key);
  if (before === undefined) throw new Error(`the amount of the reversed event ${key} is not known`);
  const by = { walletId, version, amountMinor, at: occurredAt };
  changes.reversals.set(key, { ...before, reversedMinor, reversedBy: [...before.reversedBy, by] });
}

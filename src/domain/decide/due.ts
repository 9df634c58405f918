// Ends what is due on the wallets of a command, before the command is decided: holds that expired, and
// freezes whose time has come. So both end at their very instant, whether or not a sweep ran.
//
// Invariant: a rejected command changes nothing. It is decided as if everything due had ended, and the events
// of the end are appended only with a command that is accepted.
import type { Command } from '../commands.ts';
import { walletIdsOf } from '../commands.ts';
import { type Hold, isDue, releaseOfDue } from '../hold.ts';
import { changingCopy, type State } from '../state.ts';
import { isFreezeDue } from '../terms.ts';
import type { Wallet } from '../wallet.ts';
import { addChanges, applyChanges, noChanges } from './changes.ts';
import { accepted, type Acceptance, type Decision, type Step } from './decision.ts';

/** Whether a wallet as loaded may have something that is due. Its holds must be loaded then. */
export function mayBeDue(wallet: Wallet, state: State, now: Date): boolean {
  const { freeze } = wallet.terms;
  if (freeze !== null && wallet.status === 'frozen' && isFreezeDue(freeze, now)) return true;
  const open = state.openHolds.get(wallet.id);
  return open !== undefined && open.dueFrom <= now;
}

/** The end of everything that is due on the wallets of the command; undefined if nothing is. */
export function endDue(command: Command, state: State, now: Date): Acceptance | undefined {
  const steps: Step[] = [];
  for (const id of walletIdsOf(command)) {
    const wallet = state.wallets.get(id);
    if (wallet === undefined || !mayBeDue(wallet, state, now)) continue;
    steps.push(...releases(wallet, state, now), ...thaw(wallet, now));
  }
  if (steps.length === 0) return undefined;
  const ended = accepted(state, steps, now);
  return 'accepted' in ended ? ended.accepted : undefined;
}

/** The state after that end. */
export function stateAfterDue(state: State, { changes }: Acceptance): State {
  const after = changingCopy(state);
  applyChanges(after, changes);
  return after;
}

/**
 * The wallet without `dueMinor` of its held part, and without a freeze that ended. For reads: the version
 * stays, because nothing is written.
 */
export function walletAfterDue(wallet: Wallet, dueMinor: bigint, freezeEnded: boolean): Wallet {
  const after = { ...wallet, heldMinor: wallet.heldMinor - dueMinor };
  return freezeEnded ? { ...after, status: 'active', terms: { ...wallet.terms, freeze: null } } : after;
}

/** The decision with the events of the end before its own. */
export function afterDue(decision: Decision, due: Acceptance): Decision {
  if ('rejected' in decision) return decision;
  const { events, shown, changes, facts } = decision.accepted;
  const merged = noChanges();
  addChanges(merged, due.changes);
  addChanges(merged, changes);
  return { accepted: { events: [...due.events, ...events], shown, changes: merged, facts } };
}

function releases(wallet: Wallet, state: State, now: Date): readonly Step[] {
  const due = [...state.holds.values()].filter(
    (hold) => hold.walletId === wallet.id && hold.endedAs === null && isDue(hold, now),
  );
  due.sort(byExpiry);
  return due.map((hold): Step => [wallet.id, releaseOfDue(hold, wallet.balanceMinor)]);
}

function byExpiry(one: Hold, other: Hold): number {
  return one.expiresAt.getTime() - other.expiresAt.getTime() || (one.holdId < other.holdId ? -1 : 1);
}

function thaw(wallet: Wallet, now: Date): readonly Step[] {
  const { id, currency, balanceMinor, terms, status } = wallet;
  if (status !== 'frozen' || terms.freeze === null || !isFreezeDue(terms.freeze, now)) return [];
  const { reason } = terms.freeze;
  const unfrozen = { ...terms, freeze: null };
  return [
    [id, { type: 'WalletUnfrozen', currency, balanceMinor, terms: unfrozen, cause: 'expired', reason }],
  ];
}

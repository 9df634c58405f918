// The result of every decision, and the step from accepted events to the state after them.
import type { NewEvent, WalletEvent } from '../events.ts';
import type { Rejection } from '../rejections.ts';
import type { State } from '../state.ts';
import { evolve, type Wallet } from '../wallet.ts';

/** The result of an accepted command. */
interface Acceptance {
  readonly events: readonly NewEvent[];
  /** The changed wallets after all of those events, each once, in the order in which they first changed. */
  readonly wallets: readonly Wallet[];
}

export type Decision = { readonly accepted: Acceptance } | { readonly rejected: Rejection };

/** An event, and the wallet that it changes. */
type Step = readonly [walletId: string, event: WalletEvent];

/**
 * Accepts a command with these events, in this order. A wallet may have several. Each follows the version and
 * the state that the one before it left. Throws BrokenStreamError if it does not.
 */
export function accepted(state: State, steps: readonly Step[], now: Date): Decision {
  // Invariant: a wallet's time never runs backwards, though the clocks of two processes differ. Balances at a
  // time and statements by date read the events in order of both version and time.
  const changes = steps.map(([walletId]) => state.wallets.get(walletId)?.updatedAt.getTime() ?? 0);
  const occurredAt = new Date(Math.max(now.getTime(), ...changes));
  const wallets = new Map<string, Wallet>();
  const events = steps.map(([walletId, event]): NewEvent => {
    const wallet = wallets.get(walletId) ?? state.wallets.get(walletId);
    const next = { walletId, version: (wallet?.version ?? 0) + 1, occurredAt, event };
    wallets.set(walletId, evolve(wallet, next));
    return next;
  });
  return { accepted: { events, wallets: [...wallets.values()] } };
}

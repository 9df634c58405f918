// The input and the result of every decision, and the step from accepted events to changed wallets.
import type { NewEvent, WalletEvent } from '../events.ts';
import type { Rejection } from '../rejections.ts';
import { evolve, type Wallet } from '../wallet.ts';

/** The result of an accepted command. */
interface Acceptance {
  readonly events: readonly NewEvent[];
  /** The command's wallets after those events, in the order in which the command names them. */
  readonly wallets: readonly Wallet[];
}

export type Decision = { readonly accepted: Acceptance } | { readonly rejected: Rejection };

/** The wallets that exist, by id, after their last event. */
export type Wallets = ReadonlyMap<string, Wallet>;

/** One event of a changed wallet: the wallet before the event, its id, and the event. */
type Change = readonly [Wallet | undefined, string, WalletEvent];

export function accepted(changes: readonly Change[], now: Date): Decision {
  // Invariant: a wallet's time never runs backwards, though the clocks of two processes differ. Balances at a
  // time and statements by date read the events in order of both version and time.
  const latest = Math.max(now.getTime(), ...changes.map(([wallet]) => wallet?.updatedAt.getTime() ?? 0));
  const occurredAt = new Date(latest);
  const events = changes.map(([wallet, walletId, event]): NewEvent => ({
    walletId,
    version: (wallet?.version ?? 0) + 1,
    occurredAt,
    event,
  }));
  const wallets = changes.map(([wallet], index) => evolve(wallet, events[index] as NewEvent));
  return { accepted: { events, wallets } };
}

// The result of every decision, and the step from accepted events to the state after them.
import type { NewEvent, WalletEvent } from '../events.ts';
import type { Hold } from '../hold.ts';
import type { Rejection } from '../rejections.ts';
import type { ReversalReason } from '../reversal.ts';
import type { State } from '../state.ts';
import type { RuleUse } from '../velocityUse.ts';
import type { Wallet } from '../wallet.ts';
import type { Details } from '../walletEvents.ts';
import { type Changes, noChanges, takeEvent } from './changes.ts';

/** A wallet after the command, as its answer shows it. */
interface ShownWallet {
  readonly wallet: Wallet;
  /** The version of the wallet's first event that the command itself made; undefined if it made none. */
  readonly movementVersion: number | undefined;
}

/** What an answer shows besides wallets. */
export interface AcceptedFacts {
  readonly hold?: Hold;
  readonly capture?: { readonly captureId: string; readonly amountMinor: bigint };
  readonly details?: Details;
  readonly reversal?: {
    readonly amountMinor: bigint;
    readonly reversedMinor: bigint;
    readonly remainingMinor: bigint;
    readonly reason: ReversalReason;
    /** The place of the wallet that the command names among those that are shown. The payer is the first. */
    readonly named: 0 | 1;
  };
  /** The velocity rules with their uses in the windows of now. */
  readonly uses?: readonly RuleUse[];
}

/** The result of an accepted command. */
export interface Acceptance {
  readonly events: readonly NewEvent[];
  /** The command's wallets, each once, in the order of its events. The wallet that pays is the first. */
  readonly shown: readonly ShownWallet[];
  readonly changes: Changes;
  readonly facts: AcceptedFacts;
}

export type Decision = { readonly accepted: Acceptance } | { readonly rejected: Rejection };

/** An event, and the wallet that it changes. */
export type Step = readonly [walletId: string, event: WalletEvent];

/** The facts of a command, from the state after it. */
export type FactsAfter = (changes: Changes) => AcceptedFacts;

const noFacts: AcceptedFacts = {};

/**
 * Accepts a command with these events, in this order. A wallet may have several. Each follows the version and
 * the state that the one before it left. Throws BrokenStreamError if it does not.
 */
export function accepted(state: State, steps: readonly Step[], now: Date, factsAfter?: FactsAfter): Decision {
  const occurredAt = timeOfEvents(
    steps.map(([walletId]) => state.wallets.get(walletId)),
    now,
  );
  const changes = noChanges();
  const events = steps.map(([walletId, event]) => takeEvent(changes, state, walletId, event, occurredAt));
  const shown = [...changes.wallets.values()].map((wallet) => ({
    wallet,
    movementVersion: events.find(({ walletId }) => walletId === wallet.id)?.version,
  }));
  return { accepted: { events, shown, changes, facts: factsAfter?.(changes) ?? noFacts } };
}

/**
 * The time of a command's events on these wallets. Invariant: a wallet's time never runs backwards, though
 * the clocks of two servers differ. Balances at a time and statements by date read the events in order of
 * both version and time.
 */
export function timeOfEvents(wallets: readonly (Wallet | undefined)[], now: Date): Date {
  const times = wallets.map((wallet) => wallet?.updatedAt.getTime() ?? 0);
  return new Date(Math.max(now.getTime(), ...times));
}

/** Accepts a command that asks for what is so already. Nothing happens. */
export function alreadySo(wallet: Wallet): Decision {
  const shown = [{ wallet, movementVersion: undefined }];
  return { accepted: { events: [], shown, changes: noChanges(), facts: noFacts } };
}

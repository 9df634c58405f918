// The events about a wallet itself: what is frozen, how far its balance may go, its end, and its details.
import type { Currency } from './currency.ts';
import type { StateAfter } from './stateAfter.ts';
import type { Terms } from './terms.ts';
import type { VelocityRule } from './velocity.ts';

interface OfWallet extends StateAfter {
  readonly currency: Currency;
  readonly balanceMinor: bigint;
}

/** Carries the terms after it, with the freeze. */
interface WalletFrozen extends OfWallet {
  readonly type: 'WalletFrozen';
  readonly terms: Terms;
}

/** Carries the terms after it, without a freeze. */
interface WalletUnfrozen extends OfWallet {
  readonly type: 'WalletUnfrozen';
  readonly terms: Terms;
  /** `expired` if the freeze reached its time. */
  readonly cause: 'request' | 'expired';
  readonly reason: string;
}

interface WalletLimitsChanged extends OfWallet {
  readonly type: 'WalletLimitsChanged';
  readonly terms: Terms;
}

/** Carries all rules after it, in order of their names, and the terms with their number. */
interface VelocityRulesChanged extends OfWallet {
  readonly type: 'VelocityRulesChanged';
  readonly terms: Terms;
  readonly rules: readonly VelocityRule[];
}

/** Carries the terms after it, with all alert rules in order of their names. */
interface AlertRulesChanged extends OfWallet {
  readonly type: 'AlertRulesChanged';
  readonly terms: Terms;
}

/** The end of a wallet. Its balance is 0, nothing is held, and no event follows. */
interface WalletClosed extends OfWallet {
  readonly type: 'WalletClosed';
  readonly reason: string;
}

/** Carries all metadata and labels after it. */
interface WalletDetailsChanged extends OfWallet {
  readonly type: 'WalletDetailsChanged';
  readonly details: Details;
}

/** What the wallet's users keep with it. The service only stores and finds it. */
export interface Details {
  readonly metadata: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
}

export const noDetails: Details = { metadata: {}, labels: [] };

/** The events that carry the terms after them. */
type TermsEvent =
  WalletFrozen | WalletUnfrozen | WalletLimitsChanged | VelocityRulesChanged | AlertRulesChanged;

export type LifecycleEvent = TermsEvent | WalletClosed | WalletDetailsChanged;

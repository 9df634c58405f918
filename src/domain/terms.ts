// The terms of a wallet: how far its balance may go, what is frozen, whether velocity rules bind it, and when
// it alerts. They change seldom. Each event that changes them carries the whole of them, so nobody folds a
// stream to know them. Pure.
import type { AlertRule } from './alerts.ts';
import { amountMinorMax } from './money.ts';

export type WalletStatus = 'active' | 'frozen' | 'closed';

export const freezeScopes = ['debits', 'credits', 'all'] as const;
export type FreezeScope = (typeof freezeScopes)[number];

export interface Freeze {
  readonly scope: FreezeScope;
  readonly reason: string;
  /** Whether holds that were placed before may still be captured. */
  readonly holds: 'honor' | 'block';
  /** The freeze ends at this time; null if somebody must end it. */
  readonly until: Date | null;
}

export interface Terms {
  /**
   * Least that the balance without its held part may be. Negative is a credit line, positive is a reserve.
   */
  readonly minimumMinor: bigint;
  readonly maximumMinor: bigint;
  readonly freeze: Freeze | null;
  /** How many velocity rules the wallet has. They stand beside their uses (velocityUse.ts). */
  readonly velocityRules: number;
  /** In order of their names. */
  readonly alertRules: readonly AlertRule[];
}

/** The terms of a wallet whose terms nobody changed. */
export const ordinaryTerms: Terms = {
  minimumMinor: 0n,
  maximumMinor: amountMinorMax,
  freeze: null,
  velocityRules: 0,
  alertRules: [],
};

/** Whether the freeze stops money in this direction. */
export function isFrozenFor(freeze: Freeze, direction: 'debits' | 'credits'): boolean {
  return freeze.scope === 'all' || freeze.scope === direction;
}

/** Whether the freeze ends by itself and its time has come. */
export function isFreezeDue({ until }: Freeze, now: Date): boolean {
  return until !== null && until <= now;
}

// Every event tells the state of its wallet after it, and the alerts that it gave. This is the part of it
// besides the balance.
import type { AlertRule } from './alerts.ts';
import type { WalletStatus } from './terms.ts';

/** The state that an event leaves, besides the balance. A member is absent if it has its ordinary value. */
export interface StateAfter {
  /** The held part of the balance; absent if it is 0. */
  readonly heldMinor?: bigint;
  /** Absent if the wallet is active. */
  readonly status?: Exclude<WalletStatus, 'active'>;
  /** The version of the event that last changed the terms; absent if none did. */
  readonly termsVersion?: number;
  /** The version of the event that last changed the details; absent if none did. */
  readonly detailsVersion?: number;
  /** The alert rules that the event made true; absent if it made none true. */
  readonly alerts?: readonly AlertRule[];
}

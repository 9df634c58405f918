// One event of each type, for tests that hold every type against something. A record, so that a new type does
// not compile until it has an event here.
import type { StoredEvent, WalletEvent } from '../../src/domain/events.ts';
import { amountMinorMax } from '../../src/domain/money.ts';

const movement = { currency: 'EUR', amountMinor: 1_250n, balanceMinor: 8_750n, description: 'order 17' };
const ofWallet = { currency: 'EUR', balanceMinor: 8_750n };
const ofHold = { ...ofWallet, holdId: 'hold-1', heldMinor: 3_000n };
const limits = { minimumMinor: -50_000n, maximumMinor: amountMinorMax, velocityRules: 0, alertRules: [] };
const low = { name: 'low', field: 'available', op: 'below', amountMinor: 60_000n } as const;
const deep = { name: 'deep', field: 'balance', op: 'above', amountMinor: -1_000n } as const;
const freeze = { scope: 'debits', reason: 'card lost', holds: 'honor' } as const;
const until = new Date('2026-12-24T18:00:00.000Z');
const reversal = {
  ...movement,
  original: { walletId: 'acme/w-1', version: 2 },
  reversedMinor: 2_500n,
  reason: 'refund',
} as const;

export const eventOfEachType: {
  readonly [Type in WalletEvent['type']]: WalletEvent & { readonly type: Type };
} = {
  WalletCreated: { type: 'WalletCreated', ownerId: 'acme/owner-1', ...ofWallet },
  WalletCredited: { type: 'WalletCredited', ...movement },
  WalletDebited: { type: 'WalletDebited', ...movement, detailsVersion: 3 },
  TransferSent: {
    type: 'TransferSent',
    ...movement,
    ...{ transferId: 't-1', toWalletId: 'acme/w-2', toBalanceMinor: 1_250n },
  },
  TransferReceived: { type: 'TransferReceived', ...movement, transferId: 't-1', fromWalletId: 'acme/w-2' },
  HoldPlaced: {
    type: 'HoldPlaced',
    ...{ ...ofHold, amountMinor: 3_000n, expiresAt: until, toWalletId: 'acme/w-2' },
    ...{ description: 'hotel', metadata: { order: '17' } },
  },
  HoldCaptured: {
    type: 'HoldCaptured',
    ...{ ...ofHold, captureId: 'c-1', amountMinor: 3_100n, releasedMinor: 0n, overMinor: 100n },
    description: 'hotel',
  },
  HoldReleased: {
    type: 'HoldReleased',
    ...{ ...ofHold, amountMinor: 3_000n, reason: 'voided', description: 'cancelled' },
  },
  HoldAdjusted: { type: 'HoldAdjusted', ...ofHold, changeMinor: -500n, expiresAt: until },
  CreditReversed: { type: 'CreditReversed', ...reversal },
  DebitRefunded: { type: 'DebitRefunded', ...reversal },
  TransferReturned: {
    type: 'TransferReturned',
    ...{ ...reversal, returnId: 'r-1', toWalletId: 'acme/w-2', toBalanceMinor: 0n },
  },
  TransferReturnReceived: {
    type: 'TransferReturnReceived',
    ...{ ...reversal, returnId: 'r-1', fromWalletId: 'acme/w-2' },
  },
  WalletFrozen: {
    type: 'WalletFrozen',
    ...{ ...ofWallet, status: 'frozen', termsVersion: 7 },
    terms: { ...limits, freeze: { ...freeze, until } },
  },
  WalletUnfrozen: {
    type: 'WalletUnfrozen',
    ...{ ...ofWallet, termsVersion: 7, terms: { ...limits, freeze: null } },
    ...{ cause: 'request', reason: 'card found' },
  },
  WalletLimitsChanged: {
    type: 'WalletLimitsChanged',
    ...{ ...ofWallet, termsVersion: 7, terms: { ...limits, freeze: null } },
  },
  VelocityRulesChanged: {
    type: 'VelocityRulesChanged',
    ...{ ...ofWallet, termsVersion: 7, terms: { ...limits, velocityRules: 2, freeze: null } },
    rules: [
      ...[
        { name: 'daily', window: 'day', direction: 'out', maxAmountMinor: 50_000n, maxCount: null } as const,
      ],
      ...[{ name: 'few', window: 'month', direction: 'in', maxAmountMinor: null, maxCount: 3 } as const],
    ],
  },
  AlertRulesChanged: {
    type: 'AlertRulesChanged',
    ...{ ...ofWallet, termsVersion: 7, terms: { ...limits, alertRules: [low, deep], freeze: null } },
  },
  WalletClosed: {
    type: 'WalletClosed',
    ...{ currency: 'EUR', balanceMinor: 0n, status: 'closed', reason: 'moved away' },
  },
  WalletDetailsChanged: {
    type: 'WalletDetailsChanged',
    ...{ ...ofWallet, detailsVersion: 7 },
    details: { metadata: { customer: 'c-17' }, labels: ['vip'] },
  },
};

/** The event as the log of tenant acme holds it, at version 7 of wallet w-1. */
export function storedOf(event: WalletEvent): StoredEvent {
  const occurredAt = new Date('2026-11-22T17:00:00.000Z');
  return { position: 4_711n, walletId: 'acme/w-1', version: 7, occurredAt, event };
}

/** A debit that made two alert rules true, of which one is about the balance. */
export const alertingEvent: WalletEvent = {
  ...eventOfEachType.WalletDebited,
  ...{ termsVersion: 3, alerts: [{ ...deep, op: 'below', amountMinor: 9_000n }, low] },
};

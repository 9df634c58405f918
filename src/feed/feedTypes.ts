// Names the types of events as programs outside hear of them. A name never changes its meaning: members are
// only added, and a break would get a name with v2 beside it. Pure.
import type { WalletEvent } from '../domain/events.ts';

/** A record, so that a new type of event does not compile until it has a name here. */
const nameOf = {
  WalletCreated: 'wallet.created.v1',
  WalletCredited: 'wallet.credited.v1',
  WalletDebited: 'wallet.debited.v1',
  TransferSent: 'transfer.sent.v1',
  TransferReceived: 'transfer.received.v1',
  HoldPlaced: 'hold.placed.v1',
  HoldCaptured: 'hold.captured.v1',
  HoldReleased: 'hold.released.v1',
  HoldAdjusted: 'hold.adjusted.v1',
  CreditReversed: 'credit.reversed.v1',
  DebitRefunded: 'debit.refunded.v1',
  TransferReturned: 'transfer.returned.v1',
  TransferReturnReceived: 'transfer.return-received.v1',
  WalletFrozen: 'wallet.frozen.v1',
  WalletUnfrozen: 'wallet.unfrozen.v1',
  WalletLimitsChanged: 'wallet.limits-changed.v1',
  VelocityRulesChanged: 'wallet.velocity-rules-changed.v1',
  WalletClosed: 'wallet.closed.v1',
  WalletDetailsChanged: 'wallet.details-changed.v1',
} as const satisfies Readonly<Record<WalletEvent['type'], string>>;

export type FeedType = (typeof nameOf)[WalletEvent['type']];

export function feedTypeOf<Type extends WalletEvent['type']>(type: Type): (typeof nameOf)[Type] {
  return nameOf[type];
}

const storedTypes = new Map(
  Object.entries(nameOf).map(([stored, name]) => [name, stored as WalletEvent['type']] as const),
);

export const feedTypes = [...storedTypes.keys()] as const;

/** The type in the log, or undefined if no event has this name. */
export function storedTypeOf(name: string): WalletEvent['type'] | undefined {
  return storedTypes.get(name as FeedType);
}

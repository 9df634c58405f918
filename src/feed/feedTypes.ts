// Names the types of events as programs outside hear of them. A name never changes its meaning: members are
// only added, and a break would get a name with v2 beside it. Pure.
import type { WalletEvent } from '../domain/events.ts';

/** The kinds of the feed, as this code names them: events of the log, and the alerts of some of them. */
export type FeedKind = WalletEvent['type'] | 'WalletAlert';

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
  AlertRulesChanged: 'wallet.alert-rules-changed.v1',
  WalletClosed: 'wallet.closed.v1',
  WalletDetailsChanged: 'wallet.details-changed.v1',
  WalletAlert: 'wallet.alert.v1',
} as const satisfies Readonly<Record<FeedKind, string>>;

export type FeedType = (typeof nameOf)[FeedKind];

export function feedTypeOf<Kind extends FeedKind>(kind: Kind): (typeof nameOf)[Kind] {
  return nameOf[kind];
}

/** The same for any text. A type that this release does not know keeps its name in the log. */
export function nameOfKind(kind: string): string {
  return Object.hasOwn(nameOf, kind) ? nameOf[kind as FeedKind] : kind;
}

const kinds = new Map(Object.entries(nameOf).map(([kind, name]) => [name, kind as FeedKind] as const));

export const feedTypes = [...kinds.keys()] as const;

/** Undefined if nothing in the feed has this name. */
export function feedKindOf(name: string): FeedKind | undefined {
  return kinds.get(name as FeedType);
}

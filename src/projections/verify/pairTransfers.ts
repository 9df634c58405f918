// Checks that the two halves of each transfer are neighbours in the log and agree. Pure. An event that can't
// be read is no half: it is parked, and named as part of its stream.
import type { StoredEvent, WalletEvent } from '../../domain/events.ts';
import type { RecordedEvent } from '../../eventStore/eventCodec.ts';
import { decodeEvents } from '../projectEvents.ts';
import type { Difference } from './differences.ts';

interface PairedPage {
  readonly after: bigint;
  /** The event at `after` is the last archived one, and may have left the log. */
  readonly isAfterArchived: boolean;
  /** No event follows the last one. */
  readonly isEnd: boolean;
}

/**
 * Transfers of which a half is missing or differs. `recorded` may begin with the event at `after`, which is
 * only the first half of the next one.
 */
export function unpairedTransfers(
  recorded: readonly RecordedEvent[],
  { after, isAfterArchived, isEnd }: PairedPage,
): readonly Difference[] {
  const { events, undecodable } = decodeEvents(recorded);
  const unread = new Set(undecodable.map(({ position }) => position));
  const byPosition = new Map(events.map((event) => [event.position, event]));
  const last = recorded.at(-1)?.position ?? after;
  return events.flatMap((event): Difference[] => {
    const { position, walletId } = event;
    const lacks = (field: string): Difference[] => [
      { where: 'transfer', walletId, position: Number(position), fields: [field] },
    ];
    if (isSecondHalf(event.event)) {
      if (position === after || unread.has(position - 1n)) return [];
      if (isAfterArchived && position === after + 1n && !byPosition.has(after)) return [];
      return isPair(byPosition.get(position - 1n), event) ? [] : lacks("sender's half");
    }
    if (!isFirstHalf(event.event) || unread.has(position + 1n)) return [];
    if (position === last) return isEnd ? lacks("receiver's half") : [];
    return isPair(event, byPosition.get(position + 1n)) ? [] : lacks("receiver's half");
  });
}

function isFirstHalf(event: WalletEvent): boolean {
  return event.type === 'TransferSent' || event.type === 'TransferReturned' || paysWallet(event);
}

function isSecondHalf({ type }: WalletEvent): boolean {
  return type === 'TransferReceived' || type === 'TransferReturnReceived';
}

/** A capture that pays a wallet is a first half, too. */
function paysWallet(event: WalletEvent): boolean {
  return event.type === 'HoldCaptured' && event.toWalletId !== undefined;
}

interface Half {
  /** The id that both halves have. */
  readonly id: string;
  readonly otherWalletId: string | undefined;
}

function halfOf(event: WalletEvent): Half | undefined {
  switch (event.type) {
    case 'TransferSent':
      return { id: event.transferId, otherWalletId: event.toWalletId };
    case 'HoldCaptured':
      return { id: event.captureId, otherWalletId: event.toWalletId };
    case 'TransferReturned':
      return { id: event.returnId, otherWalletId: event.toWalletId };
    case 'TransferReceived':
      return { id: event.transferId, otherWalletId: event.fromWalletId };
    case 'TransferReturnReceived':
      return { id: event.returnId, otherWalletId: event.fromWalletId };
    default:
      return undefined;
  }
}

function isPair(first: StoredEvent | undefined, second: StoredEvent | undefined): boolean {
  if (first === undefined || second === undefined) return false;
  if (!isFirstHalf(first.event) || !isSecondHalf(second.event)) return false;
  const [sent, received] = [halfOf(first.event), halfOf(second.event)];
  return (
    sent?.id === received?.id &&
    sent?.otherWalletId === second.walletId &&
    received?.otherWalletId === first.walletId &&
    amountIn(first.event) === amountIn(second.event) &&
    first.event.currency === second.event.currency &&
    receivedBalanceIn(first.event) === second.event.balanceMinor &&
    (first.event.type === 'TransferReturned') === (second.event.type === 'TransferReturnReceived')
  );
}

function amountIn(event: WalletEvent): bigint | undefined {
  return 'amountMinor' in event ? event.amountMinor : undefined;
}

function receivedBalanceIn(event: WalletEvent): bigint | undefined {
  return 'toBalanceMinor' in event ? event.toBalanceMinor : undefined;
}

// Checks that the two halves of each transfer are neighbours in the log and agree. Pure. An event that can't
// be read is no half: it is parked, and named as part of its stream.
import type { StoredEvent } from '../../domain/events.ts';
import type { RecordedEvent } from '../../eventStore/eventCodec.ts';
import { decodeEvents } from '../projectEvents.ts';
import type { Difference } from './differences.ts';

/**
 * Transfers of which a half is missing or differs. `recorded` may begin with the event at `after`, which is
 * only the first half of the next one. `isEnd` says that no event follows the last one.
 */
export function unpairedTransfers(
  recorded: readonly RecordedEvent[],
  after: bigint,
  isEnd: boolean,
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
    if (event.event.type === 'TransferReceived') {
      if (position === after || unread.has(position - 1n)) return [];
      return isPair(byPosition.get(position - 1n), event) ? [] : lacks("sender's half");
    }
    if (event.event.type !== 'TransferSent' || unread.has(position + 1n)) return [];
    if (position === last) return isEnd ? lacks("receiver's half") : [];
    return isPair(event, byPosition.get(position + 1n)) ? [] : lacks("receiver's half");
  });
}

function isPair(first: StoredEvent | undefined, second: StoredEvent | undefined): boolean {
  if (first?.event.type !== 'TransferSent' || second?.event.type !== 'TransferReceived') return false;
  const [sent, received] = [first.event, second.event];
  return (
    sent.transferId === received.transferId &&
    sent.toWalletId === second.walletId &&
    received.fromWalletId === first.walletId &&
    sent.amountMinor === received.amountMinor &&
    sent.currency === received.currency &&
    sent.toBalanceMinor === received.balanceMinor
  );
}

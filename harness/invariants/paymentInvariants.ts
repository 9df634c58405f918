// I13 to I17: what holds, reversals, limits, freezes and ends of wallets must never break. Each reads one
// snapshot of one round's rows, as I1 to I6 do.
import {
  effectOf,
  heldEffectOf,
  type Invariant,
  isReceivingHalf,
  isSendingHalf,
  termsIn,
} from './invariant.ts';
import type { EventTerms } from './invariant.ts';
import type { EventRow, StoreRows } from './rows.ts';

interface FoldedHold {
  amountMinor: bigint;
  capturedMinor: bigint;
  releasedMinor: bigint;
  remainingMinor: bigint;
  overMinor: bigint;
}

export const paymentInvariants: Readonly<Record<string, Invariant<StoreRows>>> = {
  'I13 held = what remains of open holds': ({ events, wallets, holds }) => {
    const held = new Map<string, bigint>();
    const wrong: string[] = [];
    for (const event of events) {
      const { walletId, version, data } = event;
      const sum = (held.get(walletId) ?? 0n) + heldEffectOf(event);
      held.set(walletId, sum);
      if (BigInt(data.heldMinor ?? 0) !== sum)
        wrong.push(`${walletId} version ${version} holds ${data.heldMinor ?? 0}, its events sum to ${sum}`);
    }
    const open = Map.groupBy(
      holds.filter(({ endedAs }) => endedAs === null),
      ({ walletId }) => walletId,
    );
    for (const { id, heldMinor, openHolds } of wallets) {
      const own = open.get(id) ?? [];
      const remaining = own.reduce((sum, { remainingMinor }) => sum + remainingMinor, 0n);
      if (heldMinor !== remaining || heldMinor !== (held.get(id) ?? 0n) || openHolds !== own.length)
        wrong.push(
          `${id} holds ${heldMinor} in ${openHolds}, open are ${own.length} with ${remaining}, events say ${held.get(id) ?? 0n}`,
        );
    }
    return wrong;
  },
  'I14 holds = fold of events, and nothing follows an end': ({ events, holds }) => {
    const { folded, wrong } = foldHolds(events);
    const rows = new Map(holds.map((row) => [`${row.walletId} ${row.holdId}`, row]));
    for (const [key, hold] of folded) {
      const { amountMinor, capturedMinor, releasedMinor, remainingMinor, overMinor } = hold;
      const row = rows.get(key);
      if (capturedMinor + releasedMinor + remainingMinor !== amountMinor + overMinor)
        wrong.push(`hold ${key} does not add up`);
      const told = row && [row.amountMinor, row.capturedMinor, row.releasedMinor, row.remainingMinor].join();
      const made = [amountMinor, capturedMinor, releasedMinor, remainingMinor].join();
      if (told !== made)
        wrong.push(`hold ${key} has the row ${told ?? 'of nothing'}, its events say ${made}`);
      if (row !== undefined && (row.endedAs === null) !== remainingMinor > 0n)
        wrong.push(`hold ${key} ended as ${row.endedAs ?? 'nothing'} with ${remainingMinor}`);
    }
    for (const key of rows.keys()) if (!folded.has(key)) wrong.push(`hold ${key} has a row and no events`);
    return wrong;
  },
  'I15 never more goes back than moved': ({ events, reversals }) => {
    const byPlace = new Map(events.map((event) => [`${event.walletId} ${event.version}`, event]));
    const sums = new Map<string, bigint>();
    const wrong: string[] = [];
    for (const event of events) {
      const reversed = originalOf(event);
      if (reversed === undefined || event.type === 'TransferReturnReceived') continue;
      const key = `${reversed.walletId} ${reversed.version}`;
      const original = byPlace.get(key);
      const sum = (sums.get(key) ?? 0n) + BigInt(event.data.amountMinor ?? 0);
      sums.set(key, sum);
      const place = `${event.type} of ${event.walletId} version ${event.version}`;
      if (original === undefined || !mayReverse(event, original)) wrong.push(`${place} reverses ${key}`);
      else if (sum > BigInt(original.data.amountMinor ?? 0)) wrong.push(`${place} makes ${sum} of ${key}`);
      if (event.data.reversedMinor !== String(sum)) wrong.push(`${place} tells another sum than ${sum}`);
    }
    for (const { walletId, version, amountMinor, reversedMinor } of reversals) {
      const key = `${walletId} ${version}`;
      const sum = sums.get(key) ?? 0n;
      sums.delete(key);
      if (sum !== reversedMinor || byPlace.get(key)?.data.amountMinor !== String(amountMinor))
        wrong.push(`the row of ${key} has ${reversedMinor} of ${amountMinor} reversed, events say ${sum}`);
    }
    return [...wrong, ...[...sums.keys()].map((key) => `${key} was reversed and has no row`)];
  },
  'I16 a closed wallet is empty, and nothing follows': ({ events, wallets, holds }) => {
    const closed = new Set<string>();
    const wrong: string[] = [];
    for (const { type, walletId, version } of events) {
      if (closed.has(walletId)) wrong.push(`${walletId} version ${version} is ${type} after the end`);
      if (type === 'WalletClosed') closed.add(walletId);
    }
    for (const { id, status, balanceMinor, heldMinor } of wallets) {
      if ((status === 'closed') !== closed.has(id))
        wrong.push(`${id} is ${status}, its events say otherwise`);
      if (status === 'closed' && (balanceMinor !== 0n || heldMinor !== 0n))
        wrong.push(`${id} is closed with ${balanceMinor}, held ${heldMinor}`);
    }
    for (const { walletId, holdId, endedAs } of holds)
      if (endedAs === null && closed.has(walletId))
        wrong.push(`${walletId} is closed with hold ${holdId} open`);
    return wrong;
  },
  'I17 a freeze stops what it forbids': ({ events, wallets }) => {
    const freezes = new Map<string, EventTerms['freeze']>();
    const wrong: string[] = [];
    for (const event of events) {
      const { walletId, version, type } = event;
      const freeze = freezes.get(walletId);
      if (freeze !== undefined && isForbidden(event, freeze))
        wrong.push(`${walletId} version ${version} is ${type} while ${freeze.scope} are frozen`);
      const terms = termsIn(event);
      if (terms !== undefined) freezes.set(walletId, terms.freeze);
    }
    for (const { id, status } of wallets)
      if (status !== 'closed' && (status === 'frozen') !== (freezes.get(id) !== undefined))
        wrong.push(`${id} is ${status}, its events say otherwise`);
    return wrong;
  },
};

function foldHolds(events: readonly EventRow[]): { folded: Map<string, FoldedHold>; wrong: string[] } {
  const folded = new Map<string, FoldedHold>();
  const wrong: string[] = [];
  for (const event of events) {
    const { type, walletId, version, data } = event;
    if (!type.startsWith('Hold')) continue;
    const key = `${walletId} ${data.holdId ?? ''}`;
    const minor = (name: string) => BigInt(data[name] ?? 0);
    const before = folded.get(key);
    if ((before === undefined) !== (type === 'HoldPlaced'))
      wrong.push(`${type} of hold ${key} at version ${version} is out of place`);
    if (before?.remainingMinor === 0n)
      wrong.push(`${type} of hold ${key} at version ${version} follows its end`);
    const hold = before ?? emptyHold();
    hold.remainingMinor += heldEffectOf(event);
    if (type === 'HoldPlaced') hold.amountMinor += minor('amountMinor');
    if (type === 'HoldAdjusted') hold.amountMinor += minor('changeMinor');
    if (type === 'HoldCaptured') {
      hold.capturedMinor += minor('amountMinor');
      hold.releasedMinor += minor('releasedMinor');
      hold.overMinor += minor('overMinor');
    }
    if (type === 'HoldReleased') hold.releasedMinor += minor('amountMinor');
    if (hold.remainingMinor < 0n)
      wrong.push(`hold ${key} keeps ${hold.remainingMinor} at version ${version}`);
    folded.set(key, hold);
  }
  return { folded, wrong };
}

function emptyHold(): FoldedHold {
  return { amountMinor: 0n, capturedMinor: 0n, releasedMinor: 0n, remainingMinor: 0n, overMinor: 0n };
}

function originalOf({ data }: EventRow): { readonly walletId: string; readonly version: number } | undefined {
  return data.original as unknown as { readonly walletId: string; readonly version: number } | undefined;
}

/** Whether the event gives back what the original moved: same currency and wallets, opposite direction. */
function mayReverse(event: EventRow, original: EventRow): boolean {
  if (event.data.currency !== original.data.currency || event.position <= original.position) return false;
  if (event.type === 'TransferReturned')
    return (
      isSendingHalf(original) &&
      original.type !== 'TransferReturned' &&
      original.data.toWalletId === event.walletId &&
      event.data.toWalletId === original.walletId
    );
  if (event.walletId !== original.walletId) return false;
  return event.type === 'CreditReversed'
    ? original.type === 'WalletCredited'
    : original.type === 'WalletDebited' || (original.type === 'HoldCaptured' && !isSendingHalf(original));
}

/** Money must not leave a wallet that is frozen for debits, nor reach one that is frozen for credits. */
function isForbidden(event: EventRow, { scope, holds }: NonNullable<EventTerms['freeze']>): boolean {
  if (event.type === 'HoldCaptured') return holds === 'block';
  const isGain = effectOf(event) > 0n || isReceivingHalf(event);
  const isLoss = effectOf(event) < 0n || heldEffectOf(event) > 0n;
  return (isGain && scope !== 'debits') || (isLoss && scope !== 'credits');
}

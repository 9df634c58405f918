// The invariants that must hold in the event store at any moment. Each reads one snapshot of a round's rows.
// I1 to I6 are here, and I13 to I17 in paymentInvariants.ts.
import {
  difference,
  effectOf,
  heldEffectOf,
  type Invariant,
  isReceivingHalf,
  isSendingHalf,
  repeated,
  termsIn,
} from './invariant.ts';
import { paymentInvariants } from './paymentInvariants.ts';
import type { EventRow, StoreRows, WalletRow } from './rows.ts';

export const storeInvariants: Readonly<Record<string, Invariant<StoreRows>>> = {
  'I1 balance = sum of events': ({ events, wallets }) => {
    const sums = new Map<string, bigint>();
    const wrong: string[] = [];
    for (const event of events) {
      const { walletId, version, data } = event;
      const sum = (sums.get(walletId) ?? 0n) + effectOf(event);
      sums.set(walletId, sum);
      if (BigInt(data.balanceMinor ?? -1) !== sum)
        wrong.push(
          `${walletId} version ${version} says ${data.balanceMinor ?? 'nothing'}, its events sum to ${sum}`,
        );
    }
    for (const { id, balanceMinor } of wallets)
      if (sums.get(id) !== balanceMinor)
        wrong.push(`${id} holds ${balanceMinor}, its events sum to ${sums.get(id) ?? 0n}`);
    return [...wrong, ...rowsUnlikeEvents(events, wallets)];
  },
  'I2 never below the minimum': ({ events, wallets }) => {
    const free = new Map<string, bigint>();
    const minimums = new Map<string, bigint>();
    const wrong: string[] = [];
    for (const event of events) {
      const { walletId, version } = event;
      const change = effectOf(event) - heldEffectOf(event);
      const left = (free.get(walletId) ?? 0n) + change;
      free.set(walletId, left);
      const terms = termsIn(event);
      if (terms !== undefined) minimums.set(walletId, BigInt(terms.minimum ?? 0));
      const minimum = minimums.get(walletId) ?? 0n;
      if (left < minimum && (change < 0n || terms !== undefined))
        wrong.push(
          `${walletId} has ${left} beside its holds at version ${version}, its minimum is ${minimum}`,
        );
    }
    for (const { id, balanceMinor, heldMinor, minimumMinor } of wallets) {
      if (balanceMinor - heldMinor < minimumMinor)
        wrong.push(`${id} has ${balanceMinor}, held ${heldMinor}, and its minimum is ${minimumMinor}`);
      if (minimumMinor !== (minimums.get(id) ?? 0n)) wrong.push(`${id} has another minimum than its events`);
    }
    return wrong;
  },
  'I3 versions 1..n, positions without gaps': ({ from, head, events, wallets }) => {
    const versions = new Map<string, number>();
    const wrong: string[] = [];
    for (const [index, { position, walletId, version }] of events.entries()) {
      const expected = (versions.get(walletId) ?? 0) + 1;
      if (version !== expected) wrong.push(`${walletId} has version ${version} where ${expected} should be`);
      versions.set(walletId, version);
      if (position !== from + index + 1)
        wrong.push(`position ${position} where ${from + index + 1} should be`);
    }
    if (head !== from + events.length)
      wrong.push(`the head is ${head}, the last position ${from + events.length}`);
    for (const { id, version } of wallets)
      if (versions.get(id) !== version)
        wrong.push(`${id} has version ${version}, its last event ${versions.get(id) ?? 0}`);
    const without = versions.size - wallets.length;
    return without === 0 ? wrong : [...wrong, `${without} wallets have events and no row`];
  },
  'I4 total conserved': ({ events, wallets }) => {
    const totals = new Map<string, bigint>();
    const add = (currency: string, minor: bigint) =>
      totals.set(currency, (totals.get(currency) ?? 0n) + minor);
    for (const event of events)
      if (!isSendingHalf(event) && !isReceivingHalf(event)) add(event.data.currency ?? '', effectOf(event));
    for (const { currency, balanceMinor } of wallets) add(currency, -balanceMinor);
    return [...totals]
      .filter(([, minor]) => minor !== 0n)
      .map(([currency, minor]) => `${minor} minor units of ${currency} came in and are nowhere`);
  },
  'I5 two events a transfer': ({ events }) => {
    const transfers = Map.groupBy(
      events.filter((event) => isSendingHalf(event) || isReceivingHalf(event)),
      ({ data }) => data.transferId ?? data.returnId ?? data.captureId ?? '',
    );
    return [...transfers]
      .filter(([, legs]) => !isWhole(legs))
      .map(([id, legs]) => `transfer ${id} is ${inWords(legs)}`);
  },
  'I6 events = outbox, commands = records': ({ events, outbox, answers }) => {
    const positions = events.map(({ position }) => position);
    const commands = events.map(({ commandId }) => commandId);
    const accepted = answers.filter(({ status }) => status < 400);
    const records = accepted.map(({ commandId }) => commandId);
    // A command that asks for what is so already has a record and no event.
    const effective = accepted
      .filter(({ isNothing }) => isNothing !== true)
      .map(({ commandId }) => commandId);
    return [
      ...difference('event without outbox row', positions, outbox),
      ...difference('outbox row without event', outbox, positions),
      ...repeated('outbox row', outbox),
      ...difference('command without record', commands, records),
      ...difference('record without event', effective, commands),
      // Each generation of records has a primary key of its own.
      ...repeated(
        'record of command',
        answers.map(({ commandId }) => commandId),
      ),
      ...repeated(
        'key',
        answers.flatMap(({ key }) => key ?? []),
      ),
    ];
  },
  ...paymentInvariants,
};

/**
 * Finds rows whose owner, currency or times differ from the wallet's first and last event. I8 relies on the
 * rows.
 */
function rowsUnlikeEvents(events: readonly EventRow[], wallets: readonly WalletRow[]): readonly string[] {
  const firsts = new Map(
    events.filter(({ version }) => version === 1).map((event) => [event.walletId, event]),
  );
  const lasts = new Map(events.map((event) => [event.walletId, event]));
  return wallets.flatMap(({ id, ownerId, currency, createdAt, updatedAt }) => {
    const [first, last] = [firsts.get(id), lasts.get(id)];
    const held = [ownerId, currency, createdAt, updatedAt].join(' ');
    const { data, occurredAt } = first ?? {};
    const told = [data?.ownerId, data?.currency, occurredAt, last?.occurredAt].join(' ');
    return held === told ? [] : [`the row of ${id} has ${held}, its events say ${told}`];
  });
}

function isWhole(legs: readonly EventRow[]): boolean {
  const [sent, received] = legs;
  return (
    legs.length === 2 &&
    sent !== undefined &&
    received !== undefined &&
    isSendingHalf(sent) &&
    received.type === (sent.type === 'TransferReturned' ? 'TransferReturnReceived' : 'TransferReceived') &&
    sent.walletId !== received.walletId &&
    sent.data.amountMinor === received.data.amountMinor &&
    sent.data.currency === received.data.currency &&
    sent.commandId === received.commandId &&
    received.position === sent.position + 1
  );
}

function inWords(legs: readonly EventRow[]): string {
  return legs
    .map(
      ({ type, walletId, data, position }) =>
        `${type} of ${data.amountMinor ?? '?'} for ${walletId} at ${position}`,
    )
    .join(' and ');
}

// I1 to I6: must hold in the event store at any moment. I1 to I6 read one snapshot of one round's rows.
import { difference, effectOf, type Invariant, repeated } from './invariant.ts';
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
  'I2 never negative': ({ events, wallets }) => {
    const sums = new Map<string, bigint>();
    const wrong: string[] = [];
    for (const event of events) {
      const sum = (sums.get(event.walletId) ?? 0n) + effectOf(event);
      sums.set(event.walletId, sum);
      if (sum < 0n) wrong.push(`${event.walletId} holds ${sum} at version ${event.version}`);
    }
    return [
      ...wrong,
      ...wallets.filter(({ balanceMinor }) => balanceMinor < 0n).map(({ id }) => `${id} is negative`),
    ];
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
      if (!event.type.startsWith('Transfer')) add(event.data.currency ?? '', effectOf(event));
    for (const { currency, balanceMinor } of wallets) add(currency, -balanceMinor);
    return [...totals]
      .filter(([, minor]) => minor !== 0n)
      .map(([currency, minor]) => `${minor} minor units of ${currency} came in and are nowhere`);
  },
  'I5 two events a transfer': ({ events }) => {
    const transfers = Map.groupBy(
      events.filter(({ type }) => type.startsWith('Transfer')),
      ({ data }) => data.transferId ?? '',
    );
    return [...transfers]
      .filter(([, legs]) => !isWhole(legs))
      .map(([id, legs]) => `transfer ${id} is ${inWords(legs)}`);
  },
  'I6 events = outbox, commands = records': ({ events, outbox, answers }) => {
    const positions = events.map(({ position }) => position);
    const commands = events.map(({ commandId }) => commandId);
    const records = answers.filter(({ status }) => status < 400).map(({ commandId }) => commandId);
    return [
      ...difference('event without outbox row', positions, outbox),
      ...difference('outbox row without event', outbox, positions),
      ...repeated('outbox row', outbox),
      ...difference('command without record', commands, records),
      ...difference('record without event', records, commands),
      ...repeated(
        'key',
        answers.flatMap(({ key }) => key ?? []),
      ),
    ];
  },
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
    sent?.type === 'TransferSent' &&
    received?.type === 'TransferReceived' &&
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

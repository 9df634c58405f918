// What has to hold whatever happens, as pure functions over rows: I1 to I6 of the event store at any moment, I7 and I8
// of ledger and read model after quiet. Each gives a sentence for everything that it finds wrong. (I9 and I10 are the
// checker's; there is no hash chain to check, which would be I11; I12 compares two checksums of `checksumOf`.)
import { createHash } from 'node:crypto';
import type { EventRow } from '../../test/faults/history/recorded.ts';
import type { DocumentRow, EntryRow, StoreRows, WalletRow } from './rows.ts';

type Invariant<Rows> = (rows: Rows) => readonly string[];

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

export interface ProjectedRows extends StoreRows {
  readonly entries: readonly EntryRow[];
  readonly documents: readonly DocumentRow[];
}

export const projectionInvariants: Readonly<Record<string, Invariant<ProjectedRows>>> = {
  'I7 ledger balanced and equal': ({ events, entries, wallets }) => {
    const wrong: string[] = [];
    const balances = new Map<string, bigint>();
    for (const { account, direction, amountMinor } of entries)
      balances.set(
        account,
        (balances.get(account) ?? 0n) + (direction === 'credit' ? amountMinor : -amountMinor),
      );
    const booked = Map.groupBy(entries, ({ position }) => position);
    for (const [position, legs] of booked) {
      const sum = legs.reduce(
        (total, { direction, amountMinor }) => total + (direction === 'debit' ? amountMinor : -amountMinor),
        0n,
      );
      const isOneCurrency = new Set(legs.map(({ currency }) => currency)).size === 1;
      if (legs.length !== 2 || sum !== 0n || !isOneCurrency)
        wrong.push(`position ${position} has ${legs.length} legs that sum to ${sum}`);
    }
    const moving = events.filter((event) => event.type !== 'TransferReceived' && effectOf(event) !== 0n);
    const positions = moving.map(({ position }) => position);
    wrong.push(...difference('event without entries', positions, [...booked.keys()]));
    wrong.push(...difference('entries without event', [...booked.keys()], positions));
    for (const { id, balanceMinor } of wallets) {
      const balance = balances.get(`wallet:${id}`) ?? 0n;
      if (balance !== balanceMinor)
        wrong.push(`the ledger has ${balance} for ${id}, which holds ${balanceMinor}`);
    }
    return wrong;
  },
  'I8 documents = fold of events': ({ wallets, documents }) => {
    const rows = new Map(wallets.map((wallet) => [wallet.id, wallet]));
    const shown = new Set(documents.map(({ id }) => id));
    return [
      ...documents.flatMap(({ externalVersion, ...document }) => {
        const row = rows.get(document.id);
        if (row === undefined) return [`${document.id} has a document and no events`];
        if (externalVersion !== row.version)
          return [`${document.id} has external version ${externalVersion}`];
        return canonical(document) === canonical(row)
          ? []
          : [`${document.id} is shown as ${canonical(document)} instead of ${canonical(row)}`];
      }),
      ...wallets.filter(({ id }) => !shown.has(id)).map(({ id }) => `${id} has no document`),
    ];
  },
};

/** Rows whose owner, currency or times are not those of the wallet's first and last event: I8 goes by the rows. */
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

/** Everything that a set of invariants finds, under its name. */
export function violations<Rows>(
  invariants: Readonly<Record<string, Invariant<Rows>>>,
  rows: Rows,
): readonly string[] {
  return Object.entries(invariants).flatMap(([name, find]) => find(rows).map((wrong) => `${name}: ${wrong}`));
}

/** The same for the same documents in any order: the sum of their hashes, modulo 2^128. */
export function checksumOf(documents: readonly DocumentRow[]): string {
  const sum = documents.reduce((total, { externalVersion, ...document }) => {
    const hash = createHash('sha256')
      .update(`${externalVersion} ${canonical(document)}`)
      .digest('hex');
    return (total + BigInt(`0x${hash.slice(0, 32)}`)) % 2n ** 128n;
  }, 0n);
  return sum.toString(16).padStart(32, '0');
}

function canonical({
  id,
  ownerId,
  currency,
  balanceMinor,
  version,
  createdAt,
  updatedAt,
}: WalletRow): string {
  return [id, ownerId, currency, balanceMinor, version, createdAt, updatedAt].join(' ');
}

/** What an event adds to its wallet. */
function effectOf({ type, data }: EventRow): bigint {
  if (type === 'WalletCreated') return BigInt(data.balanceMinor ?? 0);
  const amount = BigInt(data.amountMinor ?? 0);
  return type === 'WalletCredited' || type === 'TransferReceived' ? amount : -amount;
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

function difference<T extends string | number>(
  what: string,
  some: readonly T[],
  others: readonly T[],
): string[] {
  const known = new Set(others);
  return [...new Set(some)].filter((one) => !known.has(one)).map((one) => `${what}: ${one}`);
}

function repeated(what: string, all: readonly (string | number)[]): string[] {
  const seen = new Set<string | number>();
  return all.flatMap((one) => {
    if (seen.has(one)) return [`${what} ${one} twice`];
    seen.add(one);
    return [];
  });
}

// I7, I8 and I18: must hold in ledger and read model once the projections have caught up. I9 and I10 belong
// to the checker of histories. I11 would be a hash chain, which this service does not have. I12 compares two
// checksums of `checksumOf`.
import { createHash } from 'node:crypto';
import { difference, effectOf, heldEffectOf, type Invariant, isReceivingHalf } from './invariant.ts';
import type { DocumentRow, EntryRow, PendingRow, StoreRows, WalletRow } from './rows.ts';

export interface ProjectedRows extends StoreRows {
  readonly entries: readonly EntryRow[];
  readonly pending: readonly PendingRow[];
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
    const moving = events.filter((event) => !isReceivingHalf(event) && effectOf(event) !== 0n);
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
  'I18 pending layer = held': ({ events, wallets, pending }) => {
    const held = new Map<string, bigint>();
    const wrong: string[] = [];
    for (const { position, walletId, changeMinor, heldAfterMinor } of pending) {
      const sum = (held.get(walletId) ?? 0n) + changeMinor;
      held.set(walletId, sum);
      if (heldAfterMinor !== sum)
        wrong.push(
          `the pending layer tells ${heldAfterMinor ?? 'nothing'} of ${walletId} at ${position}, not ${sum}`,
        );
    }
    const positions = events.filter((event) => heldEffectOf(event) !== 0n).map(({ position }) => position);
    const booked = pending.map(({ position }) => position);
    wrong.push(...difference('event without pending posting', positions, booked));
    wrong.push(...difference('pending posting without event', booked, positions));
    for (const { id, heldMinor } of wallets)
      if ((held.get(id) ?? 0n) !== heldMinor)
        wrong.push(`the pending layer has ${held.get(id) ?? 0n} of ${id}, which holds ${heldMinor}`);
    return wrong;
  },
};

/** Equal for equal documents in any order: the sum of their hashes, modulo 2^128. */
export function checksumOf(documents: readonly DocumentRow[]): string {
  const sum = documents.reduce((total, { externalVersion, ...document }) => {
    const hash = createHash('sha256')
      .update(`${externalVersion} ${canonical(document)}`)
      .digest('hex');
    return (total + BigInt(`0x${hash.slice(0, 32)}`)) % 2n ** 128n;
  }, 0n);
  return sum.toString(16).padStart(32, '0');
}

function canonical(row: WalletRow): string {
  const { id, ownerId, currency, balanceMinor, version, createdAt, updatedAt } = row;
  const { heldMinor, minimumMinor, status, terms, details } = row;
  const state = [heldMinor, minimumMinor, status, terms, details];
  return [id, ownerId, currency, balanceMinor, version, createdAt, updatedAt, ...state].join(' ');
}

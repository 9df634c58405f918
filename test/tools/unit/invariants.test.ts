// Gives each invariant rows that break it and nothing else, so that none can pass by finding nothing.
import { describe, expect, it } from 'vitest';
import { violations } from '../../../harness/invariants/invariant.ts';
import {
  checksumOf,
  projectionInvariants,
  type ProjectedRows,
} from '../../../harness/invariants/projectionInvariants.ts';
import { storeInvariants } from '../../../harness/invariants/storeInvariants.ts';
import type { EventRow } from '../../faults/history/recorded.ts';
import type { EntryRow } from '../../../harness/invariants/rows.ts';
import { recordOf } from '../../unit/histories/recordOf.ts';
import { paymentRows } from './paymentRows.ts';

const create = (walletId: string) =>
  ({ kind: 'create', walletId, ownerId: 'o', currency: 'USD', initialBalance: '100' }) as const;
const { events, answers } = recordOf([
  { request: create('a') },
  { request: create('b') },
  { request: { kind: 'credit', walletId: 'a', amount: '7', description: '' }, key: 'k' },
  { request: { kind: 'transfer', walletId: 'a', toWalletId: 'b', amount: '5', description: '' } },
  { request: { kind: 'debit', walletId: 'b', amount: '6', description: '' } },
]);

const lastOf = (id: string) => events.findLast(({ walletId }) => walletId === id) as EventRow;
const wallets = ['a', 'b'].map((id) => {
  const { version, data, occurredAt: updatedAt } = lastOf(id);
  const createdAt = events.find(({ walletId }) => walletId === id)?.occurredAt ?? '';
  return {
    id,
    ownerId: 'o',
    currency: 'USD',
    balanceMinor: BigInt(data.balanceMinor ?? 0),
    version,
    createdAt,
    updatedAt,
    ...{ heldMinor: 0n, minimumMinor: 0n, status: 'active', terms: '{}', details: '{}', openHolds: 0 },
  };
});

function entry(position: number, leg: number, account: string, amountMinor: bigint): EntryRow {
  const direction = leg === 1 ? 'debit' : 'credit';
  return { position, leg, account, direction, amountMinor, currency: 'USD', balanceAfterMinor: null };
}
const whole: ProjectedRows = {
  ...{ from: 0, head: events.length, events, wallets, answers, holds: [], reversals: [], pending: [] },
  outbox: events.map(({ position }) => position),
  documents: wallets.map((wallet) => ({ ...wallet, externalVersion: wallet.version })),
  entries: [
    ...[entry(1, 1, 'settlement:USD', 10_000n), entry(1, 2, 'wallet:a', 10_000n)],
    ...[entry(2, 1, 'settlement:USD', 10_000n), entry(2, 2, 'wallet:b', 10_000n)],
    ...[entry(3, 1, 'settlement:USD', 700n), entry(3, 2, 'wallet:a', 700n)],
    ...[entry(4, 1, 'wallet:a', 500n), entry(4, 2, 'wallet:b', 500n)],
    ...[entry(6, 1, 'wallet:b', 600n), entry(6, 2, 'settlement:USD', 600n)],
  ],
};

const changed = (position: number, change: Partial<EventRow>) => ({
  events: events.map((event) => (event.position === position ? { ...event, ...change } : event)),
});
const withData = (position: number, more: Readonly<Record<string, string>>) =>
  changed(position, { data: { ...(events[position - 1] as EventRow).data, ...more } });
const withWallet = (id: string, change: Partial<(typeof wallets)[number]>) => ({
  wallets: wallets.map((wallet) => (wallet.id === id ? { ...wallet, ...change } : wallet)),
});
const withDocument = (change: Partial<ProjectedRows['documents'][number]>) => ({
  documents: whole.documents.map((document) => (document.id === 'a' ? { ...document, ...change } : document)),
});

/** By the invariant's number. */
const broken: Readonly<Record<string, readonly (readonly [string, Partial<ProjectedRows>])[]>> = {
  I1: [
    ["a wallet's row with another balance", withWallet('a', { balanceMinor: 1n })],
    ['an event with another balance', withData(3, { balanceMinor: '1' })],
    ["a wallet's row with another owner", withWallet('a', { ownerId: 'somebody' })],
    ["a wallet's row with another currency than its events", withData(1, { currency: 'EUR' })],
    ["a wallet's row from another time", withWallet('a', { createdAt: '2020-01-01T00:00:00.000Z' })],
    [
      "a wallet's row that was changed at another time",
      withWallet('b', { updatedAt: '2020-01-01T00:00:00.000Z' }),
    ],
  ],
  I2: [
    ['an event that takes more than there is', withData(6, { amountMinor: '99999999' })],
    ['a negative row', withWallet('a', { balanceMinor: -1n })],
  ],
  I3: [
    ['a gap in the versions', changed(3, { version: 3 })],
    ['a gap in the positions', changed(6, { position: 9 })],
    ['a row of another version', withWallet('b', { version: 2 })],
    ['a head that ran ahead', { head: 7 }],
    ['a wallet without a row', { wallets: wallets.slice(1) }],
  ],
  I4: [
    ['money that came in and is nowhere', withData(3, { amountMinor: '800' })],
    ['a wallet that lost some', withWallet('b', { balanceMinor: 9_899n })],
  ],
  I5: [
    ['half a transfer', { events: events.filter(({ position }) => position !== 5) }],
    ['two halves of different amounts', withData(5, { amountMinor: '499' })],
    ['both halves in one wallet', changed(5, { walletId: 'a' })],
    ['two halves of two commands', changed(5, { commandId: 'another' })],
  ],
  I6: [
    ['an event without an outbox row', { outbox: whole.outbox.slice(1) }],
    ['an outbox row without an event', { outbox: [...whole.outbox, 99] }],
    ['an outbox row twice', { outbox: [...whole.outbox, 1] }],
    ['a command without a record', { answers: answers.slice(1) }],
    [
      'a record without an event',
      { answers: [...answers, { commandId: 'x', key: null, status: 200, body: '' }] },
    ],
    [
      'a key twice',
      {
        answers: [
          ...answers,
          { ...(answers[2] as (typeof answers)[number]), commandId: 'other', isNothing: true },
        ],
      },
    ],
    ['a record of one command in two generations', { answers: [...answers, ...answers.slice(0, 1)] }],
  ],
  I7: [
    ['a missing leg', { entries: whole.entries.slice(1) }],
    ['legs that do not balance', { entries: [entry(1, 1, 'settlement:USD', 9n), ...whole.entries.slice(1)] }],
    ['an event that was booked twice', { entries: [...whole.entries, ...whole.entries.slice(0, 2)] }],
    ['an event that was not booked', { entries: whole.entries.slice(2) }],
    ['entries without an event', { entries: [...whole.entries, entry(7, 1, 'x', 1n), entry(7, 2, 'y', 1n)] }],
    [
      'the right sums on the wrong account',
      {
        entries: [
          ...whole.entries.slice(0, -2),
          entry(6, 1, 'wallet:a', 600n),
          entry(6, 2, 'settlement:USD', 600n),
        ],
      },
    ],
  ],
  I8: [
    ['a document that lags after quiet', withDocument({ version: 2 })],
    ['a document with another balance', withDocument({ balanceMinor: 1n })],
    ['a document under another version', withDocument({ externalVersion: 9 })],
    [
      'a document too many',
      {
        documents: [
          ...whole.documents,
          { ...wallets[0], id: 'ghost', externalVersion: 1 } as ProjectedRows['documents'][number],
        ],
      },
    ],
    ['a document too few', { documents: whole.documents.slice(1) }],
  ],
};

/** A wallet with a hold, a refund, a credit line, a freeze and an end of another one. */
const payments = paymentRows();
/** By the invariant's number: what breaks it in `payments`. */
const brokenPayments: Readonly<Record<string, readonly (readonly [string, Partial<ProjectedRows>])[]>> = {
  I2: [
    ['less than the minimum', payments.withData(2, { amountMinor: '15001' })],
    ['a row below its minimum', payments.withWallet('a', { minimumMinor: 9_999n })],
  ],
  I5: [['a capture whose receiver got nothing', payments.without(6)]],
  I13: [
    ['an event that tells another held part', payments.withData(4, { heldMinor: '1' })],
    ['a row that holds more than its open holds', payments.withWallet('a', { heldMinor: 1n })],
    ['a row that counts another number of holds', payments.withWallet('a', { openHolds: 2 })],
    ['an open hold that no wallet holds', payments.withHold('h', { endedAs: null, remainingMinor: 5n })],
  ],
  I14: [
    ['a hold with another amount captured', payments.withHold('h', { capturedMinor: 1n })],
    ['an end with a rest', payments.withHold('open', { endedAs: 'voided' })],
    ['a release after the end', payments.withEvent(7, { type: 'HoldReleased', data: { holdId: 'h' } })],
    ['a capture of a hold that nobody placed', payments.withData(5, { holdId: 'ghost' })],
    ['a hold without its row', { ...payments.rows, holds: [] }],
    ['a row without its events', payments.withHold('h', { holdId: 'ghost' })],
  ],
  I15: [
    ['more that goes back than moved', payments.withData(2, { amountMinor: '100' })],
    ['an original that does not exist', payments.withData(7, { original: { walletId: 'a', version: 99 } })],
    ['an original of another wallet', payments.withData(7, { original: { walletId: 'b', version: 1 } })],
    ['an original of another currency', payments.withData(2, { currency: 'EUR' })],
    ['a sum that is told wrong', payments.withData(7, { reversedMinor: '1' })],
    ['a row with another sum', payments.withReversal({ reversedMinor: 1n })],
    ['a reversal without its row', { ...payments.rows, reversals: [] }],
  ],
  I16: [
    ['a closed wallet with money', payments.withWallet('b', { status: 'closed' })],
    ['an event after the end', payments.withEvent(8, { type: 'WalletClosed' })],
    ['a closed wallet that is said to be active', payments.withWallet('c', { status: 'active' })],
  ],
  I17: [
    ['a credit while credits are frozen', payments.withEvent(11, { type: 'WalletCredited' })],
    [
      'a debit while debits are frozen',
      payments.withTerms(9, { scope: 'all', holds: 'honor' }, 11, 'WalletDebited'),
    ],
    [
      'a capture of blocked holds',
      payments.withTerms(9, { scope: 'credits', holds: 'block' }, 11, 'HoldCaptured'),
    ],
    ['a frozen wallet that is said to be active', payments.withWallet('b', { status: 'active' })],
  ],
  I18: [
    ['a hold that was not booked', { ...payments.rows, pending: payments.rows.pending.slice(1) }],
    [
      'a posting that no event made',
      payments.withPending({ position: 1, walletId: 'b', changeMinor: 1n, heldAfterMinor: 1n }),
    ],
    [
      'a posting with another sum after it',
      payments.withPending({ position: 4, walletId: 'a', changeMinor: 0n, heldAfterMinor: 9n }),
    ],
  ],
};

const invariants = { ...storeInvariants, ...projectionInvariants } as typeof projectionInvariants;

it('find nothing in whole rows', () => {
  expect(violations(invariants, whole)).toEqual([]);
  expect(violations(storeInvariants, payments.rows)).toEqual([]);
  const { 'I18 pending layer = held': pendingIsHeld } = projectionInvariants;
  expect(pendingIsHeld?.(payments.rows)).toEqual([]);
});

describe.each(Object.keys(invariants))('%s', (name) => {
  const number = name.split(' ')[0] ?? '';
  it.each(broken[number] ?? [])('finds %s', (_, damage) => {
    expect(invariants[name]?.({ ...whole, ...damage })).not.toEqual([]);
  });

  it.each(brokenPayments[number] ?? [])('finds %s, among holds and refunds', (_, damage) => {
    expect(invariants[name]?.({ ...payments.rows, ...damage })).not.toEqual([]);
  });

  it('has rows that break it', () => {
    expect([...(broken[number] ?? []), ...(brokenPayments[number] ?? [])]).not.toEqual([]);
  });
});

describe('I12, the checksum of documents', () => {
  it('is the same in any order', () => {
    expect(checksumOf(whole.documents.toReversed())).toBe(checksumOf(whole.documents));
  });

  it.each(Object.entries({ balanceMinor: 1n, version: 9, externalVersion: 9, ownerId: 'x', updatedAt: 'x' }))(
    'is another one where %s differs',
    (field, value) => {
      expect(checksumOf(withDocument({ [field]: value }).documents)).not.toBe(checksumOf(whole.documents));
    },
  );
});

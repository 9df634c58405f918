// The sums of what ended are stored for ever, so the texts that they are made of may never change.
import { expect, it } from 'vitest';
import type { Hold } from '../../../src/domain/hold.ts';
import type { Reversal } from '../../../src/domain/reversal.ts';
import {
  addHolds,
  addReversals,
  noneEnded,
  readEnded,
  writeEnded,
} from '../../../src/eventStore/endedRows.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, second));

const hold: Hold = {
  ...{ walletId: 'acme/a', holdId: 'hold-1', currency: 'EUR', toWalletId: 'acme/b', description: 'a ride' },
  ...{ amountMinor: 1_000n, capturedMinor: 300n, releasedMinor: 700n, remainingMinor: 0n },
  ...{ createdAt: at(1), expiresAt: at(50), endedAt: at(9), endedAs: 'captured' },
  metadata: { order: '7', city: 'Bern' },
  captures: [{ captureId: 'capture-1', amountMinor: 300n, version: 4, at: at(9) }],
};
const reversal: Reversal = {
  ...{ walletId: 'acme/a', version: 2, amountMinor: 500n, reversedMinor: 500n },
  reversedBy: [{ walletId: 'acme/a', version: 5, amountMinor: 500n, at: at(10) }],
};

it('the sums of a hold and of a reversal are those that are stored', () => {
  const stored = writeEnded({
    holds: addHolds(noneEnded.holds, [hold]),
    reversals: addReversals(noneEnded.reversals, [reversal]),
  });
  expect(stored).toEqual({
    holds: [1, 'bc3e22328887fa5ed30941acc4ef60eddf4001b731c253edb6a1aa812ded5bc7'],
    reversals: [1, '9fa9b0caeb366d6d829d14c3a917d47c1bb4a3c43a50e28f1917d10c626d83e8'],
  });
});

it('a sum is the same in any order, and for metadata in any order', () => {
  const other: Hold = { ...hold, holdId: 'hold-2', metadata: { city: 'Bern', order: '7' } };
  const twice = addHolds(addHolds(noneEnded.holds, [other]), [hold]);
  const same = { ...other, metadata: { order: '7', city: 'Bern' } };
  expect(addHolds(noneEnded.holds, [hold, same])).toEqual(twice);
});

it.each<[string, Partial<Hold>]>([
  ['wallet', { walletId: 'acme/c' }],
  ['id', { holdId: 'hold-2' }],
  ['currency', { currency: 'CHF' }],
  ['payee', { toWalletId: null }],
  ['description', { description: '' }],
  ['amount', { amountMinor: 1_001n }],
  ['captured amount', { capturedMinor: 301n }],
  ['released amount', { releasedMinor: 701n }],
  ['beginning', { createdAt: at(2) }],
  ['expiry', { expiresAt: at(51) }],
  ['end', { endedAt: at(8) }],
  ['kind of end', { endedAs: 'voided' }],
  ['metadata', { metadata: {} }],
  ['captures', { captures: [] }],
])('another %s of a hold gives another sum', (_, changed) => {
  const of = (one: Hold) => addHolds(noneEnded.holds, [one]);
  expect(of({ ...hold, ...changed })).not.toEqual(of(hold));
});

it('sums that were written are read as they were', () => {
  const ended = { holds: addHolds(noneEnded.holds, [hold, hold]), reversals: noneEnded.reversals };
  expect(readEnded(writeEnded(ended))).toEqual(ended);
  expect(writeEnded(noneEnded)).toEqual({});
});

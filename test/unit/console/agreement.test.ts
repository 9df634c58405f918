// Checks how the wallet page compares the read model and the ledger with the event store.
import { expect, it } from 'vitest';
import { agreements } from '../../../console/agreement.ts';
import { RequestError } from '../../../console/http.ts';
import type { Entry, LastEvent, Snapshot, WalletView } from '../../../console/walletQueries.ts';

const wallet: Snapshot = {
  id: 'wallet-1',
  ownerId: 'owner-1',
  balance: '100.00',
  held: '0.00',
  available: '100.00',
  status: 'active',
  currency: 'USD',
  version: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:03.000Z',
};
const last: LastEvent = { balance: '100.00', version: 3, position: 30 };
const entry = (balanceAfter: string, position: number): Entry => ({
  position,
  movementId: 'wallet-001@3',
  direction: 'credit',
  amount: '1.00',
  counterAccount: 'settlement:USD',
  balanceAfter,
  occurredAt: wallet.updatedAt,
  description: '',
});

function verdicts(changed: Partial<WalletView>, newest = entry('100.00', 30)) {
  const newestEntries = { rows: [newest], nextCursor: null };
  return agreements({ wallet, last, document: wallet, newestEntries, ...changed }).map(
    ({ store, verdict }) => `${store} ${verdict}`,
  );
}

it('both agree if both show what the event store says', () => {
  expect(verdicts({})).toEqual(['Read model agrees', 'Ledger agrees']);
});

it.each(['ownerId', 'currency', 'balance', 'createdAt', 'updatedAt'] as const)(
  'a document of the same version with another %s differs, and the words name it',
  (field) => {
    const [document] = agreements({
      wallet,
      last,
      document: { ...wallet, [field]: 'other' },
      newestEntries: { rows: [entry('100.00', 30)], nextCursor: null },
    });
    expect(document).toMatchObject({ verdict: 'differs', words: expect.stringContaining(field) as string });
  },
);

it('a document that is not there yet is behind, and a newer one than was read before is no difference', () => {
  expect(verdicts({ document: undefined })[0]).toBe('Read model behind');
  expect(verdicts({ document: { ...wallet, version: 4, balance: '7.00' } })[0]).toBe('Read model agrees');
});

it('a ledger without the last event is behind; with it and another balance it differs', () => {
  expect(verdicts({}, entry('99.00', 20))[1]).toBe('Ledger behind');
  expect(verdicts({}, entry('99.00', 30))[1]).toBe('Ledger differs');
});

it('the receiving leg of a transfer has the position before its own event', () => {
  expect(verdicts({}, entry('100.00', 29))[1]).toBe('Ledger agrees');
  expect(verdicts({}, entry('99.00', 29))[1]).toBe('Ledger differs');
});

it('a wallet that began with nothing needs no entry', () => {
  const empty = { rows: [], nextCursor: null };
  expect(verdicts({ last: { ...last, balance: '0.00' }, newestEntries: empty })[1]).toBe('Ledger agrees');
  expect(verdicts({ last: { ...last, balance: '0.10' }, newestEntries: empty })[1]).toBe('Ledger behind');
});

it('the ledger is not judged if the last event can not be read', () => {
  expect(verdicts({ last: new RequestError(500, 'it is of an unknown type') })[1]).toBe('Ledger unknown');
});

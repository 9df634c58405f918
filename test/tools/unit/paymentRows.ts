// Flawless rows of a round with holds, a refund, limits, a freeze and a closed wallet, and ways to break
// them. The test of the invariants breaks each of them by one change.
import type { ProjectedRows } from '../../../harness/invariants/projectionInvariants.ts';
import type { EventRow, HoldRow, PendingRow, ReversalRow } from '../../../harness/invariants/rows.ts';

type Data = Readonly<Record<string, unknown>>;

const occurredAt = '2026-01-01T00:00:00.000Z';
const shared = { currency: 'USD', ownerId: 'o' };

function event(position: number, walletId: string, version: number, type: string, data: Data): EventRow {
  const all = { ...shared, ...data } as unknown as EventRow['data'];
  const ids = { commandId: `command-${position}`, correlationId: `call-${position}` };
  return { position, walletId, version, type, data: all, ...ids, occurredAt };
}

const frozen = (scope: string, holds: string) => ({ minimum: '0', freeze: { scope, reason: '', holds } });

const events: readonly EventRow[] = [
  event(1, 'a', 1, 'WalletCreated', { balanceMinor: '10000' }),
  event(2, 'a', 2, 'WalletDebited', { amountMinor: '2000', balanceMinor: '8000' }),
  event(3, 'a', 3, 'WalletLimitsChanged', { balanceMinor: '8000', terms: { minimum: '-5000' } }),
  event(4, 'a', 4, 'HoldPlaced', {
    holdId: 'h',
    amountMinor: '3000',
    balanceMinor: '8000',
    heldMinor: '3000',
  }),
  {
    ...event(5, 'a', 5, 'HoldCaptured', {
      ...{ holdId: 'h', captureId: 'c1', amountMinor: '3500', overMinor: '500', releasedMinor: '0' },
      ...{ toWalletId: 'b', balanceMinor: '4500' },
    }),
    commandId: 'capture',
  },
  {
    ...event(6, 'b', 2, 'TransferReceived', {
      ...{ transferId: 'c1', fromWalletId: 'a', amountMinor: '3500', balanceMinor: '3500' },
    }),
    commandId: 'capture',
  },
  event(7, 'a', 6, 'DebitRefunded', {
    ...{ amountMinor: '500', balanceMinor: '5000', reversedMinor: '500' },
    original: { walletId: 'a', version: 2 },
  }),
  event(8, 'a', 7, 'HoldPlaced', {
    holdId: 'open',
    amountMinor: '700',
    balanceMinor: '5000',
    heldMinor: '700',
  }),
  event(9, 'b', 3, 'WalletFrozen', {
    balanceMinor: '3500',
    status: 'frozen',
    terms: frozen('credits', 'honor'),
  }),
  event(10, 'c', 2, 'WalletClosed', { balanceMinor: '0', status: 'closed' }),
  event(11, 'b', 4, 'WalletDebited', { amountMinor: '100', balanceMinor: '3400', status: 'frozen' }),
];
/** The wallets "b" and "c" begin empty, before the others. */
const begun: readonly EventRow[] = [
  event(-1, 'b', 1, 'WalletCreated', { balanceMinor: '0' }),
  event(0, 'c', 1, 'WalletCreated', { balanceMinor: '0' }),
];
const all = [...begun, ...events];

function wallet(id: string, version: number, balanceMinor: bigint) {
  return {
    ...{
      id,
      version,
      balanceMinor,
      ownerId: 'o',
      currency: 'USD',
      createdAt: occurredAt,
      updatedAt: occurredAt,
    },
    ...{ heldMinor: 0n, minimumMinor: 0n, status: 'active', terms: '{}', details: '{}', openHolds: 0 },
  };
}

const wallets = [
  { ...wallet('a', 7, 5_000n), heldMinor: 700n, openHolds: 1, minimumMinor: -5_000n },
  { ...wallet('b', 4, 3_400n), status: 'frozen' },
  { ...wallet('c', 2, 0n), status: 'closed' },
];
const holds: readonly HoldRow[] = [
  {
    ...{ walletId: 'a', holdId: 'h', amountMinor: 3_000n, capturedMinor: 3_500n, releasedMinor: 0n },
    ...{ remainingMinor: 0n, endedAs: 'captured' },
  },
  {
    ...{ walletId: 'a', holdId: 'open', amountMinor: 700n, capturedMinor: 0n, releasedMinor: 0n },
    ...{ remainingMinor: 700n, endedAs: null },
  },
];
const reversals: readonly ReversalRow[] = [
  { walletId: 'a', version: 2, amountMinor: 2_000n, reversedMinor: 500n },
];
const pending: readonly PendingRow[] = [
  { position: 4, walletId: 'a', changeMinor: 3_000n, heldAfterMinor: 3_000n },
  { position: 5, walletId: 'a', changeMinor: -3_000n, heldAfterMinor: 0n },
  { position: 8, walletId: 'a', changeMinor: 700n, heldAfterMinor: 700n },
];
const rows: ProjectedRows = {
  ...{ from: -2, head: 11, events: all, wallets, holds, reversals, pending, entries: [], documents: [] },
  outbox: all.map(({ position }) => position),
  answers: [...new Set(all.map(({ commandId }) => commandId))].map((commandId) => ({
    ...{ commandId, key: null, status: 200, body: '' },
  })),
};

export function paymentRows() {
  const withEvent = (
    position: number,
    change: Partial<Omit<EventRow, 'data'>> & { readonly data?: Data },
  ) => ({
    events: all.map((one) => {
      const data = { ...one.data, ...change.data } as unknown as EventRow['data'];
      return one.position === position ? { ...one, ...change, data } : one;
    }),
  });
  return {
    rows,
    withEvent,
    withData: (position: number, data: Data) => withEvent(position, { data }),
    without: (position: number) => ({ events: all.filter((one) => one.position !== position) }),
    withWallet: (id: string, change: Partial<(typeof wallets)[number]>) => ({
      wallets: wallets.map((one) => (one.id === id ? { ...one, ...change } : one)),
    }),
    withHold: (id: string, change: Partial<HoldRow>) => ({
      holds: holds.map((one) => (one.holdId === id ? { ...one, ...change } : one)),
    }),
    withReversal: (change: Partial<ReversalRow>) => ({
      reversals: reversals.map((one) => ({ ...one, ...change })),
    }),
    withPending: (more: PendingRow) => ({ pending: [...pending, more] }),
    /** Another freeze at `position`, and an event of another type at `later`. */
    withTerms: (position: number, freeze: Data, later: number, type: string) => ({
      events: withEvent(position, { data: { terms: { freeze } } }).events.map((one) =>
        one.position === later ? { ...one, type } : one,
      ),
    }),
  };
}

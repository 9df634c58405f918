// Values that the examples of the API reference share. In the order of the operations, the examples tell one
// story. A wallet is made, changed and read. Then operators pause, retry, skip and rebuild. A test plays the
// whole story.

export const exampleWalletId = 'wallet-001';
/** The wallet of a card: holds, a freeze, limits and a refund happen to it. */
export const exampleCardWalletId = 'wallet-003';
export const exampleCommandId = '5b1d7c56-2f5a-4d55-9c9e-0d1c7b0a2e11';
export const exampleRequestId = '01975f7a-51a4-7cc0-a1c8-8c8a4bd15d4a';
export const exampleCreatedAt = '2026-11-22T17:00:00.000Z';
export const exampleChangedAt = '2026-11-22T17:00:01.000Z';

export function exampleWallet(
  balance: string,
  version: number,
  id: string = exampleWalletId,
  ownerId = 'owner-1',
) {
  return {
    id,
    ownerId,
    balance,
    held: '0.00',
    available: balance,
    status: 'active',
    version,
    createdAt: exampleCreatedAt,
    updatedAt: exampleChangedAt,
    currency: 'USD',
  };
}

/** The wallet as the command that changed it answers it. */
export function exampleChanged(balance: string, version: number, id: string = exampleWalletId) {
  return { ...exampleWallet(balance, version, id), movementId: `${id}@${version}` };
}

const runId = '01975f7a-51a4-7cc0-a1c8-8c8a4bd15d4a';

/** The recovery that an operator starts in the story. */
export const exampleRun = {
  workflowId: 'rebuild-ledger',
  runId,
  url: `http://127.0.0.1:8233/namespaces/default/workflows/rebuild-ledger/${runId}`,
};

export function exampleProgress(status: 'running' | 'paused') {
  return {
    status,
    phase: 'booking every event',
    unit: 'events',
    done: 250_000,
    total: 1_000_000,
    ratePerS: 210_000,
    secondsLeft: 4,
    waitsUntil: null,
    tookS: null,
    differences: 0,
  };
}

// One example of every operation: what to send and what comes back. They tell one story, in this order, which a test
// plays against the real API and holds the answers against.

const id = 'wallet-001';
const created = '2026-11-22T17:00:00.000Z';
const changed = '2026-11-22T17:00:01.000Z';
const runId = '01975f7a-51a4-7cc0-a1c8-8c8a4bd15d4a';
const commandId = '5b1d7c56-2f5a-4d55-9c9e-0d1c7b0a2e11';

export interface OperationExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly answer: unknown;
}

function wallet(balance: number, version: number, walletId = id, ownerId = 'owner-1') {
  return { id: walletId, ownerId, balance, version, createdAt: created, updatedAt: changed, currency: 'USD' };
}

const schedule = (paused: boolean, note: string | null) => ({
  scheduleId: 'drain-ledger',
  paused,
  note,
  lastFailure: null,
});
const url = `http://127.0.0.1:8233/namespaces/default/workflows/rebuild-ledger/${runId}`;
const run = { workflowId: 'rebuild-ledger', runId, url };
const listed = { ...run, type: 'rebuildLedger', state: 'RUNNING', startedAt: created, closedAt: null };
const progress = (status: 'running' | 'paused') => ({
  status,
  phase: 'booking every event',
  unit: 'events',
  done: 250_000,
  total: 1_000_000,
  ratePerS: 210_000,
  secondsLeft: 4,
  differences: 0,
});
const steered = { params: { workflowId: 'rebuild-ledger' } };
const failure = {
  projection: 'ledger',
  position: 17,
  walletId: 'wallet-parked',
  attempts: 1,
  lastError: 'Event 17 has the type "WalletPainted", which this version does not know.',
  firstFailedAt: created,
  nextAttemptAt: changed,
  resolvedAt: null,
  resolution: null,
};
const parked = { params: { projection: 'ledger', position: '17' } };
const sums = { currency: 'USD', debits: 120, credits: 120 };
const meaning = {
  type: '/problems/wallet-not-found',
  code: 'WALLET_NOT_FOUND',
  status: 404,
  title: 'There is no such wallet',
};
const part = {
  needed: false,
  reachable: true,
  version: '6.2.14',
  answeredInMs: 1,
  problem: null,
  advice: null,
};

export const operationExamples = {
  createWallet: {
    headers: { 'idempotency-key': 'create-wallet-001' },
    body: { walletId: id, ownerId: 'owner-1', initialBalance: 100, currency: 'USD' },
    answer: wallet(100, 1),
  },
  creditWallet: {
    params: { walletId: id },
    headers: { 'idempotency-key': 'credit-1', 'if-match': '"1"' },
    body: { amount: 50.5, description: 'top-up' },
    answer: wallet(150.5, 2),
  },
  debitWallet: {
    params: { walletId: id },
    body: { amount: '25.50', description: 'groceries' },
    answer: wallet(125, 3),
  },
  transferFunds: {
    params: { walletId: id },
    body: { toWalletId: 'wallet-002', amount: 25, description: 'rent' },
    answer: { fromWallet: wallet(100, 4), toWallet: wallet(25, 2, 'wallet-002', 'owner-2') },
  },
  getWallet: { params: { walletId: id }, query: { minVersion: '4' }, answer: wallet(100, 4) },
  listWallets: {
    query: { ownerId: 'owner-1', limit: '20' },
    answer: { wallets: [wallet(100, 4)], nextCursor: null },
  },
  listWalletEvents: {
    params: { walletId: id },
    query: { limit: '2' },
    answer: {
      events: [
        {
          position: 1,
          version: 1,
          type: 'WalletCreated',
          occurredAt: created,
          ownerId: 'owner-1',
          balance: 100,
          currency: 'USD',
        },
        {
          position: 2,
          version: 2,
          type: 'WalletCredited',
          occurredAt: changed,
          amount: 50.5,
          description: 'top-up',
          balance: 150.5,
          currency: 'USD',
        },
      ],
      nextCursor: 'Mg',
    },
  },
  getCommand: {
    params: { commandId },
    answer: {
      commandId,
      outcome: 'committed',
      recordedAt: changed,
      status: 200,
      headers: { etag: '"2"', 'content-type': 'application/json' },
      body: wallet(150.5, 2),
    },
  },
  listLedgerEntries: {
    params: { walletId: id },
    query: { order: 'desc', limit: '1' },
    answer: {
      entries: [
        {
          position: 4,
          direction: 'debit',
          amount: 25,
          currency: 'USD',
          counterAccount: 'wallet:wallet-002',
          balanceAfter: 100,
          occurredAt: changed,
          description: 'rent',
        },
      ],
      nextCursor: 'NA',
    },
  },
  getBalanceAt: {
    params: { walletId: id },
    query: { at: '2030-01-01T00:00:00Z' },
    answer: {
      walletId: id,
      at: '2030-01-01T00:00:00.000Z',
      balance: 100,
      currency: 'USD',
      version: 4,
      position: 4,
      lastEventAt: changed,
    },
  },
  getTrialBalance: {
    answer: {
      position: 5,
      balanced: true,
      accounts: [
        { accountClass: 'settlement', currency: 'USD', debits: 150.5, credits: 25.5 },
        { accountClass: 'wallet', ...sums },
      ],
      totals: [{ ...sums, balanced: true }],
    },
  },
  listProjections: {
    answer: {
      projections: [
        {
          projection: 'ledger',
          position: 5,
          head: 5,
          behind: 0,
          updatedAt: changed,
          lastLagMs: 12,
          waitingSince: null,
          parked: 0,
          schedule: schedule(false, null),
        },
        {
          projection: 'read-model',
          position: 3,
          head: 5,
          behind: 2,
          updatedAt: changed,
          lastLagMs: 12,
          waitingSince: changed,
          parked: 0,
          schedule: null,
        },
      ],
    },
  },
  pauseProjection: {
    params: { projection: 'ledger' },
    body: { note: 'the index is being moved' },
    answer: { projection: 'ledger', schedule: schedule(true, 'the index is being moved') },
  },
  resumeProjection: {
    params: { projection: 'ledger' },
    body: { note: 'the index has moved' },
    answer: { projection: 'ledger', schedule: schedule(false, 'the index has moved') },
  },
  getOutbox: { answer: { unprocessed: 3, oldest: created, lagMs: 1_000 } },
  listParts: { answer: { parts: [{ part: 'redis', ...part }] } },
  listFailures: { query: { projection: 'ledger' }, answer: { failures: [failure], nextCursor: null } },
  retryFailure: { ...parked, answer: failure },
  skipFailure: {
    ...parked,
    body: { reason: 'test event of a tool that is gone' },
    answer: {
      ...failure,
      resolvedAt: changed,
      resolution: 'skipped: test event of a tool that is gone',
    },
  },
  startRecovery: {
    params: { type: 'rebuildLedger' },
    answer: {
      type: 'rebuildLedger',
      argument: {},
      ...run,
      command: `temporal workflow start --namespace default --task-queue wallet --type rebuildLedger --workflow-id rebuild-ledger --id-conflict-policy Fail --input '{}'`,
    },
  },
  listRecoveries: { query: { limit: '5' }, answer: { recoveries: [listed] } },
  getRecovery: {
    ...steered,
    answer: { ...listed, progress: progress('running'), result: null, failure: null },
  },
  pauseRecovery: { ...steered, answer: { workflowId: 'rebuild-ledger', progress: progress('paused') } },
  resumeRecovery: { ...steered, answer: { workflowId: 'rebuild-ledger', progress: progress('running') } },
  cancelRecovery: { ...steered, answer: { workflowId: 'rebuild-ledger', progress: progress('running') } },
  getLiveness: { answer: { status: 'ok' } },
  getReadiness: {
    answer: {
      status: 'ok',
      parts: { process: 'ok', postgres: 'ok', redis: 'ok', elasticsearch: 'ok' },
      needed: ['process', 'postgres'],
    },
  },
  getVersion: {
    answer: {
      version: '0.1.0',
      commit: '3d392d0b5a5f0e6a3a1f4f6c2f8e7f1d0c9b8a76',
      node: 'v24.21.0',
      schema: 5,
      startedAt: created,
    },
  },
  getMetrics: { answer: 'wallet_lock_bypassed_total 0' },
  listProblems: { answer: { problems: [meaning] } },
  getProblem: { params: { name: 'wallet-not-found' }, answer: meaning },
} as const satisfies Readonly<Record<string, OperationExample>>;

export type OperationId = keyof typeof operationExamples;

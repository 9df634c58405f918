// Measures the append statement alone, on one connection, with the rows of a batch of credits. Only the
// statement's call is timed. The decision is not.
import { randomUUID } from 'node:crypto';
import { noKeys } from '../src/domain/state.ts';
import { answerOf } from '../src/api/wallets/walletAnswer.ts';
import { decideBatch } from '../src/commands/decideBatch.ts';
import type { Submission } from '../src/commands/submission.ts';
import { appendBatch, prepareBatch } from '../src/eventStore/appendBatch.ts';
import { createPool } from '../src/eventStore/database.ts';
import { type LoadedBatch, loadBatch } from '../src/eventStore/loadBatch.ts';
import { walletIdOf } from './load/load.ts';
import type { Measured, Sample } from './measure.ts';
import { latencyOf } from './statistics.ts';
import { checkDatabase, noCommands } from './database/check.ts';

const limits = {
  DATABASE_CONNECTIONS_MAX: 2,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_STATEMENT_TIMEOUT_MS: 30_000,
};

/** Appends batches of `rows` credits, each on another wallet, for `seconds` of statement time. */
export async function measureRawAppend(target: Measured, rows: number, seconds: number): Promise<Sample> {
  const { database } = target;
  const pool = createPool({ DATABASE_URL: database.url, ...limits }, 'wallet-bench', () => undefined);
  const client = await pool.connect();
  const walletIds = Array.from({ length: database.seed.wallets }, (_, index) => walletIdOf(index + 1));
  const found = await loadBatch(client, { ...noKeys, wallets: walletIds }, []);
  const wallets = new Map(found.state.wallets);
  const loaded: LoadedBatch = { ...found, state: { ...found.state, wallets } };
  const processId = randomUUID();
  const callsMs: number[] = [];
  let spentMs = 0;
  try {
    while (spentMs < seconds * 1e3) {
      const batch = nextBatch(loaded, walletIds, callsMs.length * rows, rows);
      const startedAt = performance.now();
      await appendBatch(client, prepareBatch(batch, loaded, processId));
      const ms = performance.now() - startedAt;
      spentMs += ms;
      callsMs.push(ms);
      for (const wallet of batch.wallets) wallets.set(wallet.id, wallet);
    }
  } finally {
    client.release();
    await pool.end();
  }
  target.committed = await checkDatabase(database, {
    before: target.committed,
    acknowledged: { ...noCommands, credit: callsMs.length * rows },
    cutMax: 0,
    refused: 0,
  });
  const { p50, p95, p99 } = latencyOf(callsMs);
  return { perS: (callsMs.length * rows) / (spentMs / 1e3), p50Ms: p50, p95Ms: p95, p99Ms: p99 };
}

function nextBatch(
  loaded: LoadedBatch,
  walletIds: readonly string[],
  offset: number,
  rows: number,
): ReturnType<typeof decideBatch>['batch'] {
  const submissions = Array.from({ length: rows }, (_, index) =>
    creditOf(walletIds[(offset + index) % walletIds.length] as string),
  );
  return decideBatch(submissions, loaded).batch;
}

function creditOf(walletId: string): Submission {
  const commandId = randomUUID();
  const digest = commandId.replaceAll('-', '').repeat(2);
  return {
    command: {
      type: 'CreditWallet',
      walletId,
      amount: '1.00',
      description: 'bench',
      expectedVersions: undefined,
    },
    commandId,
    idempotencyKey: commandId,
    requestHash: { meaning: digest, spelling: digest },
    correlationId: commandId,
    render: (outcome) => answerOf(outcome, commandId),
  };
}

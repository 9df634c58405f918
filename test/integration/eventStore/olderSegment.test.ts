// A wallet whose events lie in older segments. The index of versions is that of one segment, so it alone
// would let a version in twice.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decideBatch } from '../../../src/commands/decideBatch.ts';
import type { Submission } from '../../../src/commands/submission.ts';
import { keysOf } from '../../../src/domain/commands.ts';
import { appendBatch, prepareBatch, type PreparedBatch } from '../../../src/eventStore/appendBatch.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { failureOf } from '../../../src/eventStore/databaseFailure.ts';
import { loadBatch } from '../../../src/eventStore/loadBatch.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { cutLog } from '../../support/segments.ts';

const walletId = 'wallet-001';
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-older-segment-test', () => undefined, 'commands');
  // Each event has a segment of its own.
  await cutLog(pool, 1, 8);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function prepared(client: PoolClient, command: Submission['command']): Promise<PreparedBatch> {
  const commandId = randomUUID();
  const submission: Submission = {
    ...{ command, commandId, idempotencyKey: commandId, correlationId: randomUUID() },
    requestHash: { meaning: 'ab'.repeat(32), spelling: 'cd'.repeat(32) },
    render: () => ({ status: 200, headers: {}, body: '{}' }),
  };
  const loaded = await loadBatch(client, keysOf(command), [commandId]);
  return prepareBatch(decideBatch([submission], loaded).batch, loaded, randomUUID());
}

const create: Submission['command'] = {
  type: 'CreateWallet',
  walletId,
  ownerId: 'o',
  currency: 'EUR',
  initialBalance: '10',
};
const credit: Submission['command'] = {
  type: 'CreditWallet',
  walletId,
  amount: '1',
  description: '',
  expectedVersions: undefined,
};

it('takes one of two batches that loaded it at the same version, and refuses the other', async () => {
  const [first, second] = await Promise.all([pool.connect(), pool.connect()]);
  try {
    await appendBatch(first, await prepared(first, create));
    const [one, other] = [await prepared(first, credit), await prepared(second, credit)];
    await appendBatch(first, one);
    const refused = await appendBatch(second, other).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: '23505', constraint: 'wallet_heads' });
    expect(failureOf(refused)).toEqual({ kind: 'conflict' });
    const { rows } = await pool.query(
      'select version::integer, tableoid::regclass::text as segment from events order by position',
    );
    expect(rows).toEqual([
      { version: 1, segment: 'events_s1' },
      { version: 2, segment: 'events_s2' },
    ]);
  } finally {
    first.release();
    second.release();
  }
});

// A wallet whose events lie in older segments. The index of versions is that of one segment, so it alone
// would let a version in twice.
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Submission } from '../../../src/commands/submission.ts';
import { appendBatch } from '../../../src/eventStore/appendBatch.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { failureOf } from '../../../src/eventStore/databaseFailure.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { prepared } from '../../support/preparedBatch.ts';
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
    await appendBatch(first, await prepared(first, [{ command: create }]));
    const [one, other] = [
      await prepared(first, [{ command: credit }]),
      await prepared(second, [{ command: credit }]),
    ];
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

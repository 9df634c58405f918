// A database for a file of tests about webhooks, with receivers and lanes that end with each test. A file
// opens it at its top.
import type { Pool } from 'pg';
import { afterAll, afterEach } from 'vitest';
import { createPool } from '../../src/eventStore/database.ts';
import type { WebhookDrainDeps } from '../../src/webhooks/drainWebhooks.ts';
import { appendEvents } from './appendEvents.ts';
import { testConfig } from './api.ts';
import { createTestDatabase } from './database.ts';
import { walletStream } from './walletStream.ts';
import { createTestLane, startTestReceiver, type TestLane, type TestReceiver } from './webhookLane.ts';

export interface WebhookFixture {
  readonly pool: Pool;
  readonly startReceiver: (...given: Parameters<typeof startTestReceiver>) => Promise<TestReceiver>;
  /** A lane that may send to the receivers of the test so far. It runs once it is told to. */
  readonly startLane: (replaced?: Partial<WebhookDrainDeps>, over?: Pool) => TestLane;
  /** Commits the stream of a new wallet with so many credits. Returns the wallet. */
  readonly commit: (credits: number, prefix?: string) => Promise<string>;
}

/** Hooks end the lanes and receivers of each test, delete its endpoints, and drop the database at the end. */
export async function openWebhookFixture(): Promise<WebhookFixture> {
  const database = await createTestDatabase();
  const pool = createPool(testConfig(database.url), 'wallet-webhooks-test', () => undefined);
  const receivers: TestReceiver[] = [];
  const lanes: TestLane[] = [];
  let wallets = 0;
  afterEach(async () => {
    for (const lane of lanes.splice(0)) await lane.close();
    for (const receiver of receivers.splice(0)) await receiver.close();
    await pool.query('delete from webhook_endpoints');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  return {
    pool,
    startReceiver: async (...given) => {
      const receiver = await startTestReceiver(...given);
      receivers.push(receiver);
      return receiver;
    },
    startLane: (replaced, over = pool) => {
      const lane = createTestLane(over, receivers, replaced);
      lanes.push(lane);
      return lane;
    },
    commit: async (credits, prefix = 'w') => {
      wallets += 1;
      const walletId = `${prefix}-${wallets}`;
      const amounts = Array.from({ length: credits }, () => 1n);
      await appendEvents(pool, walletStream(walletId, 1n, amounts));
      return walletId;
    },
  };
}

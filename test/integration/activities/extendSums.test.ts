import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createUpkeepActivities } from '../../../src/activities/upkeep.ts';
import { noWebhooks } from '../../support/noWebhooks.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

it('the check of the outbox, which comes every minute, extends the sums of the ledger to its checkpoint', async () => {
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n, 2n]));
  await drainAll(fixture.pool, fixture.ledger);
  const { restoreOutboxRows } = createUpkeepActivities({
    pool: fixture.pool,
    projections: { 'read-model': fixture.readModel, ledger: fixture.ledger, webhooks: noWebhooks },
    now: () => performance.now(),
    batchSizeMax: 100,
    outboxRetentionHours: 1,
    opensLevels: false,
  });
  await new MockActivityEnvironment().run(restoreOutboxRows, { full: false, after: null });
  const { rows } = await fixture.pool.query(
    `select sums_through, (select sum(amount_minor) from ledger_sums) as sum from ledger_form`,
  );
  expect(rows).toEqual([{ sums_through: '3', sum: '103' }]);
});

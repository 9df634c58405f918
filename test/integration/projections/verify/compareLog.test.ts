import { afterEach, beforeEach, expect, it } from 'vitest';
import { compareLog } from '../../../../src/projections/verify/compareLog.ts';
import { ledgerProjection } from '../../../../src/projections/ledger/ledgerSink.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { changeLog } from '../../../support/changeLog.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

it('a repair leaves alone what a newer release booked and this one can not read', async () => {
  const { pool } = fixture;
  await appendEvents(pool, walletStream('wallet-001', 100n, [1n]));
  await drainAll(pool, ledgerProjection);
  await changeLog(pool, 'update events set schema_version = 99 where position = 2');
  const legs = async () => (await pool.query('select position, leg from ledger_entries')).rowCount;
  expect(await legs()).toBe(4);
  const page = await compareLog(pool, { after: 0n, upTo: 2n, limit: 10, repair: true });
  expect(page).toMatchObject({ events: 2, differences: [] });
  expect(await legs()).toBe(4);
});

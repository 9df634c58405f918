import { afterEach, beforeEach, expect, it } from 'vitest';
import { levels } from '../../../../src/eventStore/levels.ts';
import { compareLog } from '../../../../src/projections/verify/compareLog.ts';
import { ledgerProjection } from '../../../../src/projections/ledger/ledgerSink.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { beginWithLegs } from '../../../support/legLedger.ts';
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

it('a ledger of legs is compared leg by leg, and repaired', async () => {
  const { pool } = fixture;
  await beginWithLegs(pool, levels.postings);
  await appendEvents(pool, walletStream('wallet-001', 100n, [1n]));
  await drainAll(pool, ledgerProjection);
  await pool.query('alter table ledger_entries disable trigger user');
  await pool.query('delete from ledger_entries where position = 1 and leg = 2');
  await pool.query('update ledger_entries set amount_minor = 7 where position = 2 and leg = 1');
  await pool.query('alter table ledger_entries enable trigger user');
  const compare = () => compareLog(pool, { after: 0n, upTo: 2n, limit: 10, repair: true });
  expect((await compare()).differences).toMatchObject([
    { position: 1, fields: ['leg 2 missing'] },
    { position: 2, fields: ['leg 1 amountMinor'] },
  ]);
  expect((await compare()).differences).toEqual([]);
});

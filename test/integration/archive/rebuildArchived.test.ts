// Rebuilds and verification of an archived log, whose events have left it. They give what they gave before,
// and a verification finds what differs from the opening state.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { readArchivedThrough } from '../../../src/eventStore/openingRows.ts';
import { lastWallet } from '../../../src/eventStore/read/readStreams.ts';
import { ArchivedError } from '../../../src/eventStore/retainedLog.ts';
import { currentLedger } from '../../../src/projections/ledger/forms/ledgerTables.ts';
import { readTrialBalance } from '../../../src/projections/ledger/ledgerQueries.ts';
import { fillRebuild } from '../../../src/projections/ledger/rebuild/fillRebuild.ts';
import {
  createRebuildTable,
  dropReplaced,
  indexRebuild,
} from '../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { verifyRebuild } from '../../../src/projections/ledger/rebuild/verifyRebuild.ts';
import { compareSums, extendSums } from '../../../src/projections/ledger/sums/ledgerSums.ts';
import { ensureWalletsIndex, walletsAlias } from '../../../src/projections/readModel/readModelIndex.ts';
import { checkPositions, checkRecords, firstCommandId } from '../../../src/projections/verify/checkLog.ts';
import { compareIndex } from '../../../src/projections/verify/compareIndex.ts';
import { compareLog } from '../../../src/projections/verify/compareLog.ts';
import { repairWallet } from '../../../src/projections/verify/repairWallet.ts';
import { createTestApi, type TestApi, testConfig } from '../../support/api.ts';
import { dropArchived, fullSegments, openSegments } from '../../support/archive.ts';
import { changeLog } from '../../support/changeLog.ts';
import { actEveryEvent } from '../../support/everyEvent.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../support/projections.ts';
import { cutLog } from '../../support/segments.ts';

let fixture: ProjectionFixture;
let api: TestApi;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  const { databaseUrl, indexPrefix } = fixture;
  api = createTestApi(testConfig(databaseUrl, { ELASTICSEARCH_INDEX_PREFIX: indexPrefix }));
  await changeLog(fixture.pool, `update log_head set level = ${levelMax}`);
  await cutLog(fixture.pool, 16);
  await ensureWalletsIndex(fixture);
  await actEveryEvent(api);
  await drain();
});
afterEach(async () => {
  await api.close();
  await fixture.close();
});

async function drain() {
  await drainAll(fixture.pool, fixture.readModel);
  await drainAll(fixture.pool, fixture.ledger);
}

async function archiveAll() {
  await openSegments(fixture.pool, await fullSegments(fixture.pool));
  await dropArchived(fixture.pool);
}

/** A comparison of all wallets, with its checksum. */
async function compareWallets(repair = false) {
  const upTo = Number(await readHead(fixture.pool));
  const index = walletsAlias(fixture.indexPrefix);
  const range = { index, after: '', until: lastWallet, walletsMax: 1_000, upTo, rows: true };
  const { signal } = new AbortController();
  const one = repair ? (walletId: string) => repairWallet(fixture, walletId) : undefined;
  return compareIndex(fixture, range, signal, () => undefined, one);
}

/** Everything else that a verification compares. */
async function compareRest() {
  const { pool } = fixture;
  const [after, upTo] = [await readArchivedThrough(pool), await readHead(pool)];
  const log = await compareLog(pool, { after: 0n, upTo, limit: 1_000, repair: false });
  return [
    ...log.differences,
    ...(await checkPositions(pool, { after, upTo, limit: 1_000 })).differences,
    ...(await checkRecords(pool, firstCommandId, 1_000)).differences,
    ...(await compareSums(pool, { correct: false })),
  ];
}

async function rebuildLedger(id: string, fromStart = false) {
  const { pool } = fixture;
  await createRebuildTable(pool, id, { fromStart });
  await fillRebuild(pool, { rebuildId: id, pageSize: 7, goOn: () => true, onPage: () => undefined });
  await indexRebuild(pool, id);
  expect((await verifyRebuild(pool, id)).differences).toEqual([]);
  expect(await swapRebuild(pool, id, 10)).toMatchObject({ swapped: true });
  await dropReplaced(pool, id);
}

async function readLedger(after = 0n) {
  const ledger = await currentLedger(fixture.pool);
  return ledger.readRange(fixture.pool, after, await readHead(fixture.pool));
}

it('a verification finds nothing, and its checksum is what it was', async () => {
  const before = await compareWallets();
  expect([before.differences, await compareRest()]).toEqual([[], []]);
  await archiveAll();
  expect(await compareWallets()).toEqual(before);
  expect(await compareRest()).toEqual([]);
});

describe('a verification of an archived log finds', () => {
  beforeEach(archiveAll);

  it.each([
    ['a balance', `update wallets set balance_minor = balance_minor + 1 where id = 'b'`, 'wallet row'],
    // The repair of an ended hold is tested in endedRows.test.ts.
    ['an open hold that is lost', `delete from holds where hold_id = 'open'`, 'wallet state'],
    ['a reversal that is lost', `delete from reversals where wallet_id = 'a'`, 'wallet state'],
    ['lost details', `delete from wallet_details where wallet_id = 'd'`, 'wallet state'],
    ['lost uses of velocity rules', `delete from wallet_usage where wallet_id = 'd'`, 'wallet state'],
    ['a wallet that is lost', `delete from wallets where id = 'c'`, 'wallet row'],
  ])('%s, and repairs it', async (_, damage, where) => {
    await fixture.pool.query(damage);
    const found = await compareWallets(true);
    expect(found.differences.map((one) => one.where)).toContain(where);
    expect((await compareWallets()).differences).toEqual([]);
  });

  it('a difference in the opening state itself', async () => {
    await fixture.pool.query(
      `update opening_wallets set balance_minor = balance_minor + 1 where wallet_id in ('b', 'd')`,
    );
    await fixture.pool.query(`update opening_wallets set state = null where wallet_id = 'a'`);
    const found = await compareWallets();
    expect(found.differences.map(({ where, walletId }) => [where, walletId])).toEqual(
      expect.arrayContaining([
        ['wallet row', 'b'],
        ['document', 'b'],
        // Its next event does not follow.
        ['stream', 'd'],
        ['wallet state', 'a'],
      ]),
    );
  });
});

describe('a rebuild of the ledger', () => {
  it('begins after the archived events, and the trial balance is what it was', async () => {
    const before = await readLedger();
    const balance = await readTrialBalance(fixture.pool);
    await archiveAll();
    await rebuildLedger('one');
    const archived = await readArchivedThrough(fixture.pool);
    expect(archived).toBeGreaterThan(0n);
    expect(await readLedger()).toEqual(before.filter(({ position }) => position > archived));
    expect(await readTrialBalance(fixture.pool)).toEqual(balance);
    expect(await compareRest()).toEqual([]);
    while (await extendSums(fixture.pool, 3));
    expect(await readTrialBalance(fixture.pool)).toEqual(balance);
    expect(await compareRest()).toEqual([]);
  });

  it('that an archive overtakes keeps the sums that it begins with', async () => {
    const balance = await readTrialBalance(fixture.pool);
    await openSegments(fixture.pool);
    const { pool } = fixture;
    await createRebuildTable(pool, 'two');
    await fillRebuild(pool, { rebuildId: 'two', pageSize: 7, goOn: () => true, onPage: () => undefined });
    await openSegments(fixture.pool);
    await indexRebuild(pool, 'two');
    expect((await verifyRebuild(pool, 'two')).differences).toEqual([]);
    expect(await swapRebuild(pool, 'two', 10)).toMatchObject({ swapped: true });
    expect(await readTrialBalance(fixture.pool)).toEqual(balance);
    expect(await compareSums(pool, { correct: false })).toEqual([]);
    const { rows } = await pool.query('select begins_after from ledger_form');
    expect(rows).toEqual([{ begins_after: '16' }]);
  });

  it('from the start needs the whole log, and gives the whole ledger', async () => {
    const before = await readLedger();
    const balance = await readTrialBalance(fixture.pool);
    await openSegments(fixture.pool, 2);
    await rebuildLedger('three');
    await rebuildLedger('four', true);
    expect(await readLedger()).toEqual(before);
    expect(await readTrialBalance(fixture.pool)).toEqual(balance);
    await dropArchived(fixture.pool);
    await expect(createRebuildTable(fixture.pool, 'five', { fromStart: true })).rejects.toThrow(
      ArchivedError,
    );
  });
});

it('the drain of events that follow an archived one knows their terms and details', async () => {
  await archiveAll();
  for (const [id, path] of [
    ['a', 'credit'],
    ['c', 'credit'],
  ] as const)
    await api.app.request(`/wallets/${id}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount: '1.00' }),
    });
  await drain();
  const { rows } = await fixture.pool.query('select from projection_failures');
  expect(rows.length).toBe(0);
  expect((await compareWallets()).differences).toEqual([]);
});

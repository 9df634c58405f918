// The ledger after segments went to files. Its parts leave with them. A rebuild begins at the opening state
// and gives the same trial balance, and the same entries above it. After the files came back, the ledger is
// whole again, and one from the start gives the same.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { restoreSegment } from '../../../src/archive/restore.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { readArchivedThrough } from '../../../src/eventStore/openingRows.ts';
import { currentLedger } from '../../../src/projections/ledger/forms/ledgerTables.ts';
import { readTrialBalance } from '../../../src/projections/ledger/ledgerQueries.ts';
import { compareSums } from '../../../src/projections/ledger/sums/ledgerSums.ts';
import { compareLog } from '../../../src/projections/verify/compareLog.ts';
import {
  type ArchiveFixture,
  archiveThrough,
  bookOldEvents,
  createArchiveFixture,
  extendLedgerSums,
  fillByCommands,
  narrow,
} from '../../support/archiveFixture.ts';
import { changeLog } from '../../support/changeLog.ts';
import { rebuildLedger } from '../../support/rebuildLedger.ts';

let fixture: ArchiveFixture;
beforeEach(async () => {
  fixture = await createArchiveFixture();
});
afterEach(() => fixture.close());

const archivedSegments = [1, 2];
const archivedThrough = BigInt(archivedSegments.length * narrow);

async function entries() {
  const { pool } = fixture;
  return (await currentLedger(pool)).readRange(pool, 0n, await readHead(pool));
}

async function differences(): Promise<readonly unknown[]> {
  const { pool } = fixture;
  const upTo = await readHead(pool);
  const log = await compareLog(pool, { after: 0n, upTo, limit: 1_000, repair: false });
  return [...log.differences, ...(await compareSums(pool, { correct: false }))];
}

const extendAll = () => extendLedgerSums(fixture.pool);

it('the ledger is the same without its parts, from the opening state, and from the files', async () => {
  const { owner, pool, deps } = fixture;
  await changeLog(owner, `update log_head set level = ${levelMax}`);
  await fillByCommands(fixture);
  await bookOldEvents(fixture);
  const before = await entries();
  const balance = await readTrialBalance(pool);
  expect(await differences()).toEqual([]);
  const above = before.filter(({ position }) => position > archivedThrough);
  expect([above.length > 0, above.length < before.length]).toEqual([true, true]);

  for (const segment of archivedSegments) expect(await archiveThrough(deps, segment)).toBe('done');
  expect(await readArchivedThrough(pool)).toBe(archivedThrough);
  expect(await entries(), 'the parts of the ledger leave').toEqual(above);
  expect(await readTrialBalance(pool)).toEqual(balance);
  expect(await differences()).toEqual([]);

  await rebuildLedger(pool, 'opened');
  for (const when of ['after the swap', 'after the sums were extended']) {
    expect(await entries(), when).toEqual(above);
    expect(await readTrialBalance(pool), when).toEqual(balance);
    expect(await differences(), when).toEqual([]);
    await extendAll();
  }

  for (const segment of archivedSegments) await restoreSegment(deps, segment);
  for (const when of [
    'after the restore',
    'after a rebuild from the start',
    'after the sums were extended',
  ]) {
    if (when.includes('rebuild')) await rebuildLedger(pool, 'whole', true);
    expect(await entries(), when).toEqual(before);
    expect(await readTrialBalance(pool), when).toEqual(balance);
    expect(await differences(), when).toEqual([]);
    await extendAll();
  }
});

// The ledger of wallets with holds, reversals, limits and freezes. Settled money is told as if nothing were
// held, and what is pending is what the wallets hold.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelMax } from '../../../../src/eventStore/levels.ts';
import { readTrialBalance } from '../../../../src/projections/ledger/ledgerQueries.ts';
import { fillRebuild } from '../../../../src/projections/ledger/rebuild/fillRebuild.ts';
import {
  createRebuildTable,
  dropReplaced,
  indexRebuild,
} from '../../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { verifyRebuild } from '../../../../src/projections/ledger/rebuild/verifyRebuild.ts';
import { compareLog } from '../../../../src/projections/verify/compareLog.ts';
import { createTestApi, type TestApi, testConfig } from '../../../support/api.ts';
import { actEveryEvent } from '../../../support/everyEvent.ts';
import { beginWithLegs } from '../../../support/legLedger.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';

let fixture: ProjectionFixture;
let api: TestApi;
/** Events that the drain could not book. */
let parked: number;

async function begin(prepare?: () => Promise<unknown>): Promise<void> {
  fixture = await createProjectionFixture();
  await prepare?.();
  api = createTestApi(testConfig(fixture.databaseUrl, { ELASTICSEARCH_INDEX_PREFIX: fixture.indexPrefix }));
  await actEveryEvent(api);
  ({ parked } = await drainAll(fixture.pool, fixture.ledger));
}

async function end(): Promise<void> {
  await api.close();
  await fixture.close();
}

/** Each wallet's balance by its entries, and by its row. */
async function settled(): Promise<readonly object[]> {
  const { rows } = await fixture.pool.query<object>(
    `select id, wallets.balance_minor as row,
            coalesce((select sum(case direction when 'credit' then amount_minor else -amount_minor end)
                        from ledger_entries
                       where account = 'wallet:' || id), 0) as entries
       from wallets
      order by id`,
  );
  return rows;
}

async function pending(): Promise<readonly object[]> {
  const { rows } = await fixture.pool.query<object>(
    `select id, coalesce(held_minor, 0) as row,
            coalesce((select sum(case when debit_wallet_id = id then amount_minor else -amount_minor end)
                        from ledger_postings
                       where pending
                         and id in (debit_wallet_id, credit_wallet_id)), 0) as postings,
            coalesce((select coalesce(debit_balance_after_minor, credit_balance_after_minor)
                        from ledger_postings
                       where pending
                         and id in (debit_wallet_id, credit_wallet_id)
                       order by position desc
                       limit 1), 0) as after
       from wallets
      order by id`,
  );
  return rows;
}

function differences(repair = false) {
  return compareLog(fixture.pool, { after: 0n, upTo: 1_000n, limit: 1_000, repair });
}

async function postings(): Promise<readonly unknown[]> {
  const { rows } = await fixture.pool.query<{ readonly row: unknown }>(
    'select to_jsonb(ledger_postings) as row from ledger_postings order by position, posting',
  );
  return rows;
}

const settledRows = [
  ['a', '8700'],
  ['b', '900'],
  ['c', '-3000'],
  ['d', '0'],
].map(([id, minor]) => ({ id, row: minor, entries: minor }));

describe('a ledger of postings', () => {
  beforeAll(() => begin());
  afterAll(end);

  it('tells settled money as the wallets have it, whatever is held', async () => {
    expect(parked).toBe(0);
    expect(await settled()).toEqual(settledRows);
    const { sums } = await readTrialBalance(fixture.pool);
    expect(sums).toMatchObject([
      { accountClass: 'settlement', debitsMinor: 12_900n, creditsMinor: 6_300n },
      { accountClass: 'wallet', debitsMinor: 7_800n, creditsMinor: 14_400n },
    ]);
  });

  it('has pending what the wallets hold', async () => {
    const rows = (await pending()) as readonly { row: string; postings: string; after: string }[];
    expect(rows).toMatchObject([{ row: '1300' }, { row: '0' }, { row: '0' }, { row: '0' }]);
    for (const { row, postings: sum, after } of rows) expect([sum, after]).toEqual([row, row]);
  });

  it.each([
    ['lost', 'delete from ledger_postings where pending and position = $1', 'posting 1 missing'],
    ['settled', 'update ledger_postings set pending = false where position = $1', 'posting 1 layer'],
    [
      'too high',
      'update ledger_postings set amount_minor = amount_minor + 1 where position = $1',
      'posting 1 amountMinor',
    ],
  ])('whose pending posting is %s differs from the log, and is repaired', async (_, sql, field) => {
    const right = await postings();
    const { rows } = await fixture.pool.query<{ position: string }>(
      `select position from events where type = 'HoldPlaced' order by position limit 1`,
    );
    await fixture.pool.query(sql, [rows[0]?.position]);
    expect((await differences()).differences).toEqual([
      expect.objectContaining({ where: 'ledger', fields: expect.arrayContaining([field]) as unknown }),
    ]);
    await differences(true);
    expect((await differences()).differences).toEqual([]);
    expect(await postings()).toEqual(right);
  });

  it('that is rebuilt is the one that was drained, posting by posting', async () => {
    const drained = await postings();
    await rebuild();
    expect(await postings()).toEqual(drained);
    expect((await differences()).differences).toEqual([]);
  });
});

describe('a ledger of legs', () => {
  beforeAll(() => begin(() => beginWithLegs(fixture.pool, levelMax)));
  afterAll(end);

  it('holds settled money alone, and becomes whole by a rebuild', async () => {
    // Its table takes no negative balance, so the debit of the wallet with a credit line is parked.
    expect(parked).toBe(1);
    expect((await settled()).slice(0, 2)).toEqual(settledRows.slice(0, 2));
    await rebuild();
    expect(await settled()).toEqual(settledRows);
    expect(await pending()).toMatchObject([{ row: '1300', postings: '1300' }, {}, {}, {}]);
  });
});

async function rebuild(): Promise<void> {
  const { pool } = fixture;
  await createRebuildTable(pool, 'r');
  await fillRebuild(pool, { rebuildId: 'r', pageSize: 3, goOn: () => true, onPage: () => undefined });
  await indexRebuild(pool, 'r');
  expect((await verifyRebuild(pool, 'r')).differences).toEqual([]);
  expect(await swapRebuild(pool, 'r', 10)).toMatchObject({ swapped: true });
  await dropReplaced(pool, 'r');
}

// Holds and reversals that ended among archived events. The opening state keeps their sums and not their
// rows. A verification finds each of them that was lost or changed, and a repair needs their events.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restoreSegment } from '../../../src/archive/restore.ts';
import { takeStep } from '../../../src/archive/steps.ts';
import { levelMax, levels } from '../../../src/eventStore/levels.ts';
import { ledgerProjection } from '../../../src/projections/ledger/ledgerSink.ts';
import { dropOutboxSegments } from '../../../src/projections/outbox/dropSegments.ts';
import { compareStates } from '../../../src/projections/verify/compareState.ts';
import { repairRow } from '../../../src/projections/verify/repairRow.ts';
import { createTestApi, post, type TestApi, testConfig } from '../../support/api.ts';
import { fullSegments } from '../../support/archive.ts';
import { type ArchiveFixture, createArchiveFixture, extendLedgerSums } from '../../support/archiveFixture.ts';
import { changeLog } from '../../support/changeLog.ts';
import { drainAll } from '../../support/projections.ts';

let fixture: ArchiveFixture;
let api: TestApi;
let archived: number;
beforeEach(async () => {
  fixture = await createArchiveFixture();
  api = createTestApi(testConfig(fixture.databaseUrl));
  archived = 0;
  await setLevel(levelMax);
  await act('', { walletId: 'a', ownerId: 'o', initialBalance: '1000.00' });
});
afterEach(async () => {
  await api.close();
  await fixture.close();
});

const setLevel = (level: number) => changeLog(fixture.owner, `update log_head set level = ${level}`);

async function act(path: string, body: object = {}): Promise<void> {
  const { status, body: answer } = await post(api, path === '' ? '/wallets' : `/wallets/a/${path}`, body);
  expect(status, JSON.stringify(answer)).toBeLessThan(300);
}

/** Holds that end at once. */
async function endHolds(count: number, prefix: string): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) {
    const holdId = `${prefix}-${nth}`;
    await act('holds', { amount: '2.00', holdId, metadata: { order: holdId } });
    if (nth % 2 === 0) await act(`holds/${holdId}/capture`, { amount: '1.00' });
    else await act(`holds/${holdId}/void`);
  }
}

/** Archives every full segment, and drops its rows. Their times stay those of the holds. */
async function archive(): Promise<void> {
  const { deps, owner, pool } = fixture;
  const tomorrow = new Date(Date.now() + 86_400_000);
  await drainAll(pool, ledgerProjection);
  await extendLedgerSums(pool);
  await owner.query('update projector_checkpoints set position = (select position from log_head)');
  await dropOutboxSegments(pool, tomorrow);
  const last = archived + (await fullSegments(pool));
  for (; archived < last; archived += 1) {
    const taken: string[] = [];
    for (const step of ['seal', 'export', 'verify', 'open', 'detach', 'drop'])
      taken.push(
        `${step} ${await takeStep(deps, archived + 1, { archiveBefore: tomorrow, dropBefore: tomorrow })}`,
      );
    expect(taken.filter((one) => !one.endsWith('done'))).toEqual([]);
  }
}

async function restoreAll(): Promise<void> {
  for (let segment = 1; segment <= archived; segment += 1) await restoreSegment(fixture.deps, segment);
}

async function differences(): Promise<readonly string[]> {
  return (await compareStates(fixture.pool, ['a'], () => undefined)).get('a') ?? [];
}

interface KeptState {
  readonly holds: readonly string[];
  readonly bytes: number;
}

async function keptState(): Promise<KeptState> {
  const { rows } = await fixture.pool.query<KeptState>(
    `select array(select hold ->> 'hold_id' from jsonb_array_elements(state -> 'holds') as hold order by 1) as holds,
            octet_length(state::text) as bytes
       from opening_wallets where wallet_id = 'a' order by version desc limit 1`,
  );
  return rows[0] ?? { holds: [], bytes: 0 };
}

it('the opening state of a wallet grows with its open holds, and not with those that ended', async () => {
  await act('holds', { amount: '1.00', holdId: 'open' });
  await endHolds(8, 'first');
  await archive();
  const before = await keptState();
  expect(before.holds).toContain('open');
  expect(before.holds.length).toBeLessThanOrEqual(2);
  await endHolds(24, 'second');
  // The last of them must have ended in a full segment.
  for (let nth = 0; nth < 8; nth += 1) await act('credit', { amount: '1.00' });
  await archive();
  const after = await keptState();
  expect(after.holds).toEqual(['open']);
  expect(after.bytes - before.bytes).toBeLessThan(10);
  expect(await differences()).toEqual([]);
});

it('a release that may not write sums keeps all rows, and the next move turns them into sums', async () => {
  await setLevel(levels.archive);
  await act('holds', { amount: '1.00', holdId: 'open' });
  await endHolds(8, 'first');
  for (let nth = 0; nth < 8; nth += 1) await act('credit', { amount: '1.00' });
  await archive();
  expect((await keptState()).holds).toHaveLength(9);
  expect(await differences()).toEqual([]);
  await setLevel(levelMax);
  expect(await differences()).toEqual([]);
  for (let nth = 0; nth < 8; nth += 1) await act('credit', { amount: '1.00' });
  await archive();
  expect((await keptState()).holds).toEqual(['open']);
  expect(await differences()).toEqual([]);
  await fixture.pool.query(`delete from holds where hold_id = 'first-3'`);
  expect(await differences()).toEqual(['ended holds: their events are archived']);
});

describe('of rows that ended among archived events', () => {
  beforeEach(async () => {
    await act('credit', { amount: '3.00' });
    await act('events/2/reverse', { amount: '1.00' });
    await act('events/2/reverse', { amount: '2.00' });
    // The second segment begins and ends with whole holds, so the others make a sound history without it.
    await act('credit', { amount: '1.00' });
    await act('holds', { amount: '1.00', holdId: 'open' });
    await endHolds(6, 'old');
    await act('holds', { amount: '1.00', holdId: 'later' });
    for (let nth = 0; nth < 8; nth += 1) await act('credit', { amount: '1.00' });
    await archive();
    expect(archived).toBe(3);
    await act('holds/later/void');
    await endHolds(1, 'new');
  });

  it.each([
    ['a lost hold', `delete from holds where hold_id = 'old-1'`, 'ended holds', 'hold old-1'],
    [
      'a changed hold',
      `update holds set description = 'another' where hold_id = 'old-2'`,
      'ended holds',
      'hold old-2',
    ],
    [
      'a capture that is lost',
      `update holds set captures = '[]' where hold_id = 'old-2'`,
      'ended holds',
      'hold old-2',
    ],
    [
      'a hold too many',
      `insert into holds
       select (jsonb_populate_record(holds, '{"hold_id": "another"}')).* from holds where hold_id = 'old-2'`,
      'ended holds',
      'hold another',
    ],
    [
      'a lost reversal',
      `delete from reversals where version = 2`,
      'ended reversals',
      'reversal of version 2',
    ],
  ])('%s is found, and repaired once the events are back', async (_, damage, kind, field) => {
    const read = async () => {
      const { rows } = await fixture.pool.query<{ row: string }>(
        `select holds::text as row from holds union all select reversals::text from reversals order by 1`,
      );
      return rows;
    };
    const before = await read();
    expect(await differences()).toEqual([]);
    await fixture.pool.query(damage);
    const damaged = await read();
    expect(damaged).not.toEqual(before);
    expect(await differences()).toEqual([`${kind}: their events are archived`]);
    expect((await repairRow(fixture.pool, 'a')).row).toEqual([
      `${kind}: their events are archived, so they were not repaired`,
    ]);
    expect(await read()).toEqual(damaged);
    for (const segment of [1, 3]) await restoreSegment(fixture.deps, segment);
    await repairRow(fixture.pool, 'a');
    expect(await read(), 'with a part of the events').toEqual(damaged);
    await restoreAll();
    expect((await repairRow(fixture.pool, 'a')).row).toEqual([field]);
    expect(await read()).toEqual(before);
    expect(await differences()).toEqual([]);
  });

  it('none is touched by the repair of another row', async () => {
    await fixture.pool.query(`delete from holds where hold_id in ('open', 'new-0')`);
    expect(await differences()).toEqual(['hold open', 'hold new-0']);
    await repairRow(fixture.pool, 'a');
    expect(await differences()).toEqual([]);
    const { rows } = await fixture.pool.query(`select hold_id from holds`);
    expect(rows).toHaveLength(9);
  });
});

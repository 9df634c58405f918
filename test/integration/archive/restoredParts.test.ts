// The parts of the ledger come back with the events of their segments, from their tables or from the events.
// Entries are readable again, and count once in the sums.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { letGo, restoreSegment } from '../../../src/archive/restore.ts';
import { inDatabaseTransaction } from '../../../src/eventStore/database.ts';
import { raiseReadWall } from '../../../src/eventStore/readWall.ts';
import type { FailpointName } from '../../../src/failpoints.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { readTrialBalance } from '../../../src/projections/ledger/ledgerQueries.ts';
import { compareSums } from '../../../src/projections/ledger/sums/ledgerSums.ts';
import { compareLog } from '../../../src/projections/verify/compareLog.ts';
import { createTestApi, get, testConfig } from '../../support/api.ts';
import { narrow } from '../../support/archiveFixture.ts';
import { createLedgerFixture, endOf, type LedgerFixture } from '../../support/ledgerFixture.ts';
import { rebuildLedger } from '../../support/rebuildLedger.ts';

let ledger: LedgerFixture;
beforeEach(async () => {
  ledger = await createLedgerFixture();
});
afterEach(() => ledger.close());

describe('a restored part', () => {
  it('comes from its table within the grace, and from the events after it', async () => {
    await ledger.fill();
    const [before, balance] = [await ledger.postings(), await readTrialBalance(ledger.fixture.pool)];
    const entries = await ledger.entriesOf('a', 'desc');
    const movement = await get(ledger.api, '/movements/a@1');
    for (const graceDays of [7, 0]) {
      await ledger.archive(1, graceDays);
      await ledger.archive(2, graceDays);
      const { beside } = await ledger.tables();
      expect(beside).toHaveLength(graceDays === 0 ? 0 : 2);
      await ledger.restore(2);
      await ledger.restore(1);
      expect(await ledger.postings(), `grace ${graceDays}`).toEqual(before);
      expect(await ledger.tables()).toMatchObject({ beside: [] });
      expect(await ledger.beginsAfter()).toBe(0n);
      expect(await readTrialBalance(ledger.fixture.pool)).toEqual(balance);
      expect(await ledger.entriesOf('a', 'desc')).toEqual(entries);
      expect((await get(ledger.api, '/movements/a@1')).body).toEqual(movement.body);
      expect(await ledger.differences()).toEqual([]);
      for (const segment of [1, 2]) expect(await letGo(ledger.fixture.deps, segment)).toBe(true);
    }
  });

  it('has the indexes, the constraints and the rights of every part', async () => {
    await ledger.fill();
    const shape = async () => {
      const { rows } = await ledger.fixture.owner.query(
        `select relowner::regrole::text as owner, coalesce(relacl::text, '') as acl,
                (select array_agg(indexrelid::regclass::text order by indexrelid::regclass::text) from pg_index where indrelid = pg_class.oid) as indexes,
                (select array_agg(conname || pg_get_constraintdef(oid) order by conname) from pg_constraint where conrelid = pg_class.oid) as checks
           from pg_class where relname = 'ledger_postings_s1'`,
      );
      return rows as readonly unknown[];
    };
    const before = await shape();
    await ledger.archive(1);
    await ledger.restore(1);
    expect(await shape()).toEqual(before);
  });

  it.each([
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
    [
      [3, 2, 1],
      [3, 1, 2],
    ],
    [
      [2, 3, 1],
      [2, 1, 3],
    ],
  ])('is counted once, restored in the order %s and released in the order %s', async (back, away) => {
    await ledger.fill();
    const [before, balance] = [await ledger.postings(), await readTrialBalance(ledger.fixture.pool)];
    const there = new Set<bigint>();
    const check = async (when: string) => {
      const segmentOf = (position: bigint) => (position - 1n) / BigInt(narrow) + 1n;
      const expected = before.filter(({ position }) => position > endOf(3) || there.has(segmentOf(position)));
      expect(await ledger.postings(), when).toEqual(expected);
      const begins = [3n, 2n, 1n].find((segment) => !there.has(segment)) ?? 0n;
      expect(await ledger.beginsAfter(), when).toBe(begins * BigInt(narrow));
      expect(await readTrialBalance(ledger.fixture.pool), when).toEqual(balance);
      expect(await ledger.differences(), when).toEqual([]);
    };
    for (const segment of [1, 2, 3]) await ledger.archive(segment);
    for (const segment of back) {
      await ledger.restore(segment);
      there.add(BigInt(segment));
      await check(`restored ${segment}`);
    }
    for (const segment of away) {
      await letGo(ledger.fixture.deps, segment);
      expect(await ledger.archive(segment)).toBe('done');
      there.delete(BigInt(segment));
      await check(`released ${segment}`);
    }
    expect(await ledger.archive(4)).toBe('done');
    expect(await ledger.differences()).toEqual([]);
    expect(await readTrialBalance(ledger.fixture.pool)).toEqual(balance);
  });

  it('in the midst of the archive shows the entries of its time, and no others', async () => {
    await ledger.fill();
    const all = (await ledger.entriesOf('a', 'asc')).entries as { position: number; occurredAt: string }[];
    const [middle, last] = [6, 7];
    const ofMiddle = all.filter(
      ({ position }) => BigInt(position) > endOf(middle - 1) && BigInt(position) <= endOf(middle),
    );
    expect(ofMiddle).toHaveLength(narrow);
    const [begun, ended] = [ofMiddle.at(2), ofMiddle.at(-1)];
    const period = `&from=${begun?.occurredAt ?? ''}&to=${ended?.occurredAt ?? ''}`;
    const before = await ledger.entriesOf('a', 'desc', period);
    expect(before).toMatchObject({ end: 'whole' });
    for (let segment = 1; segment <= last; segment += 1) await ledger.archive(segment);
    expect(await ledger.entriesOf('a', 'desc', period)).toEqual({ entries: [], end: '410 ARCHIVED' });
    await ledger.restore(middle);
    expect(await ledger.entriesOf('a', 'desc', period)).toEqual(before);
    expect(await ledger.entriesOf('a', 'asc', period)).toEqual({
      entries: before.entries.toReversed(),
      end: 'whole',
    });
    const until = await ledger.entriesOf('a', 'desc', `&to=${ended?.occurredAt ?? ''}`);
    expect(until).toEqual({ entries: ofMiddle.slice(0, -1).toReversed(), end: '410 ARCHIVED' });
    expect(await ledger.entriesOf('a', 'desc')).toEqual({
      entries: all.filter(({ position }) => BigInt(position) > endOf(last)).toReversed(),
      end: '410 ARCHIVED',
    });
  });

  it.each<FailpointName>(['afterSegmentRestored', 'afterLedgerRestorePage', 'afterLedgerRestored'])(
    'is whole after a crash %s and another attempt',
    async (point) => {
      await ledger.fill();
      const before = await ledger.postings();
      await ledger.archive(1);
      const failpoint = (reached: FailpointName) => {
        if (reached === point) throw new Error(`crash ${point}`);
      };
      await expect(restoreSegment({ ...ledger.fixture.deps, failpoint }, 1)).rejects.toThrow(
        `crash ${point}`,
      );
      await ledger.restore(1);
      expect(await ledger.postings()).toEqual(before);
      expect(await ledger.tables()).toMatchObject({ beside: [] });
      expect(await ledger.differences()).toEqual([]);
    },
  );

  it('that the release before did not bring back is archived, and neither missing nor empty', async () => {
    await ledger.fill();
    await ledger.archive(1);
    const failpoint = (reached: FailpointName) => {
      if (reached === 'afterSegmentRestored') throw new Error('a crash');
    };
    await expect(restoreSegment({ ...ledger.fixture.deps, failpoint }, 1)).rejects.toThrow('a crash');
    const archived = { status: 410, body: { code: 'ARCHIVED' } };
    expect(await get(ledger.api, '/movements/a@1')).toMatchObject(archived);
    expect(await get(ledger.api, '/wallets/a/ledger?order=asc')).toMatchObject(archived);
    expect(await ledger.differences()).toEqual([]);
    await ledger.restore(1);
    expect(await get(ledger.api, '/movements/a@1')).toMatchObject({
      status: 200,
      body: { ledger: { state: 'booked' } },
    });
  });

  it.each([
    ['in the midst of the archive', 2],
    ['at its end', 3],
  ])('%s is compared posting by posting, and repaired', async (_, restored) => {
    await ledger.fill();
    const { owner, pool } = ledger.fixture;
    const [before, balance] = [await ledger.postings(), await readTrialBalance(pool)];
    for (const segment of [1, 2, 3]) await ledger.archive(segment);
    await ledger.restore(restored);
    expect(await ledger.differences()).toEqual([]);
    const there = await ledger.postings();
    expect(there.length).toBeLessThan(before.length);
    const [from, through] = [endOf(restored - 1) + 1n, endOf(restored)];
    // No sum tells of the first one. The second one is missing, and the third one is too many.
    const of = (n: number) =>
      `(select position from ledger_postings where position between ${from} and ${through} and posting = 1 order by position offset ${n} limit 1)`;
    await owner.query(
      `update ledger_postings set occurred_at = occurred_at + interval '1 hour' where position = ${of(0)} and posting = 1`,
    );
    await owner.query(`delete from ledger_postings where position = ${of(1)}`);
    await owner.query(
      `insert into ledger_postings select position, occurred_at, 1, null, 1, 7, false, null, 'nobody', currency
         from ledger_postings where position = ${of(2)} and posting = 1`,
    );
    const asked = { after: 0n, upTo: await readHead(pool), limit: 3 };
    const compare = async (repair: boolean) => {
      const found = [];
      for (let page = await compareLog(pool, { ...asked, repair }); ;) {
        found.push(...page.differences);
        if (page.events === 0 || page.after >= asked.upTo) return found;
        page = await compareLog(pool, { ...asked, after: page.after, repair });
      }
    };
    const found = await compare(true);
    expect(found.map(({ where }) => where)).toEqual(['ledger', 'ledger', 'ledger']);
    for (const { position } of found) {
      expect(position).toBeGreaterThanOrEqual(Number(from));
      expect(position).toBeLessThanOrEqual(Number(through));
    }
    expect(await compare(false)).toEqual([]);
    expect(await ledger.postings()).toEqual(there);
    // The sums of the ledger have those of its end alone.
    if (restored === 3) await compareSums(pool, { correct: true });
    expect(await ledger.differences()).toEqual([]);
    for (const segment of [1, 2, 3]) await ledger.restore(segment);
    expect(await ledger.postings()).toEqual(before);
    expect(await readTrialBalance(pool)).toEqual(balance);
    expect(await ledger.differences()).toEqual([]);
  });

  it('is in the ledger after a rebuild of it', async () => {
    await ledger.fill();
    const { pool } = ledger.fixture;
    const [before, balance] = [await ledger.postings(), await readTrialBalance(pool)];
    for (const segment of [1, 2, 3, 4]) await ledger.archive(segment);
    for (const segment of [2, 4]) await ledger.restore(segment);
    const there = await ledger.postings();
    const entries = await ledger.entriesOf('a', 'desc');
    expect(there.length).toBeLessThan(before.length);
    await rebuildLedger(pool, 'restored');
    expect(await ledger.postings()).toEqual(there);
    expect(await ledger.beginsAfter()).toBe(endOf(3));
    expect(await ledger.entriesOf('a', 'desc')).toEqual(entries);
    expect(await readTrialBalance(pool)).toEqual(balance);
    expect(await ledger.differences()).toEqual([]);
    for (const segment of [3, 1]) await ledger.restore(segment);
    expect(await ledger.postings()).toEqual(before);
    expect(await ledger.differences()).toEqual([]);
  });

  it('is read behind the wall between tenants', async () => {
    await ledger.fill();
    for (const segment of [1, 2, 3]) await ledger.archive(segment);
    await ledger.restore(2);
    const role = `${new URL(ledger.fixture.databaseUrl).username}_reads`;
    await ledger.fixture.owner.query(`create role ${role}`);
    try {
      const service = new URL(ledger.fixture.databaseUrl).username;
      await ledger.fixture.owner.query(`grant ${role} to ${service}`);
      await ledger.fixture.owner.query(`alter role ${service} bypassrls`);
      await inDatabaseTransaction(ledger.fixture.owner, (client) => raiseReadWall(client, role, service));
      const walled = createTestApi(testConfig(ledger.fixture.databaseUrl, { DATABASE_READ_ROLE: role }));
      try {
        for (const path of ['/wallets/a/ledger?order=asc', '/movements/a@1'])
          expect(await get(walled, path)).toMatchObject({ status: 410, body: { code: 'ARCHIVED' } });
      } finally {
        await walled.close();
      }
    } finally {
      await ledger.fixture.owner.query(`drop owned by ${role}`);
      await ledger.fixture.owner.query(`drop role ${role}`);
    }
  });
});

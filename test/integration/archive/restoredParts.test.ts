// The parts of the ledger come back with the events of their segments, from their tables or from the events.
// Entries are readable again, and count once in the sums.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { letGo, restoreSegment } from '../../../src/archive/restore.ts';
import { inDatabaseTransaction } from '../../../src/eventStore/database.ts';
import { raiseReadWall } from '../../../src/eventStore/readWall.ts';
import type { FailpointName } from '../../../src/failpoints.ts';
import { readTrialBalance } from '../../../src/projections/ledger/ledgerQueries.ts';
import { createTestApi, get, testConfig } from '../../support/api.ts';
import { narrow } from '../../support/archiveFixture.ts';
import { createLedgerFixture, endOf, type LedgerFixture } from '../../support/ledgerFixture.ts';

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

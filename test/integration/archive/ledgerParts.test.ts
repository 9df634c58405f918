// The parts of the ledger leave with the events of their segments and come back with them. Everything after
// the cut is what it was, and nothing before it looks whole.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchivedSegments } from '../../../src/archive/archivedSegments.ts';
import { letGo, restoreSegment } from '../../../src/archive/restore.ts';
import { takeStep } from '../../../src/archive/steps.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { readArchivedThrough } from '../../../src/eventStore/openingRows.ts';
import { raiseReadWall } from '../../../src/eventStore/readWall.ts';
import { keepLedgerSegments, keepSegments } from '../../../src/eventStore/segments.ts';
import type { FailpointName } from '../../../src/failpoints.ts';
import { currentLedger } from '../../../src/projections/ledger/forms/ledgerTables.ts';
import { insertPostings } from '../../../src/projections/ledger/forms/postingTable.ts';
import { readTrialBalance } from '../../../src/projections/ledger/ledgerQueries.ts';
import { ledgerProjection } from '../../../src/projections/ledger/ledgerSink.ts';
import { fillRebuild } from '../../../src/projections/ledger/rebuild/fillRebuild.ts';
import {
  createRebuildTable,
  dropReplaced,
  indexRebuild,
} from '../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { verifyRebuild } from '../../../src/projections/ledger/rebuild/verifyRebuild.ts';
import { convertLedger } from '../../../src/projections/ledger/segments/convertLedger.ts';
import { compareSums } from '../../../src/projections/ledger/sums/ledgerSums.ts';
import { checkHead } from '../../../src/projections/verify/checkLog.ts';
import { compareLog } from '../../../src/projections/verify/compareLog.ts';
import { inDatabaseTransaction } from '../../../src/eventStore/database.ts';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import { readPostgresFacts } from '../../../src/health/facts/postgresFacts.ts';
import { judge } from '../../../src/health/judge.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import {
  type ArchiveFixture,
  archiveThrough,
  bookOldEvents,
  createArchiveFixture,
  extendLedgerSums,
  narrow,
  timesOf,
} from '../../support/archiveFixture.ts';
import { changeLog } from '../../support/changeLog.ts';
import { actEveryEvent } from '../../support/everyEvent.ts';
import { wellFacts } from '../../support/healthFacts.ts';
import { beginWithPlainPostings } from '../../support/plainLedger.ts';
import { drainAll } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

let fixture: ArchiveFixture;
let api: TestApi;
beforeEach(async () => {
  fixture = await createArchiveFixture();
  api = createTestApi(testConfig(fixture.databaseUrl));
});
afterEach(async () => {
  await api.close();
  await fixture.close();
});

/** Events of every type in five full segments, and then credits of one wallet. All are old and booked. */
async function fill(): Promise<void> {
  await changeLog(fixture.owner, `update log_head set level = ${levelMax}`);
  await actEveryEvent(api);
  for (let nth = 0; nth < 3 * narrow; nth += 1) await credit();
  await bookOldEvents(fixture);
}

async function credit(): Promise<void> {
  const answer = await post(api, '/wallets/a/credit', { amount: '1.00' });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
}

const archive = (segment: number, graceDays?: number) => archiveThrough(fixture.deps, segment, graceDays);
const step = (segment: number) => takeStep(fixture.deps, segment, timesOf(7));
const restore = (segment: number) => restoreSegment(fixture.deps, segment);
const endOf = (segment: number) => BigInt(segment * narrow);

async function postings(after = 0n) {
  const { pool } = fixture;
  return (await currentLedger(pool)).readRange(pool, after, await readHead(pool));
}

/** Everything that a verification of the ledger compares. */
async function differences(): Promise<readonly unknown[]> {
  const { pool } = fixture;
  const log = await compareLog(pool, { after: 0n, upTo: await readHead(pool), limit: 1_000, repair: false });
  return [...log.differences, ...(await checkHead(pool)), ...(await compareSums(pool, { correct: false }))];
}

/** What the health model finds in the database, by name. */
async function conditionsFound(): Promise<readonly string[]> {
  const archive = { isOn: true, ...timesOf() };
  const value = await readPostgresFacts(fixture.pool, '', { archive });
  const postgres = { answered: true, answeredInMs: 1, value } as const;
  return judge({ ...wellFacts, postgres }, conditions).map(({ name }) => name);
}

async function beginsAfter(): Promise<bigint> {
  const { rows } = await fixture.pool.query<{ at: string }>('select begins_after as at from ledger_form');
  return BigInt(rows[0]?.at ?? -1);
}

/** The parts of the ledger, and its tables beside it. */
async function tables(): Promise<{ readonly live: readonly string[]; readonly beside: readonly string[] }> {
  const { rows } = await fixture.owner.query<{ name: string; is_live: boolean }>(
    `select relname as name, relispartition as is_live
       from pg_class
      where relkind = 'r' and relname ~ '^ledger_(postings|restore)_.*s\\d+$'
      order by length(relname), relname`,
  );
  const named = (live: boolean) => rows.filter((one) => one.is_live === live).map(({ name }) => name);
  return { live: named(true), beside: named(false) };
}

async function bytesOfLedger(): Promise<number> {
  const { rows } = await fixture.owner.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(oid)) as bytes
       from pg_class where relkind = 'r' and relname like 'ledger\\_postings\\_s%'`,
  );
  return Number(rows[0]?.bytes);
}

/** All entries of a wallet, page by page, and how the last page ended. */
async function entriesOf(walletId: string, order: 'asc' | 'desc', period = '') {
  const entries: unknown[] = [];
  let cursor: string | null = '';
  for (let page = 0; page < 50 && cursor !== null; page += 1) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await get(
      api,
      `/wallets/${walletId}/ledger?limit=3&order=${order}${period}${from}`,
    );
    if (status !== 200) return { entries, end: `${status} ${String(body.code)}` };
    entries.push(...(body.entries as unknown[]));
    cursor = body.nextCursor as string | null;
  }
  return { entries, end: 'whole' };
}

describe('a part of the ledger', () => {
  it('leaves with its events, and everything after the cut is what it was', async () => {
    await fill();
    const [before, balance] = [await postings(), await readTrialBalance(fixture.pool)];
    const entries = (await entriesOf('a', 'desc')).entries as { position: number }[];
    const events = (await get(api, '/wallets/a/events?order=desc&limit=10')).body.events;
    const since = (events as { occurredAt: string }[]).at(-1)?.occurredAt ?? '';
    const paths = [
      '/ledger/trial-balance',
      `/wallets/a/balance?at=${since}`,
      `/wallets/a/statement?from=${since}`,
      `/wallets/a/ledger?from=${since}&order=asc`,
      '/wallets/a/holds',
    ];
    const answers = await Promise.all(paths.map(async (path) => (await get(api, path)).body));
    expect(answers).toMatchObject([
      {},
      {},
      { movements: Array(10).fill({}) },
      { entries: Array(10).fill({}) },
      {},
    ]);
    expect(await differences()).toEqual([]);
    const found = await conditionsFound();
    for (const segment of [1, 2, 3]) {
      expect(await archive(segment)).toBe('done');
      expect(await conditionsFound()).toEqual(found);
      expect(await postings()).toEqual(before.filter(({ position }) => position > endOf(segment)));
      expect(await beginsAfter()).toBe(endOf(segment));
      expect(await readTrialBalance(fixture.pool)).toEqual(balance);
      expect(await differences()).toEqual([]);
    }
    expect(await Promise.all(paths.map(async (path) => (await get(api, path)).body))).toEqual(answers);
    const after = await entriesOf('a', 'desc');
    expect(after).toEqual({
      entries: entries.filter(({ position }) => BigInt(position) > endOf(3)),
      end: '410 ARCHIVED',
    });
    expect(after.entries.length).toBeGreaterThan(0);
  });

  it('stays beside the ledger for the grace, and gives its disk back with the drop', async () => {
    await fill();
    const states = async () => (await readArchivedSegments(fixture.pool))[0]?.ledger;
    const before = await bytesOfLedger();
    expect(await states()).toBe('attached');
    expect(await archive(1, 7)).toBe('kept');
    expect(await tables()).toMatchObject({ beside: ['ledger_postings_s1'] });
    expect(await states()).toBe('detached');
    expect(await bytesOfLedger()).toBe(before);
    const { rows } = await fixture.owner.query<{ bytes: string }>(
      "select pg_total_relation_size('ledger_postings_s1') as bytes",
    );
    expect(await archive(1)).toBe('done');
    expect(await tables()).toMatchObject({ beside: [] });
    expect(await states()).toBe('dropped');
    expect(await bytesOfLedger()).toBe(before - Number(rows[0]?.bytes));
  });

  it('that is away makes no list of entries that looks whole', async () => {
    await fill();
    const whole = await entriesOf('a', 'asc');
    expect(whole.end).toBe('whole');
    await archive(1);
    await archive(2);
    expect(await entriesOf('a', 'asc')).toEqual({ entries: [], end: '410 ARCHIVED' });
    const answer = await get(api, '/wallets/a/ledger?order=asc');
    const { body } = await get(api, '/wallets/a/events?order=asc');
    expect([answer.body.retainedSince, answer.body.code]).toEqual([body.retainedSince, 'ARCHIVED']);
    expect(String(answer.body.detail).slice(-100)).toBe(String(body.detail).slice(-100));
  });

  it('and its events leave together or not at all, while a reader holds one of them', async () => {
    await fill();
    for (let steps = 0; steps < 4; steps += 1) expect(await step(1)).toBe('done');
    for (const held of ['ledger_postings', 'events']) {
      const before = await postings();
      await inDatabaseTransaction(fixture.owner, async (client) => {
        await client.query(`lock table ${held} in access share mode`);
        const detaching = step(1);
        await appendEvents(fixture.owner, walletStream(`wallet-${held}`, 1n));
        expect(await detaching, held).toBe('locked');
      });
      expect([await postings(), await beginsAfter()], held).toEqual([before, 0n]);
      await drainAll(fixture.pool, ledgerProjection);
    }
  });
});

describe('a restored part', () => {
  it('comes from its table within the grace, and from the events after it', async () => {
    await fill();
    const [before, balance] = [await postings(), await readTrialBalance(fixture.pool)];
    const entries = await entriesOf('a', 'desc');
    const movement = await get(api, '/movements/a@1');
    for (const graceDays of [7, 0]) {
      await archive(1, graceDays);
      await archive(2, graceDays);
      const { beside } = await tables();
      expect(beside).toHaveLength(graceDays === 0 ? 0 : 2);
      await restore(2);
      await restore(1);
      expect(await postings(), `grace ${graceDays}`).toEqual(before);
      expect(await tables()).toMatchObject({ beside: [] });
      expect(await beginsAfter()).toBe(0n);
      expect(await readTrialBalance(fixture.pool)).toEqual(balance);
      expect(await entriesOf('a', 'desc')).toEqual(entries);
      expect((await get(api, '/movements/a@1')).body).toEqual(movement.body);
      expect(await differences()).toEqual([]);
      for (const segment of [1, 2]) expect(await letGo(fixture.deps, segment)).toBe(true);
    }
  });

  it('has the indexes, the constraints and the rights of every part', async () => {
    await fill();
    const shape = async () => {
      const { rows } = await fixture.owner.query(
        `select relowner::regrole::text as owner, coalesce(relacl::text, '') as acl,
                (select array_agg(indexrelid::regclass::text order by indexrelid::regclass::text) from pg_index where indrelid = pg_class.oid) as indexes,
                (select array_agg(conname || pg_get_constraintdef(oid) order by conname) from pg_constraint where conrelid = pg_class.oid) as checks
           from pg_class where relname = 'ledger_postings_s1'`,
      );
      return rows as readonly unknown[];
    };
    const before = await shape();
    await archive(1);
    await restore(1);
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
    await fill();
    const [before, balance] = [await postings(), await readTrialBalance(fixture.pool)];
    const there = new Set<bigint>();
    const check = async (when: string) => {
      const segmentOf = (position: bigint) => (position - 1n) / BigInt(narrow) + 1n;
      const expected = before.filter(({ position }) => position > endOf(3) || there.has(segmentOf(position)));
      expect(await postings(), when).toEqual(expected);
      const begins = [3n, 2n, 1n].find((segment) => !there.has(segment)) ?? 0n;
      expect(await beginsAfter(), when).toBe(begins * BigInt(narrow));
      expect(await readTrialBalance(fixture.pool), when).toEqual(balance);
      expect(await differences(), when).toEqual([]);
    };
    for (const segment of [1, 2, 3]) await archive(segment);
    for (const segment of back) {
      await restore(segment);
      there.add(BigInt(segment));
      await check(`restored ${segment}`);
    }
    for (const segment of away) {
      await letGo(fixture.deps, segment);
      expect(await archive(segment)).toBe('done');
      there.delete(BigInt(segment));
      await check(`released ${segment}`);
    }
    expect(await archive(4)).toBe('done');
    expect(await differences()).toEqual([]);
    expect(await readTrialBalance(fixture.pool)).toEqual(balance);
  });

  it('in the midst of the archive shows the entries of its time, and no others', async () => {
    await fill();
    const all = (await entriesOf('a', 'asc')).entries as { position: number; occurredAt: string }[];
    const [middle, last] = [6, 7];
    const ofMiddle = all.filter(
      ({ position }) => BigInt(position) > endOf(middle - 1) && BigInt(position) <= endOf(middle),
    );
    expect(ofMiddle).toHaveLength(narrow);
    const [begun, ended] = [ofMiddle.at(2), ofMiddle.at(-1)];
    const period = `&from=${begun?.occurredAt ?? ''}&to=${ended?.occurredAt ?? ''}`;
    const before = await entriesOf('a', 'desc', period);
    expect(before).toMatchObject({ end: 'whole' });
    for (let segment = 1; segment <= last; segment += 1) await archive(segment);
    expect(await entriesOf('a', 'desc', period)).toEqual({ entries: [], end: '410 ARCHIVED' });
    await restore(middle);
    expect(await entriesOf('a', 'desc', period)).toEqual(before);
    expect(await entriesOf('a', 'asc', period)).toEqual({
      entries: before.entries.toReversed(),
      end: 'whole',
    });
    const until = await entriesOf('a', 'desc', `&to=${ended?.occurredAt ?? ''}`);
    expect(until).toEqual({ entries: ofMiddle.slice(0, -1).toReversed(), end: '410 ARCHIVED' });
    expect(await entriesOf('a', 'desc')).toEqual({
      entries: all.filter(({ position }) => BigInt(position) > endOf(last)).toReversed(),
      end: '410 ARCHIVED',
    });
  });

  it.each<FailpointName>(['afterSegmentRestored', 'afterLedgerRestorePage', 'afterLedgerRestored'])(
    'is whole after a crash %s and another attempt',
    async (point) => {
      await fill();
      const before = await postings();
      await archive(1);
      const failpoint = (reached: FailpointName) => {
        if (reached === point) throw new Error(`crash ${point}`);
      };
      await expect(restoreSegment({ ...fixture.deps, failpoint }, 1)).rejects.toThrow(`crash ${point}`);
      await restore(1);
      expect(await postings()).toEqual(before);
      expect(await tables()).toMatchObject({ beside: [] });
      expect(await differences()).toEqual([]);
    },
  );

  it('that the release before did not bring back is archived, and neither missing nor empty', async () => {
    await fill();
    await archive(1);
    const failpoint = (reached: FailpointName) => {
      if (reached === 'afterSegmentRestored') throw new Error('a crash');
    };
    await expect(restoreSegment({ ...fixture.deps, failpoint }, 1)).rejects.toThrow('a crash');
    const archived = { status: 410, body: { code: 'ARCHIVED' } };
    expect(await get(api, '/movements/a@1')).toMatchObject(archived);
    expect(await get(api, '/wallets/a/ledger?order=asc')).toMatchObject(archived);
    expect(await differences()).toEqual([]);
    await restore(1);
    expect(await get(api, '/movements/a@1')).toMatchObject({
      status: 200,
      body: { ledger: { state: 'booked' } },
    });
  });

  it('is read behind the wall between tenants', async () => {
    await fill();
    for (const segment of [1, 2, 3]) await archive(segment);
    await restore(2);
    const role = `${new URL(fixture.databaseUrl).username}_reads`;
    await fixture.owner.query(`create role ${role}`);
    try {
      const service = new URL(fixture.databaseUrl).username;
      await fixture.owner.query(`grant ${role} to ${service}`);
      await fixture.owner.query(`alter role ${service} bypassrls`);
      await inDatabaseTransaction(fixture.owner, (client) => raiseReadWall(client, role, service));
      const walled = createTestApi(testConfig(fixture.databaseUrl, { DATABASE_READ_ROLE: role }));
      try {
        for (const path of ['/wallets/a/ledger?order=asc', '/movements/a@1'])
          expect(await get(walled, path)).toMatchObject({ status: 410, body: { code: 'ARCHIVED' } });
      } finally {
        await walled.close();
      }
    } finally {
      await fixture.owner.query(`drop owned by ${role}`);
      await fixture.owner.query(`drop role ${role}`);
    }
  });
});

/** A ledger of postings without segments, which belongs to the service. */
async function beginWithPlainLedger(): Promise<void> {
  await beginWithPlainPostings(fixture.owner, levelMax);
  const service = new URL(fixture.databaseUrl).username;
  await fixture.owner.query(`alter view ledger_entries owner to ${service}`);
}

describe('an older ledger', () => {
  it('that lost events without their postings loses these with the next segment', async () => {
    await fill();
    const [before, balance] = [await postings(), await readTrialBalance(fixture.pool)];
    await archive(1, 7);
    // As the release before left it: the part stays in the ledger.
    for (const statement of [
      'alter table ledger_postings attach partition ledger_postings_s1 for values from (1) to (9)',
      'alter table ledger_postings_s1 drop constraint ledger_bounds',
      'update ledger_form set begins_after = 0',
    ])
      await fixture.owner.query(statement);
    expect(await archive(1)).toBe('done');
    expect([await postings(), await differences()]).toEqual([before, []]);
    expect(await entriesOf('a', 'asc')).toEqual({ entries: [], end: '410 ARCHIVED' });
    expect(await archive(2)).toBe('done');
    expect(await postings()).toEqual(before.filter(({ position }) => position > endOf(2)));
    expect([await beginsAfter(), (await tables()).beside]).toEqual([endOf(2), []]);
    expect([await readTrialBalance(fixture.pool), await differences()]).toEqual([balance, []]);
  });

  it('without segments keeps all its postings', async () => {
    await beginWithPlainLedger();
    await fill();
    const [before, balance] = [await postings(), await readTrialBalance(fixture.pool)];
    expect(await archive(1)).toBe('done');
    expect([await postings(), await beginsAfter()]).toEqual([before, 0n]);
    const [first] = await readArchivedSegments(fixture.pool);
    expect(first).toMatchObject({ state: 'dropped', ledger: 'attached' });
    await restore(1);
    expect([await postings(), await beginsAfter()]).toEqual([before, 0n]);
    expect(await readTrialBalance(fixture.pool)).toEqual(balance);
    expect(await differences()).toEqual([]);
  });

  it('that was converted keeps its first part until the last segment of it leaves', async () => {
    await beginWithPlainLedger();
    expect(await convertLedger(fixture.pool)).toBe(true);
    const { rows } = await fixture.pool.query<{ last: number }>(
      'select max(segment) as last from log_segments',
    );
    const last = rows[0]?.last ?? 0;
    expect((await tables()).live).toEqual([`ledger_postings_s${last}`]);
    await actEveryEvent(api);
    const credits = Array.from({ length: (last + 1) * narrow }, () => 1n);
    await keepSegments(fixture.owner, { width: narrow, ahead: credits.length });
    await appendEvents(fixture.owner, walletStream('wallet-001', 100n, credits));
    await bookOldEvents(fixture);
    const [before, balance] = [await postings(), await readTrialBalance(fixture.pool)];
    for (let segment = 1; segment < last; segment += 1) expect(await archive(segment)).toBe('done');
    await restore(2);
    expect(await archive(last)).toBe('done');
    expect([await postings(), await beginsAfter()], 'one of them is restored').toEqual([before, 0n]);
    expect(await differences()).toEqual([]);
    await letGo(fixture.deps, 2);
    expect(await archive(2)).toBe('done');
    expect(await postings()).toEqual(before.filter(({ position }) => position > endOf(last)));
    expect([await beginsAfter(), (await tables()).beside]).toEqual([endOf(last), []]);
    expect(await differences()).toEqual([]);
    expect(await readTrialBalance(fixture.pool)).toEqual(balance);
    await restore(last);
    expect(await postings()).toEqual(before.filter(({ position }) => position > endOf(last - 1)));
    expect(await differences()).toEqual([]);
  });
});

describe('beside a detachment', () => {
  it('a drain loses and doubles nothing', async () => {
    await fill();
    const amount = 40;
    let isDone = false;
    const draining = (async () => {
      while (!isDone) await drainAll(fixture.pool, ledgerProjection, 7);
    })();
    const appending = (async () => {
      for (let nth = 1; nth <= amount; nth += 1) await credit();
    })();
    for (const segment of [1, 2, 3])
      expect(['done', 'locked', 'projections']).toContain(await archive(segment));
    await appending;
    isDone = true;
    await draining;
    await drainAll(fixture.pool, ledgerProjection);
    for (const segment of [1, 2, 3]) await archive(segment);
    await extendLedgerSums(fixture.pool);
    expect(await beginsAfter()).toBe(endOf(3));
    expect(await differences()).toEqual([]);
    const { rows } = await fixture.owner.query('select from projection_failures');
    expect(rows).toEqual([]);
    for (const segment of [1, 2, 3]) await restore(segment);
    expect(await differences()).toEqual([]);
    const { rows: counted } = await fixture.owner.query(
      `select count(*)::integer as credits, count(distinct position)::integer as positions
         from ledger_postings where credit_wallet_id = 'a' and debit_wallet_id is null and amount_minor = 100
          and position > $1`,
      [Number(await readHead(fixture.pool)) - amount],
    );
    expect(counted).toEqual([{ credits: amount, positions: amount }]);
  });

  it('a rebuild that began before keeps the ledger whole, and leaves no table behind', async () => {
    await fill();
    const [before, balance] = [await postings(), await readTrialBalance(fixture.pool)];
    const { pool } = fixture;
    await createRebuildTable(pool, 'one');
    await fillRebuild(pool, { rebuildId: 'one', pageSize: 7, goOn: () => true, onPage: () => undefined });
    await archive(1, 7);
    await indexRebuild(pool, 'one');
    expect((await verifyRebuild(pool, 'one')).differences).toEqual([]);
    expect(await swapRebuild(pool, 'one', 10)).toMatchObject({ swapped: true });
    await dropReplaced(pool, 'one');
    await extendLedgerSums(pool);
    expect(await tables()).toMatchObject({ beside: [] });
    expect(await readTrialBalance(pool)).toEqual(balance);
    expect(await differences()).toEqual([]);
    // The rebuild has put the part back. It leaves with the next segment.
    await archive(1);
    await archive(2);
    expect(await postings()).toEqual(before.filter(({ position }) => position > endOf(2)));
    expect(await tables()).toMatchObject({ beside: [] });
    await restore(2);
    await restore(1);
    expect(await postings()).toEqual(before);
    expect(await differences()).toEqual([]);
  });

  it('a checkpoint that was set back books nothing that the sums have already', async () => {
    await fill();
    const before = await postings();
    await archive(1);
    await fixture.owner.query("update projector_checkpoints set position = 0 where projection = 'ledger'");
    expect(await keepLedgerSegments(fixture.pool)).toBe(0);
    expect((await tables()).live).not.toContain('ledger_postings_s1');
    const [first] = before;
    await inDatabaseTransaction(fixture.pool, (client) =>
      insertPostings(client, [
        {
          ...{
            position: first?.position ?? 0n,
            posting: 1,
            layer: 'settled',
            amountMinor: 5n,
            currency: 'USD',
          },
          debit: { walletId: null, balanceAfterMinor: null },
          credit: { walletId: 'a', balanceAfterMinor: 5n },
          occurredAt: new Date(),
        },
      ]),
    );
    expect(await compareSums(fixture.pool, { correct: false })).toEqual([]);
    expect(await readArchivedThrough(fixture.pool)).toBe(endOf(1));
  });
});

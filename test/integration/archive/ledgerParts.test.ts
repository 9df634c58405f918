// The parts of the ledger leave with the events of their segments. Everything after the cut is what it was,
// and nothing before it looks whole. Older ledgers, drains and rebuilds lose nothing by it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchivedSegments } from '../../../src/archive/archivedSegments.ts';
import { letGo } from '../../../src/archive/restore.ts';
import { takeStep } from '../../../src/archive/steps.ts';
import { inDatabaseTransaction } from '../../../src/eventStore/database.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { readArchivedThrough } from '../../../src/eventStore/openingRows.ts';
import { keepLedgerSegments, keepSegments } from '../../../src/eventStore/segments.ts';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import { readPostgresFacts } from '../../../src/health/facts/postgresFacts.ts';
import { judge } from '../../../src/health/judge.ts';
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
import { get } from '../../support/api.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { bookOldEvents, extendLedgerSums, narrow, timesOf } from '../../support/archiveFixture.ts';
import { actEveryEvent } from '../../support/everyEvent.ts';
import { wellFacts } from '../../support/healthFacts.ts';
import { createLedgerFixture, endOf, type LedgerFixture } from '../../support/ledgerFixture.ts';
import { beginWithPlainPostings } from '../../support/plainLedger.ts';
import { drainAll } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

let ledger: LedgerFixture;
beforeEach(async () => {
  ledger = await createLedgerFixture();
});
afterEach(() => ledger.close());

const step = (segment: number) => takeStep(ledger.fixture.deps, segment, timesOf(7));

/** What the health model finds in the database, by name. */
async function conditionsFound(): Promise<readonly string[]> {
  const archive = { isOn: true, ...timesOf() };
  const value = await readPostgresFacts(ledger.fixture.pool, '', { archive });
  const postgres = { answered: true, answeredInMs: 1, value } as const;
  return judge({ ...wellFacts, postgres }, conditions).map(({ name }) => name);
}

async function bytesOfLedger(): Promise<number> {
  const { rows } = await ledger.fixture.owner.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(oid)) as bytes
       from pg_class where relkind = 'r' and relname like 'ledger\\_postings\\_s%'`,
  );
  return Number(rows[0]?.bytes);
}

describe('a part of the ledger', () => {
  it('leaves with its events, and everything after the cut is what it was', async () => {
    await ledger.fill();
    const [before, balance] = [await ledger.postings(), await readTrialBalance(ledger.fixture.pool)];
    const entries = (await ledger.entriesOf('a', 'desc')).entries as { position: number }[];
    const events = (await get(ledger.api, '/wallets/a/events?order=desc&limit=10')).body.events;
    const since = (events as { occurredAt: string }[]).at(-1)?.occurredAt ?? '';
    const paths = [
      '/ledger/trial-balance',
      `/wallets/a/balance?at=${since}`,
      `/wallets/a/statement?from=${since}`,
      `/wallets/a/ledger?from=${since}&order=asc`,
      '/wallets/a/holds',
    ];
    const answers = await Promise.all(paths.map(async (path) => (await get(ledger.api, path)).body));
    expect(answers).toMatchObject([
      {},
      {},
      { movements: Array(10).fill({}) },
      { entries: Array(10).fill({}) },
      {},
    ]);
    expect(await ledger.differences()).toEqual([]);
    const found = await conditionsFound();
    for (const segment of [1, 2, 3]) {
      expect(await ledger.archive(segment)).toBe('done');
      expect(await conditionsFound()).toEqual(found);
      expect(await ledger.postings()).toEqual(before.filter(({ position }) => position > endOf(segment)));
      expect(await ledger.beginsAfter()).toBe(endOf(segment));
      expect(await readTrialBalance(ledger.fixture.pool)).toEqual(balance);
      expect(await ledger.differences()).toEqual([]);
    }
    expect(await Promise.all(paths.map(async (path) => (await get(ledger.api, path)).body))).toEqual(answers);
    const after = await ledger.entriesOf('a', 'desc');
    expect(after).toEqual({
      entries: entries.filter(({ position }) => BigInt(position) > endOf(3)),
      end: '410 ARCHIVED',
    });
    expect(after.entries.length).toBeGreaterThan(0);
  });

  it('stays beside the ledger for the grace, and gives its disk back with the drop', async () => {
    await ledger.fill();
    const states = async () => (await readArchivedSegments(ledger.fixture.pool))[0]?.ledger;
    const before = await bytesOfLedger();
    expect(await states()).toBe('attached');
    expect(await ledger.archive(1, 7)).toBe('kept');
    expect(await ledger.tables()).toMatchObject({ beside: ['ledger_postings_s1'] });
    expect(await states()).toBe('detached');
    expect(await bytesOfLedger()).toBe(before);
    const { rows } = await ledger.fixture.owner.query<{ bytes: string }>(
      "select pg_total_relation_size('ledger_postings_s1') as bytes",
    );
    expect(await ledger.archive(1)).toBe('done');
    expect(await ledger.tables()).toMatchObject({ beside: [] });
    expect(await states()).toBe('dropped');
    expect(await bytesOfLedger()).toBe(before - Number(rows[0]?.bytes));
  });

  it('that is away makes no list of entries that looks whole', async () => {
    await ledger.fill();
    const whole = await ledger.entriesOf('a', 'asc');
    expect(whole.end).toBe('whole');
    await ledger.archive(1);
    await ledger.archive(2);
    expect(await ledger.entriesOf('a', 'asc')).toEqual({ entries: [], end: '410 ARCHIVED' });
    const answer = await get(ledger.api, '/wallets/a/ledger?order=asc');
    const { body } = await get(ledger.api, '/wallets/a/events?order=asc');
    expect([answer.body.retainedSince, answer.body.code]).toEqual([body.retainedSince, 'ARCHIVED']);
    expect(String(answer.body.detail).slice(-100)).toBe(String(body.detail).slice(-100));
  });

  it('with other sums than its events stays until the ledger is repaired', async () => {
    await ledger.fill();
    const { owner } = ledger.fixture;
    await owner.query('update ledger_postings set amount_minor = amount_minor + 1 where position = 1');
    expect(await ledger.archive(1)).toBe('ledger');
    expect(await ledger.beginsAfter()).toBe(0n);
    const [stuck] = await readArchivedSegments(ledger.fixture.pool);
    expect(stuck).toMatchObject({
      step: 'opened',
      problem: expect.stringContaining('other sums') as unknown,
    });
    await owner.query('update ledger_postings set amount_minor = amount_minor - 1 where position = 1');
    expect(await ledger.archive(1)).toBe('done');
    expect((await readArchivedSegments(ledger.fixture.pool))[0]).toMatchObject({ problem: null });
  });

  it('and its events leave together or not at all, while a reader holds one of them', async () => {
    await ledger.fill();
    for (let steps = 0; steps < 4; steps += 1) expect(await step(1)).toBe('done');
    for (const held of ['ledger_postings', 'events']) {
      const before = await ledger.postings();
      await inDatabaseTransaction(ledger.fixture.owner, async (client) => {
        await client.query(`lock table ${held} in access share mode`);
        const detaching = step(1);
        await appendEvents(ledger.fixture.owner, walletStream(`wallet-${held}`, 1n));
        expect(await detaching, held).toBe('locked');
      });
      expect([await ledger.postings(), await ledger.beginsAfter()], held).toEqual([before, 0n]);
      await drainAll(ledger.fixture.pool, ledgerProjection);
    }
  });
});

/** A ledger of postings without segments, which belongs to the service. */
async function beginWithPlainLedger(): Promise<void> {
  await beginWithPlainPostings(ledger.fixture.owner, levelMax);
  const service = new URL(ledger.fixture.databaseUrl).username;
  await ledger.fixture.owner.query(`alter view ledger_entries owner to ${service}`);
}

describe('an older ledger', () => {
  it('that lost events without their postings loses these with the next segment', async () => {
    await ledger.fill();
    const [before, balance] = [await ledger.postings(), await readTrialBalance(ledger.fixture.pool)];
    await ledger.archive(1, 7);
    // As the release before left it: the part stays in the ledger.
    for (const statement of [
      'alter table ledger_postings attach partition ledger_postings_s1 for values from (1) to (9)',
      'alter table ledger_postings_s1 drop constraint ledger_bounds',
      'update ledger_form set begins_after = 0',
    ])
      await ledger.fixture.owner.query(statement);
    expect(await ledger.archive(1)).toBe('done');
    expect([await ledger.postings(), await ledger.differences()]).toEqual([before, []]);
    expect(await ledger.entriesOf('a', 'asc')).toEqual({ entries: [], end: '410 ARCHIVED' });
    expect(await ledger.archive(2)).toBe('done');
    expect(await ledger.postings()).toEqual(before.filter(({ position }) => position > endOf(2)));
    expect([await ledger.beginsAfter(), (await ledger.tables()).beside]).toEqual([endOf(2), []]);
    expect([await readTrialBalance(ledger.fixture.pool), await ledger.differences()]).toEqual([balance, []]);
  });

  it('without segments keeps all its postings', async () => {
    await beginWithPlainLedger();
    await ledger.fill();
    const [before, balance] = [await ledger.postings(), await readTrialBalance(ledger.fixture.pool)];
    expect(await ledger.archive(1)).toBe('done');
    expect([await ledger.postings(), await ledger.beginsAfter()]).toEqual([before, 0n]);
    const [first] = await readArchivedSegments(ledger.fixture.pool);
    expect(first).toMatchObject({ state: 'dropped', ledger: 'attached' });
    await ledger.restore(1);
    expect([await ledger.postings(), await ledger.beginsAfter()]).toEqual([before, 0n]);
    expect(await readTrialBalance(ledger.fixture.pool)).toEqual(balance);
    expect(await ledger.differences()).toEqual([]);
  });

  it('that was converted keeps its first part until the last segment of it leaves', async () => {
    await beginWithPlainLedger();
    expect(await convertLedger(ledger.fixture.pool)).toBe(true);
    const { rows } = await ledger.fixture.pool.query<{ last: number }>(
      'select max(segment) as last from log_segments',
    );
    const last = rows[0]?.last ?? 0;
    expect((await ledger.tables()).live).toEqual([`ledger_postings_s${last}`]);
    await actEveryEvent(ledger.api);
    const credits = Array.from({ length: (last + 1) * narrow }, () => 1n);
    await keepSegments(ledger.fixture.owner, { width: narrow, ahead: credits.length });
    await appendEvents(ledger.fixture.owner, walletStream('wallet-001', 100n, credits));
    await bookOldEvents(ledger.fixture);
    const [before, balance] = [await ledger.postings(), await readTrialBalance(ledger.fixture.pool)];
    for (let segment = 1; segment < last; segment += 1) expect(await ledger.archive(segment)).toBe('done');
    await ledger.restore(2);
    expect(await ledger.archive(last)).toBe('done');
    expect([await ledger.postings(), await ledger.beginsAfter()], 'one of them is restored').toEqual([
      before,
      0n,
    ]);
    expect(await ledger.differences()).toEqual([]);
    await letGo(ledger.fixture.deps, 2);
    expect(await ledger.archive(2)).toBe('done');
    expect(await ledger.postings()).toEqual(before.filter(({ position }) => position > endOf(last)));
    expect([await ledger.beginsAfter(), (await ledger.tables()).beside]).toEqual([endOf(last), []]);
    expect(await ledger.differences()).toEqual([]);
    expect(await readTrialBalance(ledger.fixture.pool)).toEqual(balance);
    await ledger.restore(last);
    expect(await ledger.postings()).toEqual(before.filter(({ position }) => position > endOf(last - 1)));
    expect(await ledger.differences()).toEqual([]);
  });
});

describe('beside a detachment', () => {
  it('a drain loses and doubles nothing', async () => {
    await ledger.fill();
    const amount = 40;
    let isDone = false;
    const draining = (async () => {
      while (!isDone) await drainAll(ledger.fixture.pool, ledgerProjection, 7);
    })();
    const appending = (async () => {
      for (let nth = 1; nth <= amount; nth += 1) await ledger.credit();
    })();
    for (const segment of [1, 2, 3])
      expect(['done', 'locked', 'projections']).toContain(await ledger.archive(segment));
    await appending;
    isDone = true;
    await draining;
    await drainAll(ledger.fixture.pool, ledgerProjection);
    for (const segment of [1, 2, 3]) await ledger.archive(segment);
    await extendLedgerSums(ledger.fixture.pool);
    expect(await ledger.beginsAfter()).toBe(endOf(3));
    expect(await ledger.differences()).toEqual([]);
    const { rows } = await ledger.fixture.owner.query('select from projection_failures');
    expect(rows).toEqual([]);
    for (const segment of [1, 2, 3]) await ledger.restore(segment);
    expect(await ledger.differences()).toEqual([]);
    const { rows: counted } = await ledger.fixture.owner.query(
      `select count(*)::integer as credits, count(distinct position)::integer as positions
         from ledger_postings where credit_wallet_id = 'a' and debit_wallet_id is null and amount_minor = 100
          and position > $1`,
      [Number(await readHead(ledger.fixture.pool)) - amount],
    );
    expect(counted).toEqual([{ credits: amount, positions: amount }]);
  });

  it('a rebuild that began before keeps the ledger whole, and leaves no table behind', async () => {
    await ledger.fill();
    const [before, balance] = [await ledger.postings(), await readTrialBalance(ledger.fixture.pool)];
    const { pool } = ledger.fixture;
    await createRebuildTable(pool, 'one');
    await fillRebuild(pool, { rebuildId: 'one', pageSize: 7, goOn: () => true, onPage: () => undefined });
    await ledger.archive(1, 7);
    await indexRebuild(pool, 'one');
    expect((await verifyRebuild(pool, 'one')).differences).toEqual([]);
    expect(await swapRebuild(pool, 'one', 10)).toMatchObject({ swapped: true });
    await dropReplaced(pool, 'one');
    await extendLedgerSums(pool);
    expect(await ledger.tables()).toMatchObject({ beside: [] });
    expect(await readTrialBalance(pool)).toEqual(balance);
    expect(await ledger.differences()).toEqual([]);
    // The rebuild has put the part back. It leaves with the next segment.
    await ledger.archive(1);
    await ledger.archive(2);
    expect(await ledger.postings()).toEqual(before.filter(({ position }) => position > endOf(2)));
    expect(await ledger.tables()).toMatchObject({ beside: [] });
    await ledger.restore(2);
    await ledger.restore(1);
    expect(await ledger.postings()).toEqual(before);
    expect(await ledger.differences()).toEqual([]);
  });

  it('a checkpoint that was set back books nothing that the sums have already', async () => {
    await ledger.fill();
    const before = await ledger.postings();
    await ledger.archive(1);
    await ledger.fixture.owner.query(
      "update projector_checkpoints set position = 0 where projection = 'ledger'",
    );
    expect(await keepLedgerSegments(ledger.fixture.pool)).toBe(0);
    expect((await ledger.tables()).live).not.toContain('ledger_postings_s1');
    const [first] = before;
    await inDatabaseTransaction(ledger.fixture.pool, (client) =>
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
    expect(await compareSums(ledger.fixture.pool, { correct: false })).toEqual([]);
    expect(await readArchivedThrough(ledger.fixture.pool)).toBe(endOf(1));
  });
});

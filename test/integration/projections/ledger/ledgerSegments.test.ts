// The segments of the ledger: the maker makes them with those of the log, a rebuild takes over those that
// came meanwhile, and the drain makes one that is missing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { levels } from '../../../../src/eventStore/levels.ts';
import { raiseReadWall } from '../../../../src/eventStore/readWall.ts';
import { keepLedgerSegments, keepSegments } from '../../../../src/eventStore/segments.ts';
import { fillRebuild } from '../../../../src/projections/ledger/rebuild/fillRebuild.ts';
import {
  createRebuildTable,
  dropReplaced,
  indexRebuild,
} from '../../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { verifyRebuild } from '../../../../src/projections/ledger/rebuild/verifyRebuild.ts';
import { walkSegments } from '../../../../src/projections/ledger/segments/walkSegments.ts';
import { postingTable } from '../../../../src/projections/ledger/forms/postingTable.ts';
import type { WalletEntriesQuery } from '../../../../src/projections/ledger/forms/ledgerForm.ts';
import { convertLedger } from '../../../../src/projections/ledger/segments/convertLedger.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { beginWithPlainPostings, openLevel } from '../../../support/plainLedger.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { readSchemaText } from '../../../support/schemaText.ts';
import { cutLog } from '../../../support/segments.ts';
import { walletStream } from '../../../support/walletStream.ts';

const width = 8;
let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

async function append(walletId: string, events: number): Promise<void> {
  await keepSegments(fixture.pool, { width, ahead: events });
  const credits = Array.from({ length: events - 1 }, () => 1n);
  await appendEvents(fixture.pool, walletStream(walletId, 100n, credits));
}

async function book(walletId: string, events: number): Promise<void> {
  await append(walletId, events);
  await drainAll(fixture.pool, fixture.ledger, 3);
}

async function segmentsOf(table: string): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ line: string }>(
    `select part::regclass::text as line from ledger_parts($1) order by from_position`,
    [table],
  );
  return rows.map(({ line }) => line);
}

const named = (table: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${table}_s${index + 1}`);

async function positions(): Promise<readonly number[]> {
  const { rows } = await fixture.pool.query<{ position: string }>(
    'select position from ledger_postings order by 1',
  );
  return rows.map(({ position }) => Number(position));
}

const oneTo = (end: number) => Array.from({ length: end }, (_, index) => index + 1);

const id = 'rebuild-1';
const fill = () =>
  fillRebuild(fixture.pool, { rebuildId: id, pageSize: 3, goOn: () => true, onPage: () => undefined });

describe('the ledger of a new installation', () => {
  beforeEach(() => cutLog(fixture.pool, width));

  it('gets a segment with each one of the log, and has each posting in its own', async () => {
    await book('wallet-001', 20);
    expect(await segmentsOf('ledger_postings')).toEqual(named('ledger_postings', 3));
    const { rows } = await fixture.pool.query(
      `select tableoid::regclass::text as segment, min(position)::integer as first, max(position)::integer as last
         from ledger_postings group by 1 order by 2`,
    );
    expect(rows).toEqual([
      { segment: 'ledger_postings_s1', first: 1, last: 8 },
      { segment: 'ledger_postings_s2', first: 9, last: 16 },
      { segment: 'ledger_postings_s3', first: 17, last: 20 },
    ]);
  });

  it('loses no segment of the log while it is locked, and gets its own afterwards', async () => {
    await inDatabaseTransaction(fixture.pool, async (client) => {
      await client.query('lock table ledger_postings in share mode');
      expect(await keepSegments(fixture.pool, { width, ahead: 24 })).toBe(1);
      await expect(keepLedgerSegments(fixture.pool)).rejects.toMatchObject({ code: '55P03' });
    });
    expect(await segmentsOf('ledger_postings')).toHaveLength(2);
    expect(await keepLedgerSegments(fixture.pool)).toBe(1);
  });

  it('parks no event whose position has no segment: the drain makes it and goes on', async () => {
    await append('wallet-001', 12);
    await fixture.pool.query('drop table ledger_postings_s2');
    expect(await drainAll(fixture.pool, fixture.ledger)).toMatchObject({ processed: 12, parked: 0 });
    expect(await positions()).toEqual(oneTo(12));
    expect(await segmentsOf('ledger_postings')).toContain('ledger_postings_s2');
  });

  it('does not take a table of somebody else for one of its segments', async () => {
    const role = `role_${fixture.indexPrefix.replaceAll('-', '_')}`;
    await fixture.pool.query(`create role ${role}`);
    try {
      await fixture.pool.query('create table ledger_postings_s3 (like ledger_postings including all)');
      await fixture.pool.query(`alter table ledger_postings_s3 owner to ${role}`);
      expect(await keepSegments(fixture.pool, { width, ahead: 24 })).toBe(1);
      await expect(keepLedgerSegments(fixture.pool)).rejects.toThrow('belongs to another role');
    } finally {
      await fixture.pool.query(`drop owned by ${role}`);
      await fixture.pool.query(`drop role ${role}`);
    }
  });

  it('gives a segment the storage settings of the one before', async () => {
    await fixture.pool.query('alter table ledger_postings_s2 set (fillfactor = 90)');
    await append('wallet-001', 24);
    const { rows } = await fixture.pool.query(
      `select reloptions from pg_class where relname = 'ledger_postings_s3'`,
    );
    expect(rows).toEqual([{ reloptions: ['fillfactor=90'] }]);
  });
});

describe('a rebuild of a ledger in segments', () => {
  beforeEach(async () => {
    await cutLog(fixture.pool, width);
    await book('wallet-001', 12);
  });

  it('has the segments that came while it was filled, indexed and swapped', async () => {
    await createRebuildTable(fixture.pool, id);
    await book('wallet-002', 12);
    expect(await fill()).toBe(true);
    await indexRebuild(fixture.pool, id);
    await book('wallet-003', 12);
    const live = (await readSchemaText(fixture.pool))
      .split('\n\n')
      .filter((piece) => !piece.includes('_postings_rebuild'));
    expect((await verifyRebuild(fixture.pool, id)).differences).toEqual([]);
    expect(await swapRebuild(fixture.pool, id, 20)).toEqual({ swapped: true, refused: 0 });
    await dropReplaced(fixture.pool, id);
    expect(await segmentsOf('ledger_postings')).toEqual(named('ledger_postings', 5));
    expect((await readSchemaText(fixture.pool)).split('\n\n'), 'name by name').toEqual(live);
    expect(await positions()).toEqual(oneTo(36));
    await book('wallet-004', 12);
    expect(await positions()).toEqual(oneTo(48));
  });

  it('that lags after its swap was refused is filled on into segments that came later', async () => {
    await createRebuildTable(fixture.pool, id);
    await fill();
    await indexRebuild(fixture.pool, id);
    await book('wallet-002', 24);
    expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: false, refused: 0 });
    expect(await fill()).toBe(true);
    expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: true, refused: 0 });
    expect(await positions()).toEqual(oneTo(36));
  });

  it('is no plain table: one that began as such is not put in place', async () => {
    await fixture.pool.query(openLevel(levels.ledgerSums));
    await createRebuildTable(fixture.pool, id);
    await fixture.pool.query(openLevel(levels.ledgerSegments));
    await fill();
    await indexRebuild(fixture.pool, id);
    await expect(swapRebuild(fixture.pool, id, 10)).rejects.toThrow('the ledger has got segments');
    expect(await segmentsOf('ledger_postings')).toHaveLength(2);
  });

  it.each([
    ['create view seen as select 1 as one from ledger_postings_s1', 'view seen'],
    ['create index by_time on ledger_postings_s1 (occurred_at)', 'index by_time'],
  ])('names what hangs on a segment: %s', async (make, thing) => {
    await fixture.pool.query(make);
    await expect(createRebuildTable(fixture.pool, id)).rejects.toThrow(`would lose: ${thing}. `);
  });

  it('keeps the wall between tenants', async () => {
    const role = `reader_${fixture.indexPrefix.replaceAll('-', '_')}`;
    await fixture.pool.query(`create role ${role}`);
    const client = await fixture.pool.connect();
    try {
      await raiseReadWall(client, role);
      await createRebuildTable(fixture.pool, id);
      await fill();
      await indexRebuild(fixture.pool, id);
      expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: true, refused: 0 });
      await client.query(`begin; set local role ${role}; set local row_security = on`);
      expect((await client.query('select from ledger_postings')).rowCount).toBe(0);
      await client.query("select set_config('wallet.tenant', 'tenant:', true)");
      expect((await client.query('select from ledger_postings')).rowCount).toBe(12);
      await expect(client.query('select from ledger_postings_s1')).rejects.toThrow('permission denied');
    } finally {
      await client.query('rollback');
      client.release();
      await fixture.pool.query(`drop owned by ${role}`);
      await fixture.pool.query(`drop role ${role}`);
    }
  });
});

describe('a rebuild of a ledger without segments', () => {
  it('makes segments once their level is open', async () => {
    await beginWithPlainPostings(fixture.pool, levels.ledgerSegments);
    await cutLog(fixture.pool, width);
    await book('wallet-001', 12);
    await createRebuildTable(fixture.pool, id);
    await fill();
    await indexRebuild(fixture.pool, id);
    expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: true, refused: 0 });
    await dropReplaced(fixture.pool, id);
    expect(await segmentsOf('ledger_postings')).toEqual(named('ledger_postings', 2));
    expect(await convertLedger(fixture.pool)).toBe(false);
    await book('wallet-002', 30);
    expect(await positions()).toEqual(oneTo(42));
  });
});

describe('the entries of a wallet over many segments', () => {
  it.each(['asc', 'desc'] as const)('are the same as of one segment, in any page: %s', async (order) => {
    await cutLog(fixture.pool, width, 400);
    for (const walletId of ['early', 'middle', 'late']) await book(walletId, 60);
    for (const [index, walletId] of ['early', 'middle', 'late'].entries()) {
      const query = { walletId, order, above: 0n, below: 1_000n, from: undefined, to: undefined };
      const read = (changed: Partial<WalletEntriesQuery>) =>
        postingTable.readWalletEntries(fixture.pool, { ...query, limit: 1_000, ...changed });
      const all = await read({});
      const wanted = oneTo(60).map((at) => at + 60 * index);
      expect(all.map(({ position }) => Number(position))).toEqual(
        order === 'asc' ? wanted : wanted.toReversed(),
      );
      for (const limit of [1, 7, 60]) expect(await read({ limit })).toEqual(all.slice(0, limit));
      const [above, below] = [BigInt(60 * index + 10), BigInt(60 * index + 50)];
      const between = all.filter(({ position }) => position > above && position < below);
      expect(await read({ above, below })).toEqual(between);
    }
  });

  it('of one in use are read from few segments', async () => {
    await cutLog(fixture.pool, width, 400);
    for (const walletId of ['early', 'late']) await book(walletId, 150);
    const asked: WalletEntriesQuery[] = [];
    const query = { walletId: 'late', above: 0n, below: 1_000n, from: undefined, to: undefined, limit: 5 };
    await walkSegments(fixture.pool, { ...query, order: 'desc' }, (window) => {
      asked.push(window);
      return postingTable.readWalletEntries(fixture.pool, window);
    });
    expect(asked).toMatchObject([{ above: 272n, below: 1_000n }]);
  });
});

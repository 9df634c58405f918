// An older ledger of postings: its table becomes the first segment in place, while the drain goes on.
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levels } from '../../../../src/eventStore/levels.ts';
import { keepLedgerSegments, keepSegments } from '../../../../src/eventStore/segments.ts';
import { convertLedger } from '../../../../src/projections/ledger/segments/convertLedger.ts';
import { compareLog } from '../../../../src/projections/verify/compareLog.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { beginWithPlainPostings } from '../../../support/plainLedger.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { readSchemaText } from '../../../support/schemaText.ts';
import { cutLog } from '../../../support/segments.ts';
import { walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await beginWithPlainPostings(fixture.pool, levels.ledgerSegments);
  await cutLog(fixture.pool, 8);
  await book('wallet-001', 6);
});
afterEach(() => fixture.close());

/** Appends events of one wallet, and books them. */
async function book(walletId: string, events: number): Promise<void> {
  await keepSegments(fixture.pool, { width: 8, ahead: events });
  const credits = Array.from({ length: events - 1 }, () => 1n);
  await appendEvents(fixture.pool, walletStream(walletId, 100n, credits));
  await drainAll(fixture.pool, fixture.ledger, 3);
}

async function parts(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ line: string }>(
    `select format('%s %s %s', part::regclass, from_position, to_position) as line
       from ledger_parts('ledger_postings') order by from_position`,
  );
  return rows.map(({ line }) => line);
}

async function positionsIn(table: string): Promise<readonly number[]> {
  const { rows } = await fixture.pool.query<{ position: string }>(`select position from ${table} order by 1`);
  return rows.map(({ position }) => Number(position));
}

const oneTo = (end: number) => Array.from({ length: end }, (_, index) => index + 1);

describe('a ledger of postings without segments', () => {
  it('stays as it is until the level is open', async () => {
    await fixture.pool.query('alter table log_head disable trigger user');
    await fixture.pool.query('update log_head set level = $1', [levels.ledgerSums]);
    expect(await convertLedger(fixture.pool)).toBe(false);
    await book('wallet-002', 40);
    expect(await positionsIn('ledger_postings')).toEqual(oneTo(46));
  });

  it('becomes the first segment without a rewrite, and gets the segments of the log after it', async () => {
    const file = async (name: string) => {
      const { rows } = await fixture.pool.query<{ file: string }>(
        'select pg_relation_filenode($1::regclass) as file',
        [name],
      );
      return rows;
    };
    const before = await file('ledger_postings');
    await fixture.pool.query('grant select on ledger_postings to pg_monitor');
    await fixture.pool.query('comment on table ledger_postings is $$the books$$');
    expect(await convertLedger(fixture.pool)).toBe(true);
    expect(await file('ledger_postings_s2')).toEqual(before);
    expect(await parts()).toEqual(['ledger_postings_s2 1 17']);
    await book('wallet-002', 40);
    expect(await parts()).toEqual([
      'ledger_postings_s2 1 17',
      ...[3, 4, 5, 6].map((segment) => `ledger_postings_s${segment} ${segment * 8 - 7} ${segment * 8 + 1}`),
    ]);
    expect(await positionsIn('ledger_postings_s2')).toEqual(oneTo(16));
    expect(await positionsIn('ledger_entries')).toHaveLength(2 * 46);
    const { rows } = await fixture.pool.query(
      `select has_table_privilege('pg_monitor', 'ledger_postings', 'select') as granted,
              has_table_privilege('pg_monitor', 'ledger_postings_s2', 'select') as part,
              has_table_privilege('pg_monitor', 'ledger_postings_s3', 'select') as later,
              obj_description('ledger_postings'::regclass, 'pg_class') as comment`,
    );
    expect(rows).toEqual([{ granted: true, part: false, later: false, comment: 'the books' }]);
    expect(await convertLedger(fixture.pool), 'a second run').toBe(false);
    expect(await compareLog(fixture.pool, { after: 0n, upTo: 46n, limit: 100, repair: false })).toMatchObject(
      { differences: [] },
    );
  });

  it.each(['begun', 'checked'] as const)('goes on after a crash behind the step %s', async (step) => {
    const crash = new Error('killed');
    await expect(
      convertLedger(fixture.pool, (reached) => {
        if (reached === step) throw crash;
      }),
    ).rejects.toBe(crash);
    await book('wallet-002', 2);
    expect(await convertLedger(fixture.pool)).toBe(true);
    expect(await positionsIn('ledger_postings')).toEqual(oneTo(8));
  });

  it('has no end between two steps, if nobody goes on with the conversion', async () => {
    const crash = new Error('killed');
    await expect(
      convertLedger(fixture.pool, () => {
        throw crash;
      }),
    ).rejects.toBe(crash);
    await book('wallet-002', 40);
    expect(await positionsIn('ledger_postings')).toEqual(oneTo(46));
    const { rowCount } = await fixture.pool.query('select from projection_failures');
    expect(rowCount).toBe(0);
    expect(await convertLedger(fixture.pool)).toBe(true);
    expect(await parts()).toEqual(['ledger_postings_s6 1 49']);
  });

  it('gives up while somebody holds it, and the drain goes on', async () => {
    const holder = new Client({ connectionString: fixture.databaseUrl });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select from ledger_postings');
      expect(await convertLedger(fixture.pool)).toBe(false);
      await book('wallet-002', 2);
      await holder.query('rollback');
      expect(await convertLedger(fixture.pool)).toBe(true);
    } finally {
      await holder.end();
    }
  });

  it('is converted while the drain books', async () => {
    await keepSegments(fixture.pool, { width: 64, ahead: 400 });
    await appendEvents(
      fixture.pool,
      walletStream(
        'wallet-002',
        100n,
        Array.from({ length: 400 }, () => 1n),
      ),
    );
    const draining = drainAll(fixture.pool, fixture.ledger, 5);
    for (let converted = false; !converted;) converted = await convertLedger(fixture.pool);
    await draining;
    expect(await positionsIn('ledger_postings')).toEqual(oneTo(407));
    expect(
      await compareLog(fixture.pool, { after: 0n, upTo: 407n, limit: 1_000, repair: false }),
    ).toMatchObject({ differences: [] });
  });

  it('is not converted while others have hung something on it, and names it', async () => {
    await fixture.pool.query('create view reports as select amount_minor from ledger_postings');
    await fixture.pool.query('create index by_time on ledger_postings (occurred_at)');
    await expect(convertLedger(fixture.pool)).rejects.toThrow('would lose: index by_time; view reports');
    await book('wallet-002', 40);
    await fixture.pool.query('drop view reports');
    await fixture.pool.query('drop index by_time');
    expect(await convertLedger(fixture.pool)).toBe(true);
  });
});

describe('the segments of a converted ledger', () => {
  beforeEach(async () => {
    await convertLedger(fixture.pool);
  });

  it('have the shape of those that are made', async () => {
    await book('wallet-002', 20);
    const shape = async (part: string) => {
      const text = await readSchemaText(fixture.pool);
      return text
        .split('\n\n')
        .filter((piece) => new RegExp(`\\b${part}\\b`).test(piece))
        .map((piece) => piece.replaceAll(part, 'part').replace(/FOR VALUES.*/, ''));
    };
    expect(await shape('ledger_postings_s2')).toEqual(await shape('ledger_postings_s3'));
  });

  it('are made by the drain that finds none for a position', async () => {
    await book('wallet-002', 20);
    await fixture.pool.query('drop table ledger_postings_s4');
    await appendEvents(fixture.pool, walletStream('wallet-003', 100n, [1n, 1n]));
    expect(await drainAll(fixture.pool, fixture.ledger)).toMatchObject({ processed: 3, parked: 0 });
    expect(await positionsIn('ledger_postings_s4')).toEqual([27, 28, 29]);
    expect(await keepLedgerSegments(fixture.pool)).toBe(0);
  });
});

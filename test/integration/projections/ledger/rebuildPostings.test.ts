// Rebuilds of the ledger as postings: the first one, which replaces a ledger of legs, and those after it.
import { readdirSync, readFileSync } from 'node:fs';
import type { Pool, PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../../../harness/databases.ts';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { levels } from '../../../../src/eventStore/levels.ts';
import { migrate } from '../../../../src/eventStore/migrate.ts';
import { currentLedger } from '../../../../src/projections/ledger/forms/ledgerTables.ts';
import { readLedgerForm } from '../../../../src/projections/ledger/forms/ledgerForm.ts';
import { fillRebuild } from '../../../../src/projections/ledger/rebuild/fillRebuild.ts';
import {
  createRebuildTable,
  discardRebuild,
  dropReplaced,
  indexRebuild,
} from '../../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { verifyRebuild } from '../../../../src/projections/ledger/rebuild/verifyRebuild.ts';
import { RebuildSupersededError } from '../../../../src/projections/projection.ts';
import { compareLog } from '../../../../src/projections/verify/compareLog.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { eventually } from '../../../support/eventually.ts';
import { beginWithLegs } from '../../../support/legLedger.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { readSchemaText } from '../../../support/schemaText.ts';
import { transferOf25, walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

const id = 'rebuild-1';

/** Fills pages of three events for one attempt, which stops after `pages` of them. */
async function fill(rebuildId = id, pages = Infinity): Promise<boolean> {
  let left = pages;
  return fillRebuild(fixture.pool, {
    rebuildId,
    pageSize: 3,
    goOn: () => (left -= 1) > 0,
    onPage: () => undefined,
  });
}

async function fillAndIndex(rebuildId = id): Promise<void> {
  await createRebuildTable(fixture.pool, rebuildId);
  await fill(rebuildId);
  await indexRebuild(fixture.pool, rebuildId);
}

async function rebuild(rebuildId: string): Promise<void> {
  await fillAndIndex(rebuildId);
  expect((await verifyRebuild(fixture.pool, rebuildId)).differences).toEqual([]);
  expect(await swapRebuild(fixture.pool, rebuildId, 10)).toMatchObject({ swapped: true });
  await dropReplaced(fixture.pool, rebuildId);
}

async function entries(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ line: string }>(
    `select concat_ws(' ', position, leg, direction, account, amount_minor, currency, balance_after_minor, occurred_at) as line
       from ledger_entries order by position, leg`,
  );
  return rows.map(({ line }) => line);
}

async function appendAll(): Promise<void> {
  await appendEvents(fixture.pool, transferOf25());
  for (const odd of ['odd\x1ewallet\x1f', 'settlement:USD', 'wället-\u{1f4b0}'])
    await appendEvents(fixture.pool, walletStream(odd, 100n, [1n, 2n]));
  await appendEvents(fixture.pool, walletStream('rich', 2n ** 53n + 1n, [1n]));
}

/** A ledger of legs that is up to date. The next rebuild makes postings. */
async function legsOfAll(level: number = levels.ledgerSegments): Promise<readonly string[]> {
  await beginWithLegs(fixture.pool, level);
  await appendAll();
  await drainAll(fixture.pool, fixture.ledger);
  return entries();
}

it('an installation from before keeps its legs when it migrates, and a rebuild of before goes on', async () => {
  await withClient(fixture.databaseUrl, async (client) => {
    await client.query('drop schema public cascade; create schema public');
    await client.query(
      `create table schema_migrations (version integer constraint schema_migrations_pkey primary key,
         file text not null, oldest_code integer not null, applied_at timestamptz not null default now())`,
    );
    const folder = new URL('../../../../src/eventStore/migrations/', import.meta.url);
    const before = readdirSync(folder).filter((file) => file < '0014');
    for (const file of before.sort()) {
      await client.query(readFileSync(new URL(file, folder), 'utf8'));
      await client.query('insert into schema_migrations values ($1, $2, 1)', [
        Number(file.slice(0, 4)),
        file,
      ]);
    }
    await client.query("insert into ledger_rebuilds (rebuild_id) values ('of before')");
    await client.query('create table ledger_entries_rebuild (like ledger_entries including constraints)');
    expect(await migrate(client)).toContain('0014_ledger_postings.sql');
  });
  expect(await readLedgerForm(fixture.pool)).toBe('legs');
  await appendAll();
  await drainAll(fixture.pool, fixture.ledger);
  const legs = await entries();
  expect(legs).toHaveLength(28);
  await fill('of before');
  await indexRebuild(fixture.pool, 'of before');
  expect((await verifyRebuild(fixture.pool, 'of before')).differences).toEqual([]);
  expect(await swapRebuild(fixture.pool, 'of before', 10)).toMatchObject({ swapped: true });
  expect(await readLedgerForm(fixture.pool)).toBe('legs');
  expect(await entries()).toEqual(legs);
});

describe('a rebuild of a ledger of legs', () => {
  it('makes postings that show the same entries, and the drain goes on with them', async () => {
    const newSchema = await readSchemaText(fixture.pool);
    const before = await legsOfAll();
    await fillAndIndex();
    expect(await verifyRebuild(fixture.pool, id)).toEqual({ entries: before.length, differences: [] });
    expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: true, refused: 0 });
    await dropReplaced(fixture.pool, id);
    expect(await readLedgerForm(fixture.pool)).toBe('postings');
    expect(await entries()).toEqual(before);
    await appendEvents(fixture.pool, walletStream('later', 5n));
    expect(await drainAll(fixture.pool, fixture.ledger)).toMatchObject({ processed: 1, parked: 0 });
    expect(await entries()).toHaveLength(before.length + 2);
    expect(await readSchemaText(fixture.pool), 'as in a new installation').toBe(newSchema);
  });

  it('goes on after a crash at each step, and changes nothing before the swap', async () => {
    const before = await legsOfAll();
    await createRebuildTable(fixture.pool, id);
    expect(await fill(id, 1)).toBe(false);
    await createRebuildTable(fixture.pool, id);
    expect(await fill()).toBe(true);
    for (let attempt = 1; attempt <= 2; attempt += 1) await indexRebuild(fixture.pool, id);
    await inDatabaseTransaction(fixture.pool, async (reader) => {
      await reader.query('select count(*) from ledger_entries');
      await expect(swapRebuild(fixture.pool, id, 10)).rejects.toMatchObject({ code: '55P03' });
    });
    expect(await readLedgerForm(fixture.pool)).toBe('legs');
    expect(await entries()).toEqual(before);
    for (let attempt = 1; attempt <= 2; attempt += 1)
      expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: true, refused: 0 });
    for (let attempt = 1; attempt <= 2; attempt += 1) await dropReplaced(fixture.pool, id);
    expect(await entries()).toEqual(before);
  });

  it('waits for a drain that has read the form, and the drain after it books postings', async () => {
    await legsOfAll();
    await fillAndIndex();
    await inDatabaseTransaction(fixture.pool, async (drain: PoolClient) => {
      await currentLedger(drain);
      await expect(swapRebuild(fixture.pool, id, 10)).rejects.toMatchObject({ code: '55P03' });
    });
    expect(await swapRebuild(fixture.pool, id, 10)).toMatchObject({ swapped: true });
  });

  it('keeps grants, comments and settings, and refuses what a view can not have', async () => {
    await legsOfAll();
    for (const sql of [
      'grant select on ledger_entries to pg_monitor with grant option',
      'grant select (position) on ledger_entries to pg_read_all_data',
      'comment on table ledger_entries is $$the books$$',
      'comment on column ledger_entries.account is $$whose it is$$',
      'alter table ledger_entries set (autovacuum_vacuum_scale_factor = 0.01)',
      'alter default privileges grant select on tables to pg_write_all_data',
    ])
      await fixture.pool.query(sql);
    for (const [make, drop, named] of [
      ['create publication feed for table ledger_entries', 'drop publication feed', 'publication of table'],
      ['create view book as select * from ledger_entries', 'drop view book', 'view book'],
      [
        'alter table ledger_entries add constraint small check (amount_minor < 9)  not valid',
        'alter table ledger_entries drop constraint small',
        'constraint small on table ledger_entries',
      ],
      ['create view ours as select * from ledger_postings', 'drop view ours', 'view ours'],
    ] as const) {
      await fixture.pool.query(make);
      await expect(createRebuildTable(fixture.pool, id)).rejects.toThrow(named);
      await fixture.pool.query(drop);
    }
    await rebuild(id);
    const { rows } = await fixture.pool.query(
      `select relname, reloptions, obj_description(oid, 'pg_class') as comment, col_description(oid, 3) as account,
              has_table_privilege('pg_monitor', oid, 'select with grant option') as granted,
              has_column_privilege('pg_read_all_data', oid, 'position', 'select') as part,
              has_table_privilege('pg_write_all_data', oid, 'select') as by_default
         from pg_class where relname in ('ledger_entries', 'ledger_postings_s1') order by relname`,
    );
    expect(rows).toMatchObject([
      { comment: 'the books', account: 'whose it is', granted: true, part: true, by_default: false },
      // A segment has the settings of storage, because its table can't.
      { reloptions: ['autovacuum_vacuum_scale_factor=0.01'] },
    ]);
  });

  it('that was given up leaves the legs in force and nothing behind', async () => {
    const before = await legsOfAll();
    await fillAndIndex();
    await discardRebuild(fixture.pool, id);
    await expect(fill()).rejects.toBeInstanceOf(RebuildSupersededError);
    const { rows } = await fixture.pool.query(
      "select relname from pg_class where relname like 'ledger%rebuild' or relname like 'ledger%replaced'",
    );
    expect(rows).toEqual([]);
    expect(await entries()).toEqual(before);
  });
});

it('a rebuild that is given up while its table is being committed leaves nothing behind', async () => {
  const reached = Promise.withResolvers<undefined>();
  const committing = Promise.withResolvers<undefined>();
  const client = await fixture.pool.connect();
  const held = {
    query: async (statement: string, values?: unknown[]) => {
      if (statement === 'commit') {
        reached.resolve(undefined);
        await committing.promise;
      }
      return client.query(statement, values);
    },
    release: (problem?: Error) => {
      client.release(problem);
    },
  };
  const made = createRebuildTable({ connect: () => Promise.resolve(held) } as unknown as Pool, id);
  await reached.promise;
  const discarded = discardRebuild(fixture.pool, id);
  try {
    await eventually(async () => {
      const { rowCount } = await fixture.pool.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rowCount === 1;
    });
  } finally {
    committing.resolve(undefined);
  }
  await made;
  await discarded;
  const { rows } = await fixture.pool.query("select from pg_class where relname like 'ledger%rebuild'");
  expect(rows).toEqual([]);
});

describe('a rebuild of a ledger of postings', () => {
  it('is the same, name by name, repairs the damage, and what hangs on the view stays', async () => {
    await appendAll();
    await drainAll(fixture.pool, fixture.ledger);
    const [before, schema] = [await entries(), await readSchemaText(fixture.pool)];
    await fixture.pool.query('grant select on ledger_entries to pg_monitor');
    await fixture.pool.query('comment on table ledger_postings is $$the books$$');
    await fixture.pool.query('create view book as select count(*) from ledger_entries');
    await fixture.pool.query('delete from ledger_postings where position < 4');
    for (const name of ['first', 'second']) await rebuild(name);
    expect(await entries()).toEqual(before);
    const { rows } = await fixture.pool.query(
      `select (select count from book)::integer as shown,
              has_table_privilege('pg_monitor', 'ledger_entries', 'select') as granted,
              obj_description('ledger_postings'::regclass, 'pg_class') as comment`,
    );
    expect(rows).toEqual([{ shown: before.length, granted: true, comment: 'the books' }]);
    await fixture.pool.query('drop view book');
    expect(await readSchemaText(fixture.pool)).toBe(schema);
  });

  it.each([
    ['a swapped debit and credit', swapSides('ledger_postings_rebuild', 1), 14],
    [
      'another amount',
      'update ledger_postings_rebuild set amount_minor = amount_minor + 1 where position = 3',
      14,
    ],
    ['another layer', 'update ledger_postings_rebuild set pending = true where position = 3', 14],
    ['a lost posting', 'delete from ledger_postings_rebuild where position = 2', 12],
  ])('is refused with the reason if its table has %s', async (_, damage, left) => {
    await appendEvents(fixture.pool, [...transferOf25(), ...walletStream('wallet-003', 100n, [1n, 2n, 3n])]);
    await createRebuildTable(fixture.pool, id);
    await fill();
    await fixture.pool.query(damage);
    const lost = left === 14 ? [] : [`the table has ${left} entries, the mapping gave 14`];
    expect(await verifyRebuild(fixture.pool, id)).toEqual({
      entries: left,
      differences: [...lost, 'the checksums of table and mapping differ'],
    });
  });
});

it('verification names each posting that differs from its event, and repairs it', async () => {
  await appendEvents(fixture.pool, transferOf25());
  await drainAll(fixture.pool, fixture.ledger);
  const right = await entries();
  await fixture.pool.query(swapSides('ledger_postings', 3));
  await fixture.pool.query('delete from ledger_postings where position = 1');
  await fixture.pool.query(
    `insert into ledger_postings
     select position, occurred_at, amount_minor, debit_balance_after_minor, credit_balance_after_minor, 2, true,
            debit_wallet_id, credit_wallet_id, currency
       from ledger_postings where position = 2`,
  );
  const compare = (repair: boolean) => compareLog(fixture.pool, { after: 0n, upTo: 4n, limit: 10, repair });
  const { differences } = await compare(true);
  expect(differences).toEqual([
    { where: 'ledger', walletId: 'wallet-001', position: 1, fields: ['posting 1 missing'] },
    { where: 'ledger', walletId: 'wallet-002', position: 2, fields: ['posting 2 extra'] },
    {
      where: 'ledger',
      walletId: 'wallet-001',
      position: 3,
      fields: ['debitAccount', 'creditAccount', 'debitBalanceAfterMinor', 'creditBalanceAfterMinor'].map(
        (field) => `posting 1 ${field}`,
      ),
    },
  ]);
  expect((await compare(false)).differences).toEqual([]);
  expect(await entries()).toEqual(right);
});

/** Debits what was credited. */
function swapSides(table: string, position: number): string {
  return `update ${table}
             set (debit_wallet_id, credit_wallet_id) = row (credit_wallet_id, debit_wallet_id),
                 (debit_balance_after_minor, credit_balance_after_minor)
                   = row (credit_balance_after_minor, debit_balance_after_minor)
           where position = ${position}`;
}

// The ledger as legs, below the level of postings. rebuildPostings.test.ts has the same for postings.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { levels } from '../../../../src/eventStore/levels.ts';
import { readEventsAfter } from '../../../../src/eventStore/read/readEvents.ts';
import { drainBatch } from '../../../../src/projections/drain/drainBatch.ts';
import { skipParked } from '../../../../src/projections/parked/resolveParked.ts';
import {
  fillRebuild,
  RebuildMovedError,
  writePage,
} from '../../../../src/projections/ledger/rebuild/fillRebuild.ts';
import {
  discardRebuild,
  dropReplaced,
  indexRebuild,
  createRebuildTable,
} from '../../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { readTrialBalance } from '../../../../src/projections/ledger/ledgerQueries.ts';
import { replaceLedger } from '../../../../src/projections/ledger/rebuild/replaceLedger.ts';
import { swapRebuild } from '../../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { RebuildSupersededError, UnrecoverableError } from '../../../../src/projections/projection.ts';
import { appendEvents, appendRows, makeReadable, unknownEvent } from '../../../support/appendEvents.ts';
import { eventually } from '../../../support/eventually.ts';
import { beginWithLegs } from '../../../support/legLedger.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';
import { verifyRebuild } from '../../../../src/projections/ledger/rebuild/verifyRebuild.ts';
import { preparePage } from '../../../../src/projections/ledger/rebuild/preparePage.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await beginWithLegs(fixture.pool, levels.postings - 1);
});
afterEach(() => fixture.close());

const id = 'rebuild-1';

/** Fills `pages` pages of three events, or up to the log's end. */
async function fill(pages = Infinity): Promise<boolean> {
  let left = pages;
  return fillRebuild(fixture.pool, {
    rebuildId: id,
    pageSize: 3,
    goOn: () => (left -= 1) > 0,
    onPage: () => undefined,
  });
}

async function fillAndIndex(): Promise<void> {
  await createRebuildTable(fixture.pool, id);
  await fill();
  await indexRebuild(fixture.pool, id);
}

async function linesOf(table: 'ledger_entries' | 'ledger_entries_rebuild'): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ line: string }>(
    `select concat_ws(' ', position, leg, direction, account, amount_minor, currency, balance_after_minor, occurred_at) as line
       from ${table} order by position, leg`,
  );
  return rows.map(({ line }) => line);
}

const events = (walletId: string, credits: number) =>
  appendEvents(
    fixture.pool,
    walletStream(
      walletId,
      100n,
      Array.from({ length: credits }, (_, index) => BigInt(index + 1)),
    ),
  );

async function ledgerPosition(): Promise<number> {
  const { rows } = await fixture.pool.query<{ position: string }>(
    "select position from projector_checkpoints where projection = 'ledger'",
  );
  return Number(rows[0]?.position);
}

/** Columns, constraints, indexes and triggers of the ledger by name and definition. */
async function catalog(): Promise<unknown> {
  const { rows } = await fixture.pool.query(`
    select 'column' as kind, attname as name, format_type(atttypid, atttypmod) || attnotnull || attcollation as definition
      from pg_attribute where attrelid = 'ledger_entries'::regclass and attnum > 0
    union all
    select 'constraint', conname, pg_get_constraintdef(oid)
      from pg_constraint where conrelid = 'ledger_entries'::regclass
    union all
    select 'index', indexname, indexdef from pg_indexes where tablename = 'ledger_entries'
    union all
    select 'trigger', tgname, pg_get_triggerdef(oid)
      from pg_trigger where tgrelid = 'ledger_entries'::regclass
    order by 1, 2`);
  return rows;
}

describe('a rebuilt ledger', () => {
  it('is the same, entry by entry and name by name, and repairs the damage', async () => {
    await events('wallet-001', 5);
    // Characters that separate words and lines of a packed page, multi-byte characters, and an amount above a
    // double's digits.
    for (const odd of ['odd\x1ewallet\x1f', 'odd\twallet\\n\n|"', 'wället-\u{1f4b0}']) await events(odd, 2);
    await appendEvents(fixture.pool, walletStream('rich', 2n ** 53n + 1n, [1n]));
    await drainAll(fixture.pool, fixture.ledger);
    const [before, names] = [await linesOf('ledger_entries'), await catalog()];
    await fixture.pool.query('alter table ledger_entries disable trigger user');
    await fixture.pool.query('delete from ledger_entries where position = 2 and leg = 1');
    await fixture.pool.query('alter table ledger_entries enable trigger user');

    await fillAndIndex();
    expect(await verifyRebuild(fixture.pool, id)).toEqual({ entries: before.length, differences: [] });
    expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: true, refused: 0 });
    await dropReplaced(fixture.pool, id);
    expect(await linesOf('ledger_entries')).toEqual(before);
    expect(await catalog()).toEqual(names);
  });

  it('enforces debits = credits like the one before it', async () => {
    await events('wallet-001', 1);
    await fillAndIndex();
    await swapRebuild(fixture.pool, id, 10);
    await expect(
      fixture.pool.query('delete from ledger_entries where position = 1 and leg = 1'),
    ).rejects.toMatchObject({ constraint: 'ledger_entries_balanced' });
  });

  it('goes on from its last page, and of two attempts at one page only one counts', async () => {
    await events('wallet-001', 7);
    await createRebuildTable(fixture.pool, id);
    expect(await fill(1)).toBe(false);
    expect(await createRebuildTable(fixture.pool, id), 'prepared again by a second worker').toEqual({
      head: 8n,
    });
    const zombie = inDatabaseTransaction(fixture.pool, (client) =>
      writePage(
        client,
        id,
        preparePage('legs', 0n, [
          {
            position: 1n,
            walletId: 'wallet-001',
            version: 1,
            type: 'WalletCreated',
            schemaVersion: 1,
            data: { ownerId: 'owner', currency: 'USD', balanceMinor: '100' },
            occurredAt: new Date(0),
          },
        ]),
      ),
    );
    await expect(zombie).rejects.toBeInstanceOf(RebuildMovedError);
    expect(await fill()).toBe(true);
    await indexRebuild(fixture.pool, id);
    expect(await verifyRebuild(fixture.pool, id)).toEqual({ entries: 16, differences: [] });
  });

  it('takes the events that came meanwhile and moves the checkpoint; the drain goes on after it', async () => {
    await events('wallet-001', 2);
    await drainAll(fixture.pool, fixture.ledger);
    await fillAndIndex();
    await events('wallet-002', 2);
    expect(await swapRebuild(fixture.pool, id, 2)).toEqual({ swapped: false, refused: 0 });
    expect(await swapRebuild(fixture.pool, id, 3)).toEqual({ swapped: true, refused: 0 });
    expect(await ledgerPosition()).toBe(6);
    await events('wallet-003', 0);
    expect(await drainBatch(fixture.pool, fixture.ledger, 10)).toMatchObject({ processed: 1, parked: 0 });
    expect(await linesOf('ledger_entries')).toHaveLength(14);
    expect(await swapRebuild(fixture.pool, id, 3), 'by an attempt whose answer got lost').toMatchObject({
      swapped: true,
    });
    expect(await linesOf('ledger_entries')).toHaveLength(14);
  });

  it('is not put in place while a reader holds the ledger, and changes nothing then', async () => {
    await events('wallet-001', 1);
    await drainAll(fixture.pool, fixture.ledger);
    await fillAndIndex();
    const before = await linesOf('ledger_entries');
    await inDatabaseTransaction(fixture.pool, async (reader) => {
      await reader.query('select count(*) from ledger_entries');
      await expect(swapRebuild(fixture.pool, id, 10)).rejects.toMatchObject({ code: '55P03' });
    });
    expect(await linesOf('ledger_entries')).toEqual(before);
    expect(await swapRebuild(fixture.pool, id, 10)).toMatchObject({ swapped: true });
  });

  it('takes its place before or after a trial balance, never in between', async () => {
    await events('wallet-001', 1);
    await createRebuildTable(fixture.pool, id);
    await fill();
    await indexRebuild(fixture.pool, id);
    await events('wallet-002', 1);
    await drainAll(fixture.pool, fixture.ledger);
    const summed = await inDatabaseTransaction(fixture.pool, async (swap) => {
      await swap.query('lock table ledger_entries in access exclusive mode');
      const asked = readTrialBalance(fixture.pool);
      await eventually(async () => {
        // Only of this database, because other tests wait in theirs.
        const { rowCount } = await fixture.pool.query(
          `select from pg_locks
            where database = (select oid from pg_database where datname = current_database())
              and not granted`,
        );
        return rowCount === 1;
      });
      await writePage(swap, id, preparePage('legs', 2n, await readEventsAfter(swap, 2n, 10)));
      await replaceLedger(swap, 'legs', 'legs');
      await swap.query('commit');
      await swap.query('begin');
      return asked;
    });
    expect(summed).toMatchObject({ position: 4n, sums: [{ debitsMinor: 202n }, { creditsMinor: 202n }] });
  });

  it('parks the events that it can not book, unparks those that it can, and keeps skipped ones skipped', async () => {
    await appendRows(
      fixture.pool,
      ['a', 'b', 'c'].map((name) => unknownEvent(name, 1)),
    );
    await drainAll(fixture.pool, fixture.ledger);
    await skipParked(fixture.pool, 'ledger', 2n, 'a test');
    await makeReadable(fixture.pool, 'c', 1, {
      type: 'WalletCreated',
      ownerId: 'owner',
      currency: 'USD',
      balanceMinor: 1n,
    });
    await appendRows(fixture.pool, [unknownEvent('d', 1)]);
    await fillAndIndex();
    expect(await swapRebuild(fixture.pool, id, 10)).toEqual({ swapped: true, refused: 3 });
    const { rows } = await fixture.pool.query(
      'select position::integer, resolution from projection_failures order by position',
    );
    expect(rows).toEqual([
      { position: 1, resolution: null },
      { position: 2, resolution: 'skipped: a test' },
      { position: 3, resolution: 'booked by a rebuild' },
      { position: 4, resolution: null },
    ]);
  });

  it('is refused with the reason if its table is not what the mapping gave', async () => {
    await events('wallet-001', 3);
    await fillAndIndex();
    await fixture.pool.query(
      'update ledger_entries_rebuild set amount_minor = amount_minor + 1 where position = 2 and leg = 1',
    );
    await fixture.pool.query('delete from ledger_entries_rebuild where position = 3');
    expect(await verifyRebuild(fixture.pool, id)).toEqual({
      entries: 6,
      differences: [
        'the table has 6 entries, the mapping gave 8',
        'the checksums of table and mapping differ',
        '1 events do not balance, the first at position 2',
      ],
    });
  });

  it('is refused if an event has legs of different amounts, even if all sums are equal', async () => {
    await events('wallet-001', 3);
    await createRebuildTable(fixture.pool, id);
    await fill();
    // The sums over all entries stay equal: each amount is added once as a debit and once as a credit.
    const big = (2n ** 32n).toString();
    const change = (position: number, leg: number, amount: string) =>
      fixture.pool.query(
        'update ledger_entries_rebuild set amount_minor = $3::bigint where position = $1::bigint and leg = $2::smallint',
        [position, leg, amount],
      );
    await change(2, 1, big);
    await change(2, 2, '1');
    await change(3, 1, '1');
    await change(3, 2, big);
    const { differences } = await verifyRebuild(fixture.pool, id);
    expect(differences).toContain('2 events do not balance, the first at position 2');
  });

  it('names an event that does not balance once, though it has two debits', async () => {
    await events('wallet-001', 3);
    await createRebuildTable(fixture.pool, id);
    await fill();
    await fixture.pool.query("update ledger_entries_rebuild set direction = 'debit' where position = 3");
    const { differences } = await verifyRebuild(fixture.pool, id);
    expect(differences).toContain('1 events do not balance, the first at position 3');
  });

  it('that was given up leaves nothing behind', async () => {
    await events('wallet-001', 3);
    await createRebuildTable(fixture.pool, id);
    await discardRebuild(fixture.pool, id);
    const { rows } = await fixture.pool.query<{ gone: boolean }>(
      "select to_regclass('ledger_entries_rebuild') is null as gone",
    );
    expect(rows).toEqual([{ gone: true }]);
    await expect(fill()).rejects.toBeInstanceOf(RebuildSupersededError);
    await expect(verifyRebuild(fixture.pool, id)).rejects.toBeInstanceOf(RebuildSupersededError);
  });
});

/** What others may hang on the ledger: how it is made and dropped, and what a refusal calls it. */
const hanging: readonly (readonly [make: string, drop: string, named: string])[] = [
  ['create view book as select account from ledger_entries', 'drop view book', 'view book'],
  [
    'create materialized view sums as select account, sum(amount_minor) from ledger_entries group by account',
    'drop materialized view sums',
    'materialized view sums',
  ],
  [
    'create trigger audit after insert on ledger_entries execute function assert_ledger_balanced()',
    'drop trigger audit on ledger_entries',
    'trigger audit on table ledger_entries',
  ],
  [
    `create table notes (position bigint, leg smallint,
       constraint notes_entry foreign key (position, leg) references ledger_entries)`,
    'drop table notes',
    'constraint notes_entry on table notes',
  ],
  [
    'alter table ledger_entries add constraint booked foreign key (position) references events (position) not valid',
    'alter table ledger_entries drop constraint booked',
    'constraint booked on table ledger_entries',
  ],
  [
    'create policy few on ledger_entries using (true)',
    'drop policy few on ledger_entries',
    'policy few on table ledger_entries',
  ],
  [
    'alter table ledger_entries enable row level security',
    'alter table ledger_entries disable row level security',
    'row-level security',
  ],
  [
    'create rule note as on delete to ledger_entries do also notify deleted',
    'drop rule note on ledger_entries',
    'rule note on table ledger_entries',
  ],
  ['create index by_time on ledger_entries (occurred_at)', 'drop index by_time', 'index by_time'],
  [
    'alter table ledger_entries add constraint once unique (leg, position)',
    'alter table ledger_entries drop constraint once',
    'constraint once on table ledger_entries',
  ],
  [
    'create statistics pairs on account, currency from ledger_entries',
    'drop statistics pairs',
    'statistics object pairs',
  ],
  ['create table archive () inherits (ledger_entries)', 'drop table archive', 'table archive'],
  [
    'alter table ledger_entries add column "their note" text',
    'alter table ledger_entries drop column "their note"',
    'column "their note"',
  ],
  [
    'alter table ledger_entries alter column currency set default $$USD$$',
    'alter table ledger_entries alter column currency drop default',
    'default value for column currency of table ledger_entries',
  ],
  [
    'create function legs() returns setof ledger_entries language sql as $$select * from ledger_entries$$',
    'drop function legs()',
    'function legs()',
  ],
  [
    `create function entries() returns bigint language sql
       begin atomic select count(*) from ledger_entries; end`,
    'drop function entries()',
    'function entries()',
  ],
  ['create table copies (entry ledger_entries)', 'drop table copies', 'column entry of table copies'],
];

describe('what hangs on the ledger', () => {
  /** What the refusals named, thing by thing. */
  async function refusals(attempt: () => Promise<unknown>): Promise<readonly string[]> {
    const named: string[] = [];
    for (const [make, drop, name] of hanging) {
      await fixture.pool.query(make);
      const error: unknown = await attempt().catch((reason: unknown) => reason);
      expect(error, make).toBeInstanceOf(UnrecoverableError);
      const words = error instanceof Error ? error.message : '';
      named.push(words.includes(`would lose: ${name}. `) ? name : words);
      await fixture.pool.query(drop);
    }
    return named;
  }
  const names = hanging.map(([, , name]) => name);

  it('ends a rebuild in words before it begins, and the table stays whole', async () => {
    expect(await refusals(() => createRebuildTable(fixture.pool, id))).toEqual(names);
    const { rows } = await fixture.pool.query(
      "select to_regclass('ledger_entries_rebuild') as begun, count(*)::integer as rows from ledger_rebuilds",
    );
    expect(rows).toEqual([{ begun: null, rows: 0 }]);
  });

  it('ends it at the swap too if it came in between, and the ledger in use stays', async () => {
    await events('wallet-001', 2);
    await drainAll(fixture.pool, fixture.ledger);
    const before = await linesOf('ledger_entries');
    await fillAndIndex();
    expect(await refusals(() => swapRebuild(fixture.pool, id, 10))).toEqual(names);
    await fixture.pool.query('alter table ledger_entries add constraint small check (amount_minor < 1000)');
    await expect(swapRebuild(fixture.pool, id, 10)).rejects.toThrow(
      'constraint small on table ledger_entries',
    );
    expect(await linesOf('ledger_entries')).toEqual(before);
    await discardRebuild(fixture.pool, id);
    await fillAndIndex();
    expect(await swapRebuild(fixture.pool, id, 10), 'with the check from the beginning').toMatchObject({
      swapped: true,
    });
    await expect(fixture.pool.query('update ledger_entries set amount_minor = 1000')).rejects.toMatchObject({
      constraint: 'small',
    });
  });

  it('is kept if it is a right, a comment, a setting or a publication, whenever it came', async () => {
    await events('wallet-001', 1);
    const begin = [
      'grant select on ledger_entries to pg_monitor with grant option',
      'grant select (position, amount_minor) on ledger_entries to public',
      'revoke truncate on ledger_entries from current_user',
      'alter table ledger_entries set (autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = false)',
      'alter table ledger_entries alter column account set statistics 500, alter column account set (n_distinct = -0.5)',
      'alter table ledger_entries alter column account set storage external',
      'alter table ledger_entries replica identity using index ledger_entries_pkey',
      'create publication "all of it" for table ledger_entries',
      'comment on table ledger_entries is $$the books\\, "theirs"$$',
    ];
    const between = [
      'grant insert on ledger_entries to pg_read_all_data',
      'grant update (account) on ledger_entries to pg_read_all_data',
      'create publication parts for table ledger_entries (position, leg, account) where (position > 0)',
      'comment on column ledger_entries.account is $$whose it is$$',
      'comment on index ledger_entries_account is $$for statements$$',
      'comment on constraint ledger_entries_leg on ledger_entries is $$two$$',
      'comment on trigger ledger_entries_balanced_on_insert on ledger_entries is $$debits = credits$$',
      // A table that is made now has rights that the ledger had not.
      'alter default privileges grant select on tables to pg_write_all_data',
    ];
    for (const sql of begin) await fixture.pool.query(sql);
    await fillAndIndex();
    for (const sql of between) await fixture.pool.query(sql);
    const [attributes, names] = [await attributesOfLedger(), await catalog()];
    await swapRebuild(fixture.pool, id, 10);
    await dropReplaced(fixture.pool, id);
    expect(await attributesOfLedger()).toEqual(attributes);
    expect(await catalog()).toEqual(names);
    const second = 'rebuild-2';
    await createRebuildTable(fixture.pool, second);
    await fillRebuild(fixture.pool, {
      rebuildId: second,
      pageSize: 3,
      goOn: () => true,
      onPage: () => undefined,
    });
    await indexRebuild(fixture.pool, second);
    await swapRebuild(fixture.pool, second, 10);
    await dropReplaced(fixture.pool, second);
    expect(await attributesOfLedger()).toEqual(attributes);
  });
});

/** Rights, settings, publications and comments of the ledger. */
async function attributesOfLedger(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ line: string }>(`
    with live as (select * from pg_class where oid = 'ledger_entries'::regclass)
    select concat_ws(' ', 'right', grantee, privilege_type, is_grantable) as line
      from live, aclexplode(relacl)
     union all
    select concat_ws(' ', 'column', attname, attacl, attstattarget, attoptions, attstorage)
      from live join pg_attribute on attrelid = live.oid where attnum > 0
     union all
    select concat_ws(' ', 'table', relowner, reloptions, relreplident,
                     (select reloptions from pg_class as toast where toast.oid = live.reltoastrelid))
      from live
     union all
    select concat_ws(' ', 'publication', pubname, attnames, rowfilter)
      from pg_publication_tables where tablename = 'ledger_entries'
     union all
    select concat_ws(' ', 'comment', type, object_names, description)
      from pg_description,
           pg_identify_object_as_address(classoid, objoid, objsubid) as named (type, object_names, args)
     where 'ledger_entries' = any(object_names) or 'ledger_entries_account' = any(object_names)
     order by 1`);
  return rows.map(({ line }) => line);
}

// The files of the archive are Parquet: another program reads them. Each value comes back as it was stored.
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readArchivedSegments } from '../../../src/archive/archivedSegments.ts';
import { restoreSegment } from '../../../src/archive/restore.ts';
import {
  allEvents,
  type ArchiveFixture,
  archiveThrough,
  createArchiveFixture,
  fillByCommands,
  letAge,
} from '../../support/archiveFixture.ts';
import { changeLog } from '../../support/changeLog.ts';

let fixture: ArchiveFixture;
beforeEach(async () => {
  fixture = await createArchiveFixture();
});
afterEach(() => fixture.close());

/** Archives every full segment, and returns how many there are. */
async function archiveAll(): Promise<number> {
  let archived = 0;
  for (const { segment } of await readArchivedSegments(fixture.pool)) {
    expect(await archiveThrough(fixture.deps, segment)).toBe('done');
    archived += 1;
  }
  return archived;
}

async function byDuckDb(query: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const files = path.join(fixture.folder, '*', 'events.parquet').replaceAll("'", "''");
    const reader = await connection.runAndReadAll(query.replace('EVENTS', `read_parquet('${files}')`));
    return reader.getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

it('DuckDB reads what PostgreSQL had', async () => {
  await fillByCommands(fixture);
  await letAge(fixture);
  const text = `
    select position::text as position, wallet_id, version::text as version, type,
           schema_version::text as schema_version, amount_minor::text as amount_minor,
           balance_minor::text as balance_minor, held_minor::text as held_minor, status, currency,
           command_id::text as command_id, correlation_id::text as correlation_id, traceparent, description,
           terms_version::text as terms_version, details_version::text as details_version
      from`;
  const whole = await fixture.owner.query<{ position: string; extra: unknown }>(
    `${text} events order by events.position`,
  );
  const times = await fixture.owner.query<{ micros: string }>(
    'select (extract(epoch from occurred_at) * 1000000)::bigint::text as micros from events order by position',
  );
  const extras = await fixture.owner.query<{ extra: unknown }>('select extra from events order by position');
  const archived = (await archiveAll()) * 8;
  expect(archived).toBeGreaterThan(24);
  expect(await byDuckDb(`${text} EVENTS events order by events.position`)).toEqual(
    whole.rows.slice(0, archived),
  );
  expect(
    await byDuckDb('select epoch_us(occurred_at)::text as micros from EVENTS order by position'),
  ).toEqual(times.rows.slice(0, archived));
  const found = await byDuckDb('select extra::text as extra from EVENTS order by position');
  expect(
    found.map(({ extra }) => (typeof extra === 'string' ? (JSON.parse(extra) as unknown) : null)),
  ).toEqual(extras.rows.slice(0, archived).map(({ extra }) => extra));
  expect(extras.rows.some(({ extra }) => extra !== null)).toBe(true);
});

it('DuckDB sums the money of a segment', async () => {
  await fillByCommands(fixture);
  await letAge(fixture);
  const text = 'select type, count(*)::text as events, sum(amount_minor)::text as amount from';
  const expected = await fixture.owner.query(
    `${text} events where position <= 8 group by type order by type`,
  );
  await archiveAll();
  expect(await byDuckDb(`${text} EVENTS where position <= 8 group by type order by type`)).toEqual(
    expected.rows,
  );
});

it('odd values of both forms come back byte for byte', async () => {
  const odd = `\ufeffbyte order mark, "quotes", 'more', \\ , line\nbreak, \u0001, 💶, ${'x'.repeat(40_000)}`;
  const compact = (position: number, values: string) =>
    `insert into events (position, wallet_id, version, type, occurred_at, currency, balance_minor, amount_minor,
                         held_minor, status, command_id, correlation_id, traceparent, description, extra)
     values (${position}, 'wallet-${position}', 1, 'WalletCredited', ${values})`;
  const older = (position: number, data: string, time: string) =>
    `insert into events (position, wallet_id, version, type, schema_version, data, metadata, occurred_at)
     values (${position}, 'wallet-${position}', 1, 'WalletCreated', 1, ${data}, '{}', ${time})`;
  const nothing = 'null, null, null, null, null, null, null, null';
  const statements = [
    older(
      1,
      `'{"a": 1e400, "b": 0.10000000000000000000000001, "b2": 1.10, "c": null}'`,
      "'2001-02-03 04:05:06.000001+00'",
    ),
    older(2, `'null'`, "'1969-12-31 23:59:59.999999+00'"),
    older(3, `to_jsonb(${quote(odd)}::text)`, "'2020-01-01 00:00:00.1+00'"),
    older(4, `'""'`, "'0044-03-15 12:00:00 BC'"),
    compact(5, `'2020-02-02 02:02:02.123456+00', 'USD', 9223372036854775807, ${nothing}`),
    compact(
      6,
      `'2020-02-02 02:02:02.123457+00', '', -9223372036854775808, 0, 0, '', gen_random_uuid(), gen_random_uuid(), '', '', '{}'`,
    ),
    compact(
      7,
      `'2020-02-02 02:02:02.654321+00', 'JPY', 0, 1, 1, 'frozen', gen_random_uuid(), null, null, ${quote(odd)}, 'null'`,
    ),
    compact(
      8,
      `'2020-02-02 02:02:02+00', 'EUR', 9007199254740993, -1, null, null, null, null, null, '-', '{"x": [1, 2.50]}'`,
    ),
  ];
  for (const statement of statements) await changeLog(fixture.owner, statement);
  await fixture.owner.query('update log_head set position = 8');
  await fixture.owner.query('insert into outbox_rows (position) select generate_series(1, 8)');
  await fixture.owner.query('update ledger_form set sums_through = 8');
  await fixture.owner.query('update projector_checkpoints set position = 8');
  await letAge(fixture);
  const before = await allEvents(fixture.pool);
  expect(before).toHaveLength(8);
  // No release could make a state of these events.
  const moveOpeningState = async () => {
    await fixture.owner.query('update log_archive set archived_through = 8');
  };
  expect(await archiveThrough({ ...fixture.deps, moveOpeningState }, 1)).toBe('done');
  expect(await allEvents(fixture.pool)).toEqual([]);
  await restoreSegment(fixture.deps, 1);
  expect(await allEvents(fixture.pool)).toEqual(before);
});

function quote(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

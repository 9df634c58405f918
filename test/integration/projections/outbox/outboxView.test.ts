// The outbox as an operator reads it: the view `outbox` in every state of checkpoints and parked events. The
// sessions of the plans are those of psql, without the settings of the service.
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../../../harness/databases.ts';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { ensureCheckpoints, rewindCheckpoint } from '../../../../src/projections/checkpoints.ts';
import { readOutboxDepth } from '../../../../src/projections/outbox/outbox.ts';
import { parkEvents, resolveParked } from '../../../../src/projections/parked/parkedEvents.ts';
import { skipParked } from '../../../../src/projections/parked/resolveParked.ts';
import { type ProjectionName, requiredProjections } from '../../../../src/projections/registry.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createTestDatabase } from '../../../support/database.ts';
import { testPool } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

const count = 'select count(*) from outbox where processed_at is null';
const monitoring =
  'SELECT COUNT(*) as unprocessed, MIN(created_at) as oldest, NOW() - MIN(created_at) as lag FROM outbox WHERE processed_at IS NULL';
const oldest = 'select created_at from outbox where processed_at is null order by position limit 1';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
beforeEach(async () => {
  database = await createTestDatabase();
  pool = testPool(database.url);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** Appends events at the positions 1 to 5. Each is ten minutes younger than the one before it. */
async function appendFive(): Promise<void> {
  await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 1n, 1n, 1n]));
  await pool.query("update outbox_rows set created_at = now() - (6 - position) * interval '10 minutes'");
}

async function pass(checkpoints: Readonly<Record<string, number>>): Promise<void> {
  for (const [projection, position] of Object.entries(checkpoints))
    await pool.query(
      `insert into projector_checkpoints (projection, position)
       values ($1::text, $2::bigint)
           on conflict on constraint projector_checkpoints_pkey do update
          set position = excluded.position`,
      [projection, position],
    );
}

const park = (projection: string, ...positions: readonly bigint[]) =>
  inDatabaseTransaction(pool, (client) =>
    parkEvents(
      client,
      projection as ProjectionName,
      positions.map((position) => ({ position, walletId: 'wallet-001', reason: 'a test' })),
    ),
  );

/** The unprocessed positions. Statements of operators and the depth must agree, and no row comes twice. */
async function unprocessed(): Promise<readonly number[]> {
  const { rows } = await pool.query<{ position: string; open: boolean; minutes: string }>(
    `select position, processed_at is null as open, round(extract(epoch from now() - created_at) / 60) as minutes
       from outbox
      order by position`,
  );
  const { rows: written } = await pool.query<{ position: string }>(
    'select position from outbox_rows order by position',
  );
  expect(rows.map(({ position }) => position)).toEqual(written.map(({ position }) => position));
  const open = rows.filter((row) => row.open);
  const { rows: told } = await pool.query(
    `select unprocessed, round(extract(epoch from lag) / 60) as minutes from (${monitoring}) as told`,
  );
  expect(told).toEqual([{ unprocessed: String(open.length), minutes: open[0]?.minutes ?? null }]);
  expect((await pool.query(count)).rows).toEqual([{ count: String(open.length) }]);
  if (await requiresRegistry()) expect((await readOutboxDepth(pool)).unprocessed).toBe(open.length);
  return open.map(({ position }) => Number(position));
}

/** The depth counts by the registry. The view does so once a worker has listed the registry. */
async function requiresRegistry(): Promise<boolean> {
  const { rows } = await pool.query<{ projection: string }>(
    'select projection from required_projections order by projection',
  );
  return rows.map(({ projection }) => projection).join() === requiredProjections.toSorted().join();
}

describe('the outbox', () => {
  it('of a new installation is empty, with checkpoints and without', async () => {
    expect(await unprocessed()).toEqual([]);
    await pool.query('delete from projector_checkpoints');
    expect(await unprocessed()).toEqual([]);
  });

  it('waits for the slowest required projection', async () => {
    await appendFive();
    expect(await unprocessed()).toEqual([1, 2, 3, 4, 5]);
    await pass({ ledger: 5 });
    expect(await unprocessed()).toEqual([1, 2, 3, 4, 5]);
    await pass({ 'read-model': 3 });
    expect(await unprocessed()).toEqual([4, 5]);
    await pass({ 'read-model': 5 });
    expect(await unprocessed()).toEqual([]);
  });

  it('waits for every event while a required projection has no checkpoint', async () => {
    await appendFive();
    await pass({ ledger: 5, 'read-model': 5 });
    await pool.query("delete from projector_checkpoints where projection = 'ledger'");
    expect(await unprocessed()).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps a parked event open, once, however many projections have parked it', async () => {
    await appendFive();
    await park('ledger', 2n, 3n, 5n);
    await park('read-model', 3n);
    await pass({ ledger: 5, 'read-model': 4 });
    expect(await unprocessed()).toEqual([2, 3, 5]);
  });

  it('has done with a parked event once it is skipped or a retry has taken it', async () => {
    await appendFive();
    await pass({ ledger: 5, 'read-model': 5 });
    await park('ledger', 2n, 3n, 4n);
    await skipParked(pool, 'ledger', 2n, 'booked by hand');
    await inDatabaseTransaction(pool, (client) => resolveParked(client, 'ledger', [4n]));
    expect(await unprocessed()).toEqual([3]);
  });

  it('does not wait for a projection that is not required, behind or with parked events', async () => {
    await appendFive();
    await pass({ ledger: 5, 'read-model': 5, owners: 0 });
    await park('owners', 2n);
    expect(await unprocessed()).toEqual([]);
  });

  it('waits again for a projection that begins anew', async () => {
    await appendFive();
    await pass({ ledger: 5, 'read-model': 5 });
    await rewindCheckpoint(pool, 'read-model');
    expect(await unprocessed()).toEqual([1, 2, 3, 4, 5]);
  });

  it('waits for the projections of the registry once a worker has started', async () => {
    await appendFive();
    await pass({ ledger: 5, 'read-model': 4, former: 0 });
    await pool.query("insert into required_projections (projection) values ('former')");
    expect(await unprocessed()).toEqual([1, 2, 3, 4, 5]);
    await ensureCheckpoints(pool);
    expect(await unprocessed()).toEqual([5]);
    await pool.query("delete from required_projections where projection = 'read-model'");
    expect(await unprocessed()).toEqual([]);
    await ensureCheckpoints(pool);
    expect(await unprocessed()).toEqual([5]);
  });

  it('shows a processed row with the time at which it was written', async () => {
    await appendFive();
    await pass({ ledger: 1, 'read-model': 1 });
    const { rows } = await pool.query(
      'select processed_at = created_at as same from outbox order by position',
    );
    expect(rows.map(({ same }: { same: boolean | null }) => same)).toEqual([true, null, null, null, null]);
  });
});

interface ExplainedNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly ExplainedNode[];
}

const nodesOf = (node: ExplainedNode): readonly ExplainedNode[] => [
  node,
  ...(node.Plans ?? []).flatMap(nodesOf),
];

/** How many outbox rows each statement reads in a session of psql. A scan of the whole table is named. */
async function readRowsRead(): Promise<Record<string, number | string>> {
  return withClient(database.url, async (client) => {
    const read: Record<string, number | string> = {};
    for (const statement of [count, monitoring, oldest]) {
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: ExplainedNode }[] }>(
        `explain (analyze, format json) ${statement}`,
      );
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      if (plan === undefined) throw new Error('a statement has no plan');
      const scans = nodesOf(plan).filter((node) => node['Relation Name']?.startsWith('outbox_rows'));
      const all = scans.find((node) => node['Node Type'] === 'Seq Scan' && sum([node]) > 0);
      read[statement] = all === undefined ? sum(scans) : 'the whole table';
    }
    return read;
  });
}

function sum(nodes: readonly ExplainedNode[]): number {
  return nodes
    .map((node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'])
    .reduce((one, other) => one + other, 0);
}

it('the statements of operators read no processed row, with statistics and without', async () => {
  const rows = 50_000;
  await pool.query('alter table outbox_rows_s1 set (autovacuum_enabled = off)');
  await pool.query('insert into outbox_rows (position) select n from generate_series(1, $1::integer) as n', [
    rows,
  ]);
  await pass({ ledger: rows, 'read-model': rows - 100 });
  await park('ledger', 7n, 20_000n, 30_000n);
  await park('read-model', 7n, 8n);
  // Without statistics the planner may sort the unprocessed rows.
  const open = 104;
  const few = { [count]: open, [monitoring]: open };
  const { [oldest]: sorted, ...counted } = await readRowsRead();
  expect(counted).toEqual(few);
  expect(sorted).toBeLessThanOrEqual(open);
  await pool.query('analyze');
  // The first row of each branch in each segment.
  const { [oldest]: found, ...unsorted } = await readRowsRead();
  expect(unsorted).toEqual(few);
  expect(found).toBeLessThanOrEqual(6);
  await pass({ 'read-model': rows });
  await pool.query('update projection_failures set resolved_at = now(), resolution = $1::text', ['a test']);
  expect(await readRowsRead()).toEqual({ [count]: 0, [monitoring]: 0, [oldest]: 0 });
});

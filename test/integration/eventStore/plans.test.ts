// Explains every named statement as a session of the service keeps it: under the plan that was made for new,
// for empty, for full and for huge tables. A session keeps its plan until the next analysis, and tables grow
// meanwhile. So no plan may read a whole table, whatever it was made for.
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool } from '../../../src/eventStore/database.ts';
import { makeGeneration, switchGeneration } from '../../../src/eventStore/generations.ts';
import { levels } from '../../../src/eventStore/levels.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { beginWithLegs } from '../../support/legLedger.ts';
import { readNamedStatements } from '../../support/namedStatements.ts';
import { type PlanNode, type Schema, unboundedReadsOf } from '../../support/plans.ts';

const rows = 20_000;
/** Statistics that say six million rows a table. */
const factor = 300;
/** Those that are partitioned have no rows of their own. */
const tables = [
  'audit_log',
  'audit_outcomes',
  ...['events_s1', 'events_s2', 'outbox_rows_s1', 'outbox_rows_s2'],
  ...['wallets', 'idempotency_keys', 'projection_failures'],
  ...['ledger_entries', 'ledger_postings', 'holds', 'wallet_details', 'reversals', 'wallet_usage'],
];
/** Statements whose read ends although the plan does not say so, or that may be slow until an analysis. */
const exempt: Readonly<Record<string, string>> = {
  'read-head-without-events': 'the existence of one event ends it',
  'read-ended-freezes': 'reads one end of a partial index of the freezes that end by themselves',
  'read-stream-cuts': 'samples at most 100,000 wallets, once a rebuild or verification',
  'correct-wallet-row': 'repairs one row of a wallet, and a minute later the plan is another',
  'delete-wallet-row': 'repairs one row of a wallet, and a minute later the plan is another',
  'read-uncompared': 'counts the parked and skipped events of all time, once a verification',
};

const statements = readNamedStatements();
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
/** The tables and partitions that hold rows. */
let growing: readonly string[];
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-plans-test', () => undefined);
  // Only there are both forms of the ledger tables.
  await beginWithLegs(pool, levels.postings);
  // As many generations of records as there are with the retention of the settings.
  for (const generation of [1, 2]) {
    await makeGeneration(pool, generation);
    await switchGeneration(pool, generation);
  }
  const { rows: found } = await pool.query<{ name: string }>(
    `select relname::text as name
       from pg_class
      where relkind = 'r'
        and (oid = any(array(select to_regclass(name) from unnest($1::text[]) as name))
             or oid = any(array(select inhrelid from pg_inherits where inhparent::regclass::text = any($1::text[]))))`,
    [tables],
  );
  growing = found.map(({ name }) => name);
  for (const table of growing) await pool.query(`alter table ${table} set (autovacuum_enabled = off)`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Prepares every statement in one session and has it make its plan, as a first execution does. */
async function prepareAll(client: PoolClient, prefix: string): Promise<void> {
  for (const { name, text } of statements) {
    await client.query(`prepare ${nameOf(prefix, name)} as ${text}`);
    await readPlan(client, prefix, name);
  }
}

const nameOf = (prefix: string, name: string) => `"${prefix}/${name}"`;

/** Null, but for the two ends of a window of the log. Without them the plan would leave out every segment. */
function valueOf(text: string, parameter: number): string {
  if (text.includes(`position >= $${parameter}::bigint\n`)) return '1';
  return text.includes(`position <= any(array[$${parameter}::bigint])`) ? '9223372036854775807' : 'null';
}

/** The plan that the session keeps for this statement. */
async function readPlan(client: PoolClient, prefix: string, name: string): Promise<PlanNode> {
  const { rows: found } = await client.query<{ parameters: number }>(
    `select cardinality(parameter_types) as parameters from pg_prepared_statements where name = $1::text`,
    [`${prefix}/${name}`],
  );
  const text = statements.find((one) => one.name === name)?.text ?? '';
  const given = Array.from({ length: found[0]?.parameters ?? 0 }, (_, index) => valueOf(text, index + 1));
  const { rows: plans } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
    `explain (format json) execute ${nameOf(prefix, name)} ${given.length === 0 ? '' : `(${given.join(', ')})`}`,
  );
  const plan = plans[0]?.['QUERY PLAN'][0]?.Plan;
  if (plan === undefined) throw new Error(`${name} has no plan`);
  return plan;
}

/**
 * Projections are few, and PostgreSQL 18 skips over them. So the second column of that key bounds as well.
 */
async function readSchema(client: PoolClient): Promise<Schema> {
  const { rows: indexes } = await client.query<{ name: string; first: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid, 1, true) as first from pg_index`,
  );
  const columnsOf = new Map<string, readonly string[]>(indexes.map(({ name, first }) => [name, [first]]));
  return { growing, columnsOf: columnsOf.set('projection_failures_pkey', ['projection', 'position']) };
}

async function findUnbounded(client: PoolClient, prefix: string): Promise<readonly string[]> {
  const schema = await readSchema(client);
  const found: string[] = [];
  for (const { name } of statements) {
    const reads = unboundedReadsOf(await readPlan(client, prefix, name), schema);
    if (reads.length > 0 && exempt[name] === undefined)
      found.push(`${name}: ${[...new Set(reads)].join(', ')}`);
  }
  return found;
}

async function fill(client: PoolClient): Promise<void> {
  const many = `generate_series(1, ${rows}) as n`;
  for (const statement of [
    `insert into events select n, 'wallet-' || n % 5000, n, 'WalletCredited', 1, '{}', '{}', now() from ${many}`,
    `insert into outbox_rows select n, now() from ${many}`,
    `insert into wallets select 'wallet-' || n, 'owner-' || n % 9, 'EUR', 0, 1, now(), now() from ${many}`,
    `insert into idempotency_keys (command_id, request_hash, status, headers, body, created_at, generation)
     select gen_random_uuid(), '', 200, '{}', '{}', now(), n % 3 from ${many}`,
    `insert into audit_log (actor, address, operation, target, request_id)
     select 'key:' || n % 9, '', 'skipFailure', 'ledger/' || n, 'r-' || n from ${many}`,
    'insert into audit_outcomes (audit_id, status) select id, 200 from audit_log',
    'alter table ledger_entries disable trigger user',
    `insert into ledger_entries select n, 1, 'wallet-' || n % 5000, 'debit', 1, 'EUR', 1, now() from ${many}`,
    `insert into ledger_postings
     select n, now(), 1, case when n % 2 = 0 then 1 end, 1, 1, false, case when n % 2 = 0 then 'other-' || n % 5000 end, 'wallet-' || n % 5000, 'EUR'
       from ${many}`,
    `insert into projection_failures
       (projection, position, wallet_id, last_error, next_attempt_at, resolved_at, resolution)
     select 'ledger', n, 'wallet-' || n % 5000, 'failed', now(), open.not, case when open.not is null then null else 'taken' end
       from ${many}
      cross join lateral (select case when n % 1000 > 0 then now() end as not) as open`,
  ])
    await client.query(statement);
}

/** Tells the planner of more rows than there are, which is quicker than to insert them. */
async function claimMillions(client: PoolClient): Promise<void> {
  await client.query(
    `select pg_restore_relation_stats('schemaname', nspname::text, 'relname', relname::text, 'reltuples', (reltuples * $2::integer)::real)
       from pg_class
       join pg_namespace on pg_namespace.oid = relnamespace
      where relname = any($1::text[])`,
    [growing, factor],
  );
}

it('no named statement reads a whole table that grows, whatever size its plan was made for', async () => {
  expect(statements.length).toBeGreaterThan(80);
  const client = await pool.connect();
  try {
    const found: Record<string, readonly string[]> = {};
    await prepareAll(client, 'new');
    found.new = await findUnbounded(client, 'new');
    await client.query('analyze');
    await prepareAll(client, 'empty');
    // The kept plan of the empty tables runs on the full ones.
    await fill(client);
    found.empty = await findUnbounded(client, 'empty');
    await client.query('analyze');
    await prepareAll(client, 'full');
    found.full = await findUnbounded(client, 'full');
    await claimMillions(client);
    await prepareAll(client, 'huge');
    found.huge = await findUnbounded(client, 'huge');
    expect(found).toEqual({ new: [], empty: [], full: [], huge: [] });
  } finally {
    client.release();
  }
});

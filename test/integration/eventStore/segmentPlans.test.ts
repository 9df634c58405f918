// Runs every named statement on the tables of the log over 300 segments, with the plan that a session keeps,
// and counts the segments that it reads. A statement that reads them all costs more with each day.
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { type NamedStatement, readNamedStatements } from '../../support/namedStatements.ts';
import { cutLog } from '../../support/segments.ts';

const segments = 300;
const width = 20;
/** The last segment but two is half full. */
const head = (segments - 3) * width + width / 2;
const wallets = 10;
/** Segments that a statement may read: that with the head, two empty ones, and one with a parked event. */
const fewMax = 4;

/** In the middle of the log, and in the middle of a segment. */
const middle = (segments / 2) * width + width / 2;
const time = '2026-01-01T00:00:00Z';
const conditions = [...Array.from({ length: 10 }, () => null), '{}', null, null, null];

/** The values of each statement that reads or writes the log. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  'read-head-without-events': [middle],
  'find-movements-in-log': [middle, middle - width, 10, ...conditions, '', []],
  'read-events-after': [middle, width],
  'read-events-at': [[middle, middle + 1], middle, middle + 1],
  'read-feed-of-log': [middle, middle + width, '', null, null, null, 10],
  'read-feed-after': [middle, width],
  'read-feed-at': [[middle, middle + 1], middle, middle + 1],
  'read-movement-events': [[middle, middle + 1], middle, middle + 1],
  'read-packed-log': [middle, width, '{}', ',', ';', '{}'],
  'read-traceparents': [[middle, middle + 1], 10, middle, middle + 1],
  'read-streams-between': ['', 0, middle, middle + width, 10, '{}'],
  'read-retained-since': [middle],
  'is-position-before-day': [middle],
  'is-event-before': [middle, time],
  'read-health': [[], 100, ['ledger', 'read-model']],
  'read-projection-states': [['ledger', 'read-model']],
  'read-check-page': [middle, width],
  'read-lost-outbox-rows': [middle, middle + width],
  'restore-lost-outbox-rows': [[middle, middle + 1], middle, middle + 1],
  'read-event-age': [middle],
  'read-stale-positions': ['ledger', 60, head - width, width, ['ledger', 'read-model']],
  'check-positions': [middle, middle + width, 10],
  'check-head': [],
  'insert-postings': [[middle], [time], [1], ['null'], [1], [1], ['false'], ['null'], ['wallet-1'], ['EUR']],
  'extend-ledger-sums': [width, 1],
  'delete-postings': [[middle, middle + 1], middle, middle + 1],
  'delete-restored-postings': [[middle, middle + 1], middle, middle + 1],
  'read-postings-at': [middle],
  'read-posting-range': [middle, middle + width],
  'read-wallet-postings': ['wallet-1', middle, middle + width, '-infinity', 'infinity', 3],
  'read-wallet-postings-newest-first': ['wallet-1', middle, middle + width, '-infinity', 'infinity', 3],
  'read-stream': ['wallet-1', 10, 10, middle, middle + width],
  'read-stream-backwards': ['wallet-1', 10, 10, middle, middle + width],
  'find-versions-of-window': ['wallet-1', middle, middle + width],
  'find-version-near-time': ['wallet-1', time, true, 10, 2 ** 40, middle, middle + width],
  'find-feed-of-wallets': [['wallet-1'], middle, head, 10, null, 10, middle, middle + width],
  'find-movements-of-wallet': [20, 10, 10, ...conditions, 'wallet-1', middle, middle + width],
  'read-positions-of-versions': ['wallet-1', [20, 10], middle, middle + width],
  'read-statement-totals': ['wallet-1', 10, 20, 0, middle, middle + width],
  'read-archive-hindrance': [1, time, middle, false],
  'read-given-up-events': ['', 'wallet-9', ['ledger', 'read-model']],
};

/** Statements that look in every segment. None of them is on the way of a command. */
const everywhere = [
  // For a time that lies between two events far apart, and for a stream without a row.
  ...['find-versions', 'find-versions-of-archived'],
  // Terms and details that are no longer in force.
  'read-events-of',
  // Archived events, and the half of a transfer at their end.
  ...['read-version-before', 'read-oldest-without-gap'],
  // Rebuilds and verifications, which read whole streams.
  ...['read-packed-streams', 'read-streams', 'read-state-events', 'find-backward-steps'],
  ...['read-records-without-event', 'read-row-state', 'read-retained-events'],
  // The first event of each segment, for an operator.
  'list-segments',
  // Only of wallets that have lost their row.
  'read-first-events',
  // Only in a log that is not cut into segments yet.
  'prune-outbox-rows',
];

/** Statements without rows that are read here. endOfLog.test.ts runs them over many segments. */
const writes = [
  ...['append-batch', 'append-batch-as-json', 'append-batch-with-state'],
  ...['append-cached-batch', 'append-cached-batch-with-state', 'check-writable'],
];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let client: PoolClient;
const statements = readNamedStatements().filter(({ text }) =>
  /\b(from|join|into|update)\s+(events|outbox|outbox_rows|ledger_postings)\b/.test(text),
);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-segments-test', () => undefined);
  await cutLog(pool, width, segments * width);
  await pool.query(
    `insert into events
     select n, 'wallet-' || n % ${wallets}, n / ${wallets} + 1, 'WalletCredited', 1, '{}', '{}', now()
       from generate_series(1, ${head}) as n`,
  );
  await pool.query(`insert into outbox_rows select n, now() from generate_series(1, ${head}) as n`);
  await pool.query(
    `insert into ledger_postings
     select n, now(), 1, null, 1, 1, false, null, 'wallet-' || n % ${wallets}, 'EUR'
       from generate_series(1, ${head}) as n`,
  );
  await pool.query('update log_head set position = $1', [head]);
  await pool.query('update projector_checkpoints set position = $1', [head - 5]);
  // The sums lag, so that they have to be extended in the middle.
  await pool.query('update ledger_form set sums_through = $1', [middle]);
  await pool.query(
    `insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
     values ('ledger', ${middle}, 'wallet-1', 'a test', now())`,
  );
  // On a busy machine it takes longer than a statement of the service may.
  await withClient(database.url, (admin) => admin.query('analyze'));
  client = await pool.connect();
}, 600_000);
afterAll(async () => {
  client.release();
  await pool.end();
  await database.drop();
});

interface RunNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly RunNode[];
}

/** The parts of segments that the statement read when it ran. */
function readBy({ Plans = [], ...node }: RunNode): readonly string[] {
  const name = node['Relation Name'];
  const own = name !== undefined && /_s\d+$/.test(name) && node['Actual Loops'] > 0 ? [name] : [];
  return [...own, ...Plans.flatMap(readBy)];
}

async function segmentsReadBy({ name, text }: NamedStatement, given: readonly unknown[]): Promise<number> {
  const literals = given.map((value) => literal(value)).join(', ');
  await client.query('begin');
  try {
    await client.query(`prepare counted as ${text}`);
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: RunNode }[] }>(
      `explain (analyze, format json) execute counted ${given.length === 0 ? '' : `(${literals})`}`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    if (plan === undefined) throw new Error(`${name} has no plan`);
    return new Set(readBy(plan).map((part) => part.slice(part.lastIndexOf('_')))).size;
  } finally {
    await client.query('rollback');
    await client.query('deallocate all');
  }
}

function literal(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `'{${value.join(',')}}'`;
  return `'${value as string | number}'`;
}

it('every statement on the log is looked at here', () => {
  const known = [...Object.keys(values), ...everywhere, ...writes];
  expect(statements.map(({ name }) => name).sort()).toEqual(known.sort());
});

it('a statement that knows positions reads few of 300 segments', async () => {
  const found: Record<string, number> = {};
  for (const statement of statements) {
    const given = values[statement.name];
    if (given === undefined) continue;
    const count = await segmentsReadBy(statement, given);
    if (count > fewMax) found[statement.name] = count;
  }
  expect(found).toEqual({});
}, 600_000);

// Reads by wallet in a log of 300 segments. Each read is compared with a look at every event, for wallets of
// many kinds. Then its statements are explained as they were sent, and the segments that PostgreSQL prepared
// for them are counted. A read that prepares them all costs more with each day.
import type { Pool, QueryConfig, QueryResult } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { findFeedOfWallets } from '../../../src/eventStore/read/findFeedOfWallets.ts';
import {
  findMovementsOfWallet,
  readPositionsOfVersions,
} from '../../../src/eventStore/read/findMovements.ts';
import { findVersions } from '../../../src/eventStore/read/findVersions.ts';
import { readBalanceAt } from '../../../src/eventStore/read/readBalance.ts';
import { readEventOf, readStream, readStreamBackwards } from '../../../src/eventStore/read/readEvents.ts';
import { readStatementTotals } from '../../../src/eventStore/read/readStatement.ts';
import type { ReadDatabase } from '../../../src/eventStore/tenantReads.ts';
import { readBacklog } from '../../../src/projections/backlog.ts';
import { readOutboxDepth } from '../../../src/projections/outbox/outbox.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { cutLog } from '../../support/segments.ts';

const segments = 300;
const width = 20;
/** The last segment but two is half full. */
const head = (segments - 3) * width + width / 2;
const begin = Date.parse('2026-01-01T00:00:00Z');
/** Each position has a time of its own. */
const timeOf = (position: number) => new Date(begin + position * 60_000);

interface Placed {
  readonly walletId: string;
  readonly version: number;
  readonly position: number;
}

/**
 * The wallet of each position: in use, of few events, at rest for long, young, busy at first, without a row.
 */
function walletAt(position: number): string {
  if (position % 2 === 0) return 'in-use';
  if (position % 1000 === 1) return 'sparse';
  if (position > 2000 && position < 2030) return 'at-rest';
  if (position > 5900) return 'young';
  if (position < 200 || position % 100 === 51) return 'busy-at-first';
  return position % 100 === 77 ? 'without-row' : `once-${position}`;
}

function placedEvents(): readonly Placed[] {
  const versions = new Map<string, number>();
  return Array.from({ length: head }, (_, index) => {
    const walletId = walletAt(index + 1);
    const version = (versions.get(walletId) ?? 0) + 1;
    versions.set(walletId, version);
    return { walletId, version, position: index + 1 };
  });
}

const placed = placedEvents();
const walletIds = [
  'in-use',
  'sparse',
  'at-rest',
  'young',
  'busy-at-first',
  'without-row',
  'once-3003',
  'nobody',
];
const streamOf = (walletId: string) => placed.filter((one) => one.walletId === walletId);
const numberOf = ({ position }: { readonly position: bigint }) => Number(position);
const positionOf = ({ position }: Placed) => position;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-reads-test', () => undefined);
  await cutLog(pool, width, segments * width);
  await makeSegmentsAhead();
  await pool.query(
    `insert into events (position, wallet_id, version, type, schema_version, occurred_at, data, metadata)
     select position, wallet_id, version, 'WalletCredited', 1, to_timestamp(ms / 1000.0),
            jsonb_build_object('balanceMinor', version::text, 'amountMinor', '1', 'currency', 'EUR', 'description', ''), '{}'
       from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) as event (position, wallet_id, version, ms)`,
    [
      placed.map(positionOf),
      placed.map(({ walletId }) => walletId),
      placed.map(({ version }) => version),
      placed.map(({ position }) => timeOf(position).getTime()),
    ],
  );
  await pool.query('insert into outbox_rows select position, occurred_at from events');
  await pool.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
     select wallet_id, 'owner', 'EUR', max(version), max(version), min(occurred_at), max(occurred_at)
       from events
      where wallet_id <> 'without-row'
      group by wallet_id`,
  );
  await pool.query('update log_head set position = $1', [head]);
  await pool.query('update projector_checkpoints set position = $1', [head - 5]);
}, 600_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** As the maker does: each is made a while before its first event. */
async function makeSegmentsAhead(): Promise<void> {
  await pool.query(
    `update log_segments
        set made_at = to_timestamp($1::bigint / 1000.0) + (from_position - $2::integer) * interval '1 minute'`,
    [begin, width * 1.5],
  );
}

interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Sends statements on, and keeps them. */
function recordingReads(sent: Sent[]): ReadDatabase {
  const query = (config: QueryConfig, values?: unknown[]): Promise<QueryResult> => {
    sent.push({ text: config.text, values: config.values ?? values ?? [] });
    return pool.query(config, values);
  };
  return { query: query as unknown as Pool['query'], connect: pool.connect.bind(pool) };
}

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/**
 * The indexes of parts of the log that PostgreSQL opens for a plan. A part that it leaves out is not there.
 */
function openedBy({ Plans = [], ...node }: PlanNode): readonly string[] {
  const own = /_s\d+$/.test(node['Relation Name'] ?? '') ? [node['Index Name'] ?? 'no index'] : [];
  return [...own, ...Plans.flatMap(openedBy)];
}

interface OpenedParts {
  readonly opened: readonly string[];
  /** Parts that a search by wallet would go through in order of position. */
  readonly wrong: readonly string[];
}

async function partsOpenedBy(read: (reads: ReadDatabase) => Promise<unknown>): Promise<OpenedParts> {
  const sent: Sent[] = [];
  await read(recordingReads(sent));
  const [opened, wrong]: [string[], string[]] = [[], []];
  for (const { text, values } of sent) {
    const { rows } = await pool.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (analyze, format json) ${text}`,
      [...values],
    );
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    if (plan === undefined) throw new Error(`there is no plan of ${text}`);
    const own = openedBy(plan);
    const isByWallet = /\bwallet_id = (\$|id\b)/.test(text);
    if (isByWallet) wrong.push(...own.filter((index) => !index.endsWith('_wallet_version')));
    opened.push(...own);
  }
  return { opened, wrong };
}

const versionsAround = (newest: number) => [
  ...new Set([0, 1, Math.floor(newest / 2), newest - 1, newest, newest + 1]),
];

/** Compares each read with a look at every event. */
async function compareReads(ids: readonly string[]): Promise<void> {
  for (const walletId of ids) {
    const stream = streamOf(walletId);
    const newest = stream.length;
    for (const version of versionsAround(newest).filter((one) => one >= 0)) {
      for (const limit of [1, 60]) {
        const later = await readStream(pool, walletId, version, limit);
        const after = stream.filter((one) => one.version > version).slice(0, limit);
        expect(later.map(numberOf)).toEqual(after.map(positionOf));
        const earlier = await readStreamBackwards(pool, walletId, version, limit);
        const before = stream
          .filter((one) => one.version < version)
          .toReversed()
          .slice(0, limit);
        expect(earlier.map(numberOf)).toEqual(before.map(positionOf));
      }
      const one = stream.find((event) => event.version === version);
      const found = await readEventOf(pool, { walletId, version });
      expect(found && numberOf(found)).toBe(one?.position);
      if (one !== undefined) await compareTimes(walletId, one);
      await compareSpans(walletId, version);
    }
    for (const after of [0, 2010, head - 30]) await compareFeed([walletId], after);
  }
  for (const after of [1999, head - 100]) await compareFeed(ids, after);
}

async function compareTimes(walletId: string, { version, position }: Placed): Promise<void> {
  const newest = streamOf(walletId).length;
  const before = streamOf(walletId)[version - 2]?.position ?? 0;
  const bounds = [
    { time: timeOf(position), inclusive: false },
    { time: timeOf(position), inclusive: true },
    { time: new Date(begin - 1), inclusive: true },
    { time: new Date('2036-01-01'), inclusive: true },
  ];
  expect(await findVersions(pool, walletId, bounds)).toEqual([
    { version: version - 1, position: BigInt(before), isNewest: false },
    { version, position: BigInt(position), isNewest: version === newest },
    { version: 0, position: 0n, isNewest: false },
    { version: newest, position: BigInt(streamOf(walletId).at(-1)?.position ?? 0), isNewest: true },
  ]);
}

/** The versions from this one on, at most 40 of them. */
async function compareSpans(walletId: string, version: number): Promise<void> {
  const through = Math.min(version + 40, streamOf(walletId).length);
  if (through <= version) return;
  const within = streamOf(walletId).filter((one) => one.version > version && one.version <= through);
  const page = { from: BigInt(through), downTo: BigInt(version), limit: 100 };
  const movements = await findMovementsOfWallet(pool, walletId, {}, page);
  expect(movements.map(numberOf)).toEqual(within.toReversed().map(positionOf));
  const ends = await readPositionsOfVersions(pool, walletId, [BigInt(through), BigInt(version + 1)]);
  const [first, last] = [within[0]?.position ?? 0, within.at(-1)?.position ?? 0];
  expect(ends).toEqual([...new Set([first, last])].map(BigInt));
  const span = { after: version, balanceMinor: BigInt(version), through };
  const totals = await readStatementTotals(pool, walletId, span);
  expect(totals).toEqual({ movements: within.length, inMinor: BigInt(within.length), outMinor: 0n });
}

/** Goes through the whole feed of some wallets, page by page. */
async function compareFeed(ids: readonly string[], from: number): Promise<void> {
  const found: number[] = [];
  const eachMax = 300;
  let after = BigInt(from);
  for (let pages = 0; after < BigInt(head); pages += 1) {
    if (pages > head) throw new Error('the feed stands still');
    const section = { after, upTo: BigInt(head), eachMax, limit: 1_000 };
    const page = await findFeedOfWallets(pool, ids, undefined, section);
    found.push(...page.positions.map(Number));
    after = page.examinedTo ?? BigInt(head);
  }
  const expected = placed.filter(({ walletId, position }) => ids.includes(walletId) && position > from);
  expect(found).toEqual(expected.map(positionOf));
}

it('a read by wallet finds what a look at every event finds, in 300 segments', async () => {
  await compareReads(walletIds);
}, 600_000);

it('a read by wallet finds the same if every guess is wrong', async () => {
  await pool.query(`update log_segments set made_at = now() - segment * interval '1 day'`);
  await pool.query('update wallets set created_at = updated_at, updated_at = created_at');
  await compareReads(['sparse', 'busy-at-first']);
  await pool.query('update wallets set created_at = updated_at, updated_at = created_at');
  await makeSegmentsAhead();
}, 600_000);

const middle = 1_500;
const time = timeOf(3_000);
const toHead = { upTo: BigInt(head), eachMax: 100, limit: 100 };

/** Parts that are opened at most, of 300 segments. One look into a window opens it twice. */
const reads: Readonly<
  Record<string, readonly [partsMax: number, (reads: ReadDatabase) => Promise<unknown>]>
> = {
  'the newest page of a history': [8, (from) => readStreamBackwards(from, 'in-use', 1e9, 10)],
  'its first page': [8, (from) => readStream(from, 'in-use', 0, 10)],
  'a page of it by cursor': [8, (from) => readStream(from, 'in-use', middle, 10)],
  'a page of it by cursor, the newest first': [8, (from) => readStreamBackwards(from, 'in-use', middle, 10)],
  'the newest page of a wallet at rest': [8, (from) => readStreamBackwards(from, 'at-rest', 1e9, 10)],
  'the first page of a wallet at rest': [8, (from) => readStream(from, 'at-rest', 0, 10)],
  'the history of a young wallet': [8, (from) => readStream(from, 'young', 0, 10)],
  'the history of a wallet with one event': [8, (from) => readStream(from, 'once-3003', 0, 10)],
  'a page of a wallet that was busier once': [120, (from) => readStream(from, 'busy-at-first', 90, 5)],
  'one event by version': [8, (from) => readEventOf(from, { walletId: 'in-use', version: middle })],
  'a version that is not there yet': [8, (from) => readEventOf(from, { walletId: 'in-use', version: 1e6 })],
  'a balance at a time': [24, (from) => readBalanceAt(from, 'in-use', time)],
  'versions at two times': [
    48,
    (from) =>
      findVersions(from, 'in-use', [
        { time, inclusive: true },
        { time: timeOf(4_000), inclusive: false },
      ]),
  ],
  'a balance of a wallet at rest, much later': [24, (from) => readBalanceAt(from, 'at-rest', time)],
  'a search for movements of a wallet': [
    24,
    (from) => findMovementsOfWallet(from, 'in-use', {}, { from: 1_510n, downTo: 1_490n, limit: 10 }),
  ],
  'positions of versions': [24, (from) => readPositionsOfVersions(from, 'in-use', [1_510n, 1_490n])],
  'the totals of a statement': [
    24,
    (from) => readStatementTotals(from, 'in-use', { after: 1_490, balanceMinor: 0n, through: 1_510 }),
  ],
  'the feed of a wallet at the end of the log': [
    32,
    (from) => findFeedOfWallets(from, ['in-use'], undefined, { ...toHead, after: BigInt(head - 5) }),
  ],
  'the feed of a wallet in the middle of the log': [
    160,
    (from) => findFeedOfWallets(from, ['in-use'], undefined, { ...toHead, after: 3_000n }),
  ],
  'the depth of the outbox': [4, (from) => readOutboxDepth(from as Pool)],
  'the backlog': [12, (from) => readBacklog(from as Pool)],
};

async function countParts(): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const [name, [partsMax, read]] of Object.entries(reads)) {
    const { opened, wrong } = await partsOpenedBy(read);
    if (opened.length === 0 || opened.length > partsMax) found[name] = opened.length;
    if (wrong.length > 0) found[`${name} by ${wrong.join(', ')}`] = wrong.length;
  }
  return found;
}

it('a read by wallet prepares few of 300 segments, without statistics and with them', async () => {
  expect(await countParts()).toEqual({});
  await withClient(database.url, (client) => client.query('analyze'));
  expect(await countParts()).toEqual({});
}, 600_000);

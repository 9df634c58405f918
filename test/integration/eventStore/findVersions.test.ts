// Compares searches by time with a look at every event, over random streams and all times that matter.
import fc from 'fast-check';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { searchMovements } from '../../../src/api/movements/searchMovements.ts';
import { readPeriod } from '../../../src/api/statements/statement.ts';
import { defaultTenant } from '../../../src/domain/tenant.ts';
import type { NewEvent } from '../../../src/domain/events.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { findVersions } from '../../../src/eventStore/read/findVersions.ts';
import { readBalanceAt } from '../../../src/eventStore/read/readBalance.ts';
import type { ReadDatabase } from '../../../src/eventStore/tenantReads.ts';
import { readWalletEntries } from '../../../src/projections/ledger/ledgerQueries.ts';
import { testConfig } from '../../support/api.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { createTestDatabase } from '../../support/database.ts';
import { someTime, walletStream } from '../../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-find-versions-test', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

let wallets = 0;
/** A stream whose events lie `gapsMs` apart. */
function streamOf(gapsMs: readonly number[]): readonly NewEvent[] {
  wallets += 1;
  let ms = someTime.getTime();
  const stream = walletStream(
    `wallet-${wallets}`,
    0n,
    gapsMs.map(() => 1n),
  );
  return stream.map((event, index) => {
    ms += index === 0 ? 0 : (gapsMs[index - 1] ?? 0);
    return { ...event, occurredAt: new Date(ms) };
  });
}

/** Before, at and after each event, and far from all. */
function timesAround(events: readonly NewEvent[]): readonly Date[] {
  const near = events.flatMap(({ occurredAt }) =>
    [-1, 0, 1].map((ms) => new Date(occurredAt.getTime() + ms)),
  );
  return [new Date('0001-01-01'), ...near, new Date('9999-12-31T23:59:59.999Z')];
}

const bothWays = (times: readonly Date[]) =>
  times.flatMap((time) => [
    { time, inclusive: false },
    { time, inclusive: true },
  ]);

it('a search finds what a look at every event finds, for every stream and every time', async () => {
  const gaps = fc.array(fc.constantFrom(0, 0, 0, 1, 1, 2, 60_000), { maxLength: 70 });
  await fc.assert(
    fc.asyncProperty(gaps, fc.integer({ min: 0, max: 80 }), fc.boolean(), async (gapsMs, upTo, hasRow) => {
      const events = streamOf(gapsMs);
      const walletId = events[0]?.walletId ?? '';
      const first = await appendEvents(pool, events);
      if (hasRow) await writeRow(walletId, events.length);
      const bounds = bothWays(timesAround(events));
      const newest = Math.min(upTo, events.length);
      const before = ({ time, inclusive }: (typeof bounds)[number], through: number) =>
        events.filter(
          ({ occurredAt, version }) =>
            version <= through &&
            (occurredAt < time || (inclusive && occurredAt.getTime() === time.getTime())),
        ).length;
      const expected = (through: number) =>
        bounds.map((bound) => {
          const version = before(bound, through);
          const position = version === 0 ? 0n : first + BigInt(version) - 1n;
          return { version, position, isNewest: version === through };
        });
      expect(await findVersions(pool, walletId, bounds)).toEqual(expected(events.length));
      expect(await findVersions(pool, walletId, bounds, upTo)).toEqual(expected(newest));
      for (const { time } of bounds.slice(0, 6)) {
        const last = await readBalanceAt(pool, walletId, time);
        expect(last?.version ?? 0).toBe(before({ time, inclusive: true }, events.length));
      }
    }),
    { numRuns: 40 },
  );
});

async function writeRow(walletId: string, version: number): Promise<void> {
  await pool.query(
    `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
     values ($1::text, 'owner', 'USD', 0, $2::bigint, now(), now())`,
    [walletId, version],
  );
}

it('a search in a damaged stream never answers an earlier version for a later time, and new events change nothing', async () => {
  const gaps = fc.array(fc.constantFrom(-5, -1, 0, 1, 3), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(gaps, async (gapsMs) => {
      const events = streamOf(gapsMs);
      const walletId = events[0]?.walletId ?? '';
      await appendEvents(pool, events);
      const times = timesAround(events).toSorted((one, other) => one.getTime() - other.getTime());
      const bounds = times.map((time) => ({ time, inclusive: false }));
      const found = (await findVersions(pool, walletId, bounds))?.map(({ version }) => version) ?? [];
      expect(found).toEqual(found.toSorted((one, other) => one - other));
      const latest = Math.max(...events.map(({ occurredAt }) => occurredAt.getTime()));
      const more = walletStream(
        walletId,
        0n,
        Array.from({ length: 30 }, () => 1n),
      ).map((event) => ({ ...event, version: events.length + event.version, occurredAt: new Date(latest) }));
      await appendEvents(pool, more);
      const again = (await findVersions(pool, walletId, bounds))?.map(({ version }) => version) ?? [];
      const passed = bounds.findLastIndex(({ time }) => time.getTime() <= latest) + 1;
      expect(again.slice(0, passed)).toEqual(found.slice(0, passed));
    }),
    { numRuns: 30 },
  );
});

it('a search for a wallet that does not exist finds nothing', async () => {
  expect(await findVersions(pool, 'nobody', [{ time: someTime, inclusive: true }])).toBeUndefined();
});

/** The rows that a read takes from the tables that grow with a history. */
async function rowsRead(read: (database: ReadDatabase) => Promise<unknown>): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const before = await countRows(client);
    await read(asDatabase(client));
    return (await countRows(client)) - before;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** A session goes on counting after a database transaction, until it reports between two of them. */
async function countRows(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ read: string | null }>(
    `select sum(idx_tup_fetch + coalesce(seq_tup_read, 0)) as read
       from pg_stat_xact_user_tables
      where relname ~ '^(events_s[0-9]+|ledger_postings)$'`,
  );
  return Number(rows[0]?.read);
}

function asDatabase(client: PoolClient): ReadDatabase {
  return { query: client.query.bind(client), connect: () => Promise.reject(new Error('not expected')) };
}

it('a read by time reads about as much of a long history as of a short one', async () => {
  const longer = 3_000;
  const read = async (walletId: string, time: Date): Promise<Readonly<Record<string, number>>> => {
    const period = { from: time, to: new Date(time.getTime() + 5) };
    const page = { walletId, after: undefined, limit: 20, ...period };
    const search = { tenant: defaultTenant, walletId, occurredFrom: period.from, occurredTo: period.to };
    return {
      balance: await rowsRead((one) => readBalanceAt(one, walletId, time)),
      statement: await rowsRead((one) => readPeriod(one, { walletId, ...period })),
      'ledger, oldest first': await rowsRead((one) => readWalletEntries(one, { ...page, order: 'asc' })),
      'ledger, newest first': await rowsRead((one) => readWalletEntries(one, { ...page, order: 'desc' })),
      movements: await rowsRead((one) => searchMovements(one, search, { limit: 20, from: undefined })),
    };
  };
  for (const [walletId, events] of [
    ['short', 10],
    ['long', longer],
  ] as const)
    await writeHistory(walletId, events);
  const short = await read('short', new Date(someTime.getTime() + 5));
  // Each search has nine steps more, because 3,000 is about 2 ** 9 times 10.
  for (const offsetMs of [1, 5, longer / 2, longer - 6]) {
    const long = await read('long', new Date(someTime.getTime() + offsetMs));
    for (const [name, rows] of Object.entries(long)) {
      expect(rows, `${name} at ${offsetMs}`).toBeGreaterThan(0);
      expect(rows, `${name} at ${offsetMs}`).toBeLessThan((short[name] ?? 0) + 50);
    }
  }
});

/** A wallet with an event and a posting each millisecond. */
async function writeHistory(walletId: string, events: number): Promise<void> {
  const first = await appendEvents(
    pool,
    walletStream(
      walletId,
      1n,
      Array.from({ length: events - 1 }, () => 1n),
    ),
  );
  await writeRow(walletId, events);
  await pool.query(
    `insert into ledger_postings (position, occurred_at, amount_minor, credit_balance_after_minor, posting, pending,
                                  credit_wallet_id, currency)
     select position, occurred_at, 1, version, 1, false, wallet_id, 'USD'
       from events
      where wallet_id = $1::text
        and position >= $2::bigint`,
    [walletId, first],
  );
}

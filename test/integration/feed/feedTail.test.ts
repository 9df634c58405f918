// Where a reader's last page and the loop at the end of the log meet. An event that is committed in between
// must wake the reader, whichever of the two came first.
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool } from '../../../src/eventStore/database.ts';
import { positionMax } from '../../../src/eventStore/logHead.ts';
import { type FeedFilter, filterKeyOf } from '../../../src/feed/feedFilter.ts';
import { createFeedTail, type FeedTail, stillMaxMs } from '../../../src/feed/feedTail.ts';
import { createFollower } from '../../../src/feed/follower.ts';
import { CursorAheadError, readFeedPage } from '../../../src/feed/readFeed.ts';
import { createWakeUps } from '../../../src/projections/drain/wakeUp.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { changeLog, restoreLog } from '../../support/changeLog.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { walletStream } from '../../support/walletStream.ts';

const filter: FeedFilter = {
  tenant: '',
  types: undefined,
  walletId: undefined,
  ownerId: undefined,
  label: undefined,
};
const filterKey = filterKeyOf(filter);
const show = (id: string) => id;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let wallets = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-feed-test', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Commits one event of a new wallet. Returns its position. */
function commit(): Promise<bigint> {
  wallets += 1;
  return appendEvents(pool, walletStream(`w-${wallets}`, 1n));
}

function createTail(
  monotonicMs = () => performance.now(),
  reads = pool,
): {
  readonly tail: FeedTail;
  readonly failures: unknown[];
} {
  const failures: unknown[] = [];
  const tail = createFeedTail({
    ...{ pool: reads, show, commits: createWakeUps(), now: Date.now, listen: () => () => undefined },
    onFailure: (error) => failures.push(error),
    ...{ monotonicMs, onWorked: () => undefined, onPassed: () => undefined },
  });
  return { tail, failures };
}

/** Resolves once the loop knows the end of the log. */
async function started(tail: FeedTail): Promise<void> {
  tail.hold(filter);
  await eventually(() => tail.read(filter, positionMax, 1).kind === 'ahead');
}

/** Waits at this position. Gives whether the reader was woken. */
function waitAt(tail: FeedTail, at: bigint): { readonly isWoken: () => boolean } {
  let woken = false;
  tail.wait({ filter, filterKey, at, wake: () => (woken = true) });
  return { isWoken: () => woken };
}

it('a reader is woken by an event that came after its page and before the loop began', async () => {
  const at = await commit();
  await commit();
  const { tail } = createTail();
  tail.hold(filter);
  const { isWoken } = waitAt(tail, at);
  await eventually(isWoken);
  await tail.close();
});

it('a reader is woken by an event that came after its page, while the loop had it already', async () => {
  const { tail } = createTail();
  await started(tail);
  const at = await commit();
  await commit();
  await eventually(() => {
    const read = tail.read(filter, at, 1);
    return read.kind === 'events' && read.events.length === 1;
  });
  expect(waitAt(tail, at).isWoken()).toBe(true);
  await tail.close();
});

it('a reader whose page is newer than the loop gets each event once', async () => {
  const ofOne: FeedFilter = { ...filter, walletId: 'w-newer' };
  const stream = walletStream('w-newer', 1n, [1n, 1n]);
  const start = await appendEvents(pool, stream.slice(0, 1));
  const gate = Promise.withResolvers<undefined>();
  let isClosed = false;
  const query = async (statement: { readonly name?: string }) => {
    if (statement.name !== 'read-feed-after') return pool.query(statement as never);
    if (isClosed) await gate.promise;
    const result = await pool.query<object>(statement as never);
    // One event a pass: that at the end of the memory, and the next one.
    result.rows.splice(2);
    return result;
  };
  const { tail } = createTail(undefined, { query } as never);
  await started(tail);
  isClosed = true;
  await commit();
  await commit();
  const second = await appendEvents(pool, stream.slice(1, 2));
  const readPage = (after: bigint, limit: number) => readFeedPage(pool, ofOne, after, limit, show);
  const reader = createFollower({ tail, filter: ofOne, filterKey: filterKeyOf(ofOne), readPage }, start - 1n);
  const found: bigint[] = [];
  const readUntil = (last: bigint) =>
    eventually(async () => {
      found.push(...(await reader.next(3)).map(({ position }) => position));
      return found.at(-1) === last;
    });
  await readUntil(second);
  const third = reader.next(3).then((events) => {
    found.push(...events.map(({ position }) => position));
  });
  gate.resolve(undefined);
  await eventually(() => tail.read(filter, second, 1).kind === 'events');
  const last = await appendEvents(pool, stream.slice(2));
  await third;
  if (found.at(-1) !== last) await readUntil(last);
  expect(found).toEqual([start, second, last]);
  await tail.close();
});

it('a reader gets from pages what came before anybody asked for its wallet', async () => {
  const of = (walletId: string): FeedFilter => ({ ...filter, walletId });
  const { tail } = createTail();
  tail.hold(of('w-asked'));
  await eventually(() => tail.read(filter, positionMax, 1).kind === 'ahead');
  const from = await commit();
  const asked = await appendEvents(pool, walletStream('w-asked', 1n));
  const later = await appendEvents(pool, walletStream('w-later', 1n));
  await eventually(() => tail.read(of('w-asked'), later, 1).kind === 'events');
  expect(tail.read(of('w-asked'), from, 5)).toMatchObject({ events: [{ position: asked }], endsAt: later });
  expect(tail.read(of('w-later'), from, 5)).toEqual({ kind: 'behind' });
  // It may want what is there already, so it does not wait.
  let woken = 0;
  const waitOf = (walletId: string, at: bigint) =>
    tail.wait({ filter: of(walletId), filterKey: filterKeyOf(of(walletId)), at, wake: () => (woken += 1) });
  waitOf('w-later', from);
  expect(woken).toBe(1);
  tail.hold(of('w-later'));
  waitOf('w-later', later);
  const next = await appendEvents(pool, walletStream('w-later', 1n, [1n]).slice(1));
  await eventually(() => woken === 2);
  expect(tail.read(of('w-later'), later, 5)).toMatchObject({ events: [{ position: next }], endsAt: next });
  await tail.close();
});

it('a reader beyond the end of a restored log is refused, and the loop goes on for all others', async () => {
  const { tail, failures } = createTail();
  await started(tail);
  const kept = await commit();
  const at = await commit();
  const readPage = (after: bigint, limit: number) => readFeedPage(pool, filter, after, limit, show);
  await eventually(() => tail.read(filter, at, 1).kind === 'events');
  const reader = createFollower({ tail, filter, filterKey, readPage }, at);
  const beyond = reader.next(1).then(() => reader.next(1));
  await Promise.all([
    expect(beyond).rejects.toThrow(CursorAheadError),
    restoreLog(pool, kept).then(() => eventually(() => failures.length > 0)),
  ]);
  await eventually(() => tail.read(filter, kept, 1).kind === 'events');
  const { isWoken } = waitAt(tail, kept);
  expect(await commit()).toBe(at);
  await eventually(isWoken);
  await tail.close();
});

it('the loop notices that the last event it knows was replaced, and goes on after the new one', async () => {
  const { tail, failures } = createTail();
  await started(tail);
  const at = await commit();
  await eventually(() => tail.read(filter, at, 1).kind === 'events');
  const idle = waitAt(tail, at);
  await changeLog(pool, `update events set wallet_id = 'w-restored' where position = $1::bigint`, [at]);
  await eventually(() => failures.some((error) => String(error).includes('older backup')));
  await eventually(() => tail.read(filter, at, 1).kind === 'events');
  await commit();
  await eventually(idle.isWoken);
  await tail.close();
});

it('a loop without a good pass for too long says so, until a pass works again', async () => {
  let nowMs = 0;
  const { tail, failures } = createTail(() => nowMs);
  await started(tail);
  nowMs += stillMaxMs + 1;
  await eventually(() => !tail.standsStill());
  await pool.query('alter table events rename to events_away');
  await eventually(() => failures.length > 0);
  nowMs += stillMaxMs + 1;
  expect(tail.standsStill()).toBe(true);
  await pool.query('alter table events_away rename to events');
  await eventually(() => !tail.standsStill());
  await tail.close();
});

it.each([0, 1])(
  'a pass that lacks its event %i is not told, and readers get every event from pages',
  async (missing) => {
    let lacked = 0;
    const query = async (statement: { readonly name?: string }) => {
      const result = await pool.query<{ position: string }>(statement as never);
      // The event at the end of the memory comes first.
      if (statement.name === 'read-feed-after' && result.rows.length === 4 && lacked === 0)
        lacked = result.rows.splice(1 + missing, 1).length;
      return result;
    };
    const { tail, failures } = createTail(undefined, { query } as never);
    await started(tail);
    const start = await appendEvents(pool, walletStream(`w-gap-${missing}`, 1n, [1n, 1n]));
    const readPage = (after: bigint, limit: number) => readFeedPage(pool, filter, after, limit, show);
    const reader = createFollower({ tail, filter, filterKey, readPage }, start - 1n);
    await eventually(() => failures.some((error) => String(error).includes('lacks an event')));
    const found: bigint[] = [];
    await eventually(async () => {
      found.push(...(await reader.next(1)).map(({ position }) => position));
      return found.length === 3;
    });
    expect(found).toEqual([start, start + 1n, start + 2n]);
    await tail.close();
  },
);

it('the loop begins again after a failure, and misses nothing', async () => {
  const { tail, failures } = createTail();
  await started(tail);
  const at = await commit();
  await pool.query('alter table events rename to events_away');
  const waiting = waitAt(tail, at);
  await eventually(() => failures.length > 0);
  await pool.query('alter table events_away rename to events');
  await commit();
  await eventually(waiting.isWoken);
  await tail.close();
});

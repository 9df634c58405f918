// The opening state of an archived log. A fold that begins with it gives what a fold of all events gives,
// wherever the log was cut, and whether the archived events are still there or not.
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moveOpeningState, SegmentNotNextError } from '../../../src/archive/openingState.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { sumEnded } from '../../../src/eventStore/openingCodec.ts';
import { readArchivedThrough } from '../../../src/eventStore/openingRows.ts';
import { lastWallet } from '../../../src/eventStore/read/readStreams.ts';
import { foldWallet } from '../../../src/projections/readModel/fold/foldWallet.ts';
import { readFoldedWallets } from '../../../src/projections/readModel/fold/readFoldedWallets.ts';
import { foldStates } from '../../../src/projections/verify/foldStates.ts';
import { createTestApi, type TestApi, testConfig } from '../../support/api.ts';
import { dropArchived, fullSegments, openSegments } from '../../support/archive.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { actEveryEvent } from '../../support/everyEvent.ts';
import { actions, act } from '../../support/randomActs.ts';
import { cutLog } from '../../support/segments.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let pool: Pool;
beforeEach(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  ({ pool } = api);
  await changeLog(pool, `update log_head set level = ${levelMax}`);
});
afterEach(async () => {
  await api.close();
  await database.drop();
});

/** Every wallet with its state, as a rebuild and a verification fold them, and event by event. */
async function foldAll(fromStart = false, limit = 5) {
  const everything = { after: '', until: lastWallet, fromStart };
  const folded = [];
  for await (const some of readFoldedWallets(pool, everything, limit))
    for (const { walletId, wallet, events, broken, unreadEnd, hasState } of some)
      folded.push({ walletId, wallet, events, broken, unreadEnd, hasState });
  const ids = folded.map(({ walletId }) => walletId);
  const exact = [];
  for (const id of ids) {
    const { wallet, events, broken, unreadEnd } = (await foldWallet(pool, id, { fromStart })) ?? {};
    exact.push({ wallet, events, broken, unreadEnd });
  }
  const states = [...(await foldStates(pool, ids))].map(([id, state]) => [id, sumEnded(state)] as const);
  return { folded, exact, states: new Map(states) };
}

describe('after every event of a log was archived', () => {
  beforeEach(async () => {
    await cutLog(pool, 16);
    await actEveryEvent(api);
  });

  it('all folds are what they were, at each cut', async () => {
    const before = await foldAll();
    expect(before.folded.length).toBe(4);
    const full = await fullSegments(pool);
    expect(full).toBeGreaterThan(1);
    for (let segment = 1; segment <= full; segment += 1) {
      await openSegments(pool);
      expect(await foldAll()).toEqual(before);
      expect(await foldAll(true)).toEqual(before);
    }
    await dropArchived(pool);
    expect(await foldAll()).toEqual(before);
  });
});

it(
  'a fold from the opening state is a fold of all events, for any history and any cut',
  { timeout: 240_000 },
  async () => {
    await cutLog(pool, 16);
    await fc.assert(
      fc.asyncProperty(
        fc.array(actions, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.boolean(),
        async (acts, cut, drop) => {
          for (const one of acts) await act(api, one);
          const before = await foldAll(false, 1000);
          const full = await fullSegments(pool);
          await openSegments(pool, full === 0 ? 0 : cut % (full + 1), 1 + (cut % 9));
          expect(await foldAll(false, 1 + (cut % 20))).toEqual(before);
          if (drop) await dropArchived(pool);
          expect(await foldAll(false, 1 + (cut % 20))).toEqual(before);
        },
      ),
      { numRuns: 25 },
    );
  },
);

describe('a move', () => {
  beforeEach(async () => {
    await cutLog(pool, 16);
    await actEveryEvent(api);
  });

  it('of a segment that is not the next one is refused, and of one that was moved over does nothing', async () => {
    await expect(moveOpeningState(pool, { from: 17n, to: 33n })).rejects.toThrow(SegmentNotNextError);
    await openSegments(pool, 2);
    await moveOpeningState(pool, { from: 17n, to: 33n });
    await expect(moveOpeningState(pool, { from: 1n, to: 17n })).rejects.toThrow(SegmentNotNextError);
    expect(await readArchivedThrough(pool)).toBe(32n);
  });

  it('that ended half-way changes nothing for readers, and goes on', async () => {
    await openSegments(pool);
    const before = await foldAll();
    for (let pages = 1; pages <= 3; pages += 1) {
      const stop = new AbortController();
      let left = pages;
      const onPage = () => {
        left -= 1;
        if (left === 0) stop.abort();
      };
      const moving = moveOpeningState(
        pool,
        { from: 17n, to: 33n },
        { pageSize: 3, onPage, stop: stop.signal },
      );
      await expect(moving).rejects.toThrow(/aborted/);
      expect(await readArchivedThrough(pool)).toBe(16n);
      expect(await foldAll()).toEqual(before);
    }
    await openSegments(pool);
    expect(await foldAll()).toEqual(before);
  });

  it('leaves one row a wallet', async () => {
    await openSegments(pool, 2);
    const { rows } = await pool.query('select wallet_id from opening_wallets order by wallet_id');
    expect(rows.length).toBe(new Set(rows.map(({ wallet_id: id }: { wallet_id: string }) => id)).size);
    expect(rows.length).toBe(4);
  });

  it('over a segment that lacks an event is refused', async () => {
    await changeLog(pool, 'delete from events where position = 5');
    await expect(moveOpeningState(pool, { from: 1n, to: 17n })).rejects.toThrow('position 5 has no event');
    expect(await readArchivedThrough(pool)).toBe(0n);
  });
});

it('a broken stream stays what it was', async () => {
  await cutLog(pool, 16);
  await actEveryEvent(api);
  await changeLog(pool, 'update events set balance_minor = balance_minor + 1 where position in (7, 14, 16)');
  await changeLog(pool, 'update events set schema_version = 9 where position in (15, 20)');
  const before = await foldAll();
  expect(before.folded.some(({ broken }) => broken.length > 0)).toBe(true);
  for (let segment = 1; segment <= 2; segment += 1) {
    await openSegments(pool);
    await dropArchived(pool);
    expect(await foldAll()).toEqual(before);
  }
});

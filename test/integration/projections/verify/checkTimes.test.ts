import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lastWallet } from '../../../../src/eventStore/read/readStreams.ts';
import { ensureWalletsIndex, walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import { findBackwardSteps } from '../../../../src/projections/verify/checkTimes.ts';
import { compareIndex } from '../../../../src/projections/verify/compareIndex.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { someTime, walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await createProjectionFixture();
});
afterAll(() => fixture.close());

/** A stream with an event at each of these milliseconds. */
function streamAt(walletId: string, times: readonly number[]) {
  const credits = times.slice(1).map(() => 1n);
  return walletStream(walletId, 1n, credits).map((event, index) => ({
    ...event,
    occurredAt: new Date(someTime.getTime() + (times[index] ?? 0)),
  }));
}

let runs = 0;

it('each step back in time is found once, wherever pages end', async () => {
  const stream = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(fc.array(stream, { maxLength: 5 }), async (streams) => {
      runs += 1;
      const prefix = `run-${String(runs).padStart(4, '0')}-`;
      const expected: { walletId: string; version: number }[] = [];
      for (const [nth, times] of streams.entries()) {
        const walletId = `${prefix}${nth}`;
        await appendEvents(fixture.pool, streamAt(walletId, times));
        for (const [index, time] of times.entries())
          if (time < (times[index - 1] ?? 0)) expected.push({ walletId, version: index + 1 });
      }
      const range = { after: prefix, until: `${prefix}~` };
      for (const eventsPerPage of [2, 3, 1_000])
        expect(await findBackwardSteps(fixture.pool, range, () => undefined, eventsPerPage)).toEqual(
          expected,
        );
      const first = { after: prefix, until: `${prefix}0` };
      expect(await findBackwardSteps(fixture.pool, first, () => undefined, 2)).toEqual(
        expected.filter(({ walletId }) => walletId === `${prefix}0`),
      );
      const rest = { after: `${prefix}0`, until: lastWallet };
      expect(await findBackwardSteps(fixture.pool, rest, () => undefined, 2)).toEqual(
        expected.filter(({ walletId }) => walletId !== `${prefix}0`),
      );
    }),
    { numRuns: 40 },
  );
});

it('a verification names a wallet whose time runs backwards', async () => {
  const { pool, indexPrefix } = fixture;
  await ensureWalletsIndex(fixture);
  await appendEvents(pool, streamAt('verified-1', [0, 0, 1]));
  await appendEvents(pool, streamAt('verified-2', [5, 7, 6, 8]));
  await drainAll(pool, fixture.readModel);
  const range = { index: walletsAlias(indexPrefix), after: 'verified-', until: 'verified-9', walletsMax: 10 };
  const { differences } = await compareIndex(
    fixture,
    { ...range, upTo: 1_000_000, rows: true },
    new AbortController().signal,
    () => undefined,
  );
  const ofStreams = differences.filter(({ where }) => where === 'stream');
  expect(ofStreams).toEqual([{ where: 'stream', walletId: 'verified-2', fields: ['time of version 3'] }]);
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import { compareIndex } from '../../src/projections/readModel/compareIndex.ts';
import { ensureWalletsIndex, walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { createProjectionFixture, type ProjectionFixture } from '../support/projections.ts';
import { walletStream } from '../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

it('a comparison tells that it lives behind each wallet that it looks at by itself, and mends', async () => {
  const { pool, elasticsearch, indexPrefix } = fixture;
  await ensureWalletsIndex(elasticsearch, indexPrefix);
  for (const walletId of ['a', 'b', 'c']) await appendEvents(pool, walletStream(walletId, 100n));
  const heard: string[] = [];
  const { differencesCount, after } = await compareIndex(
    fixture,
    { index: walletsAlias(indexPrefix), after: '', until: 'z', walletsMax: 10, upTo: 3, rows: false },
    new AbortController().signal,
    (place) => heard.push(`compared behind "${place}"`),
    (walletId) => Promise.resolve(heard.push(`mended ${walletId}`)),
  );
  expect({ differencesCount, after }).toEqual({ differencesCount: 3, after: 'z' });
  expect(heard).toEqual([
    ...['a', 'b', 'c'].flatMap((id) => ['compared behind ""', `mended ${id}`, 'compared behind ""']),
    'compared behind "c"',
    'compared behind "z"',
  ]);
});

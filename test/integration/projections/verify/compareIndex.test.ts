import { afterEach, beforeEach, expect, it } from 'vitest';
import { ordinaryState } from '../../../../src/domain/wallet.ts';
import { lastWallet } from '../../../../src/eventStore/read/readStreams.ts';
import { bulkWrite, documentLines } from '../../../../src/projections/readModel/bulkWrite.ts';
import { compareIndex } from '../../../../src/projections/verify/compareIndex.ts';
import { ensureWalletsIndex, walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

it('a comparison reports its cursor after each wallet that it judges alone, and repairs it', async () => {
  const { pool, indexPrefix } = fixture;
  await ensureWalletsIndex(fixture);
  for (const walletId of ['a', 'b', 'c']) await appendEvents(pool, walletStream(walletId, 100n));
  const heard: string[] = [];
  const { differencesCount, after } = await compareIndex(
    fixture,
    { index: walletsAlias(indexPrefix), after: '', until: 'z', walletsMax: 10, upTo: 3, rows: false },
    new AbortController().signal,
    (place) => heard.push(`compared after "${place}"`),
    (walletId) => Promise.resolve(heard.push(`repaired ${walletId}`)),
  );
  expect({ differencesCount, after }).toEqual({ differencesCount: 3, after: 'z' });
  expect(heard).toEqual([
    ...['a', 'b', 'c'].flatMap((id) => ['compared after ""', `repaired ${id}`, 'compared after ""']),
    'compared after "z"',
  ]);
});

it('a comparison reads documents without a wallet page by page, however many there are', async () => {
  const { pool, elasticsearch, indexPrefix } = fixture;
  await ensureWalletsIndex(fixture);
  const alias = walletsAlias(indexPrefix);
  // Bytes and UTF-16 order these differently. The stores order by bytes.
  for (const walletId of ['b', '\u{ff5e}', '\u{1f4b0}'])
    await appendEvents(pool, walletStream(walletId, 100n));
  await drainAll(pool, fixture.readModel);
  const at = new Date(0);
  const orphan = {
    ownerId: 'o',
    currency: 'USD',
    balanceMinor: 1n,
    version: 1,
    createdAt: at,
    updatedAt: at,
    ...ordinaryState,
  };
  const ids = ['a1', 'a2', 'a3', 'c1', 'c2', '\u{ff5e}x', '\u{1f4b0}x'];
  await bulkWrite(
    elasticsearch,
    alias,
    ids.map((id) => documentLines({ ...orphan, id })),
  );
  await elasticsearch.indices.refresh({ index: alias });
  const places: string[] = [];
  const comparison = await compareIndex(
    fixture,
    {
      index: alias,
      after: '',
      until: lastWallet,
      walletsMax: 10,
      upTo: 3,
      rows: false,
      documentsPerSearchMax: 2,
    },
    new AbortController().signal,
    (place) => {
      if (place !== places.at(-1)) places.push(place);
    },
  );
  expect(comparison).toMatchObject({ done: true, wallets: 3, differencesCount: ids.length });
  expect(comparison.differences.map(({ walletId }) => walletId)).toEqual(ids);
  expect(places).toContain('a2');
});

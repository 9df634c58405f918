import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ordinaryState } from '../../../../src/domain/wallet.ts';
import { CheckpointMovedError } from '../../../../src/projections/checkpoints.ts';
import { bulkWrite, documentLines } from '../../../../src/projections/readModel/bulkWrite.ts';
import {
  createElasticsearch,
  ElasticsearchUnavailableError,
} from '../../../../src/projections/readModel/elasticsearch.ts';
import {
  ensureWalletsIndex,
  firstWalletsIndex,
  walletsAlias,
} from '../../../../src/projections/readModel/readModelIndex.ts';
import { repairWallet } from '../../../../src/projections/verify/repairWallet.ts';
import { createReadModelQueries } from '../../../../src/projections/readModel/readModelQueries.ts';
import { createReadModelProjection } from '../../../../src/projections/readModel/readModelSink.ts';
import {
  prepareRebuildIndex,
  removeOtherIndexes,
  removeUnread,
} from '../../../../src/projections/readModel/rebuild/rebuildIndex.ts';
import { addTarget, targetAlias } from '../../../../src/projections/readModel/targets.ts';
import { walletDocument } from '../../../../src/projections/readModel/walletDocument.ts';
import { throughPort } from '../../../../harness/proxy/proxy.ts';
import { startBulkFaults } from '../../../faults/bulkFaults.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { someTime, walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

const wallet = {
  id: 'wallet-001',
  ownerId: 'ann',
  currency: 'USD',
  balanceMinor: 10_000n,
  version: 3,
  createdAt: someTime,
  updatedAt: someTime,
  ...ordinaryState,
};

/** The internal revision of a document, which counts the writes that changed it. */
async function writesOf({ elasticsearch, indexPrefix }: ProjectionFixture, id: string): Promise<number> {
  const { _seq_no } = await elasticsearch.get({ index: walletsAlias(indexPrefix), id });
  return (_seq_no ?? -1) + 1;
}

describe('the read model', () => {
  it('shows each wallet as its last event left it, and creates its index when first needed', async () => {
    const { pool, readModel, queries } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 10_000n, [5_000n]));
    expect(await drainAll(pool, readModel)).toMatchObject({ processed: 2, parked: 0, position: 2n });
    expect(await queries.getWalletDocument('wallet-001')).toEqual({
      id: 'wallet-001',
      ownerId: 'owner of wallet-001',
      currency: 'USD',
      balance: '150.00',
      balanceMinor: '15000',
      version: 2,
      createdAt: '2026-01-02T03:04:05.678Z',
      updatedAt: '2026-01-02T03:04:05.679Z',
    });
  });

  it('has its index before the first event asks for it', async () => {
    const { readModel, queries } = fixture;
    await readModel.prepare?.();
    expect(await queries.getWalletDocument('wallet-001')).toBeUndefined();
  });

  it.each(['before a drain', 'under a running drain'])(
    'comes back whole when its index gets lost %s',
    async (when) => {
      const { pool, readModel, queries, elasticsearch, indexPrefix } = fixture;
      await appendEvents(pool, walletStream('wallet-001', 100n));
      await drainAll(pool, readModel);
      await elasticsearch.indices.delete({ index: firstWalletsIndex(indexPrefix) });
      await appendEvents(pool, walletStream('wallet-002', 100n));
      if (when === 'before a drain') await readModel.prepare?.();
      else await expect(drainAll(pool, readModel)).rejects.toThrow(CheckpointMovedError);
      await drainAll(pool, readModel);
      for (const id of ['wallet-001', 'wallet-002']) {
        expect(await queries.getWalletDocument(id)).toMatchObject({ version: 1 });
      }
    },
  );

  it.each([
    ['a wallet that is put right', () => repairWallet(fixture, 'wallet-003')],
    [
      'a rebuild that comes to nothing',
      async () => removeUnread(fixture, await prepareRebuildIndex(fixture)),
    ],
  ])('comes back whole when its index gets lost and %s is the first to miss it', async (_, missIt) => {
    const { pool, readModel, queries, elasticsearch, indexPrefix } = fixture;
    const ids = ['wallet-001', 'wallet-002', 'wallet-003'];
    await appendEvents(
      pool,
      ids.flatMap((id) => walletStream(id, 100n)),
    );
    await drainAll(pool, readModel);
    await elasticsearch.indices.delete({ index: firstWalletsIndex(indexPrefix) });
    await missIt();
    await drainAll(pool, readModel);
    for (const id of ids) expect(await queries.getWalletDocument(id)).toMatchObject({ version: 1 });
  });

  it('asks one copy of the index for the same query: another one may lag behind it', async () => {
    const { queries, elasticsearch } = fixture;
    await ensureWalletsIndex(fixture);
    const asked: (string | null)[] = [];
    elasticsearch.diagnostic.on('request', (_, result) => {
      asked.push(new URLSearchParams(String(result?.meta.request.params.querystring)).get('preference'));
    });
    await queries.getWalletDocument('_local');
    await queries.listWalletDocuments({ limit: 1 });
    await queries.listWalletDocuments({ limit: 1, ownerId: 'ann' });
    expect(asked).toEqual(['wallets:_local', 'wallets:all', 'wallets:ann']);
  });

  it('gets one write for all events of a wallet in a batch', async () => {
    const { pool, readModel, queries } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n, 3n, 4n]));
    await drainAll(pool, readModel);
    expect(await writesOf(fixture, 'wallet-001')).toBe(1);
    expect(await queries.getWalletDocument('wallet-001')).toMatchObject({ version: 5, balanceMinor: '110' });
  });

  it('finds owner and creation of a wallet that was created in an earlier batch', async () => {
    const { pool, readModel, queries } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n]));
    await drainAll(pool, readModel, 1);
    expect(await queries.getWalletDocument('wallet-001')).toMatchObject({
      version: 3,
      ownerId: 'owner of wallet-001',
      createdAt: someTime.toISOString(),
    });
  });

  it('is not changed by events that come again', async () => {
    const { pool, readModel, queries } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n]));
    await drainAll(pool, readModel);
    const before = await queries.getWalletDocument('wallet-001');
    await pool.query("update projector_checkpoints set position = 0 where projection = 'read-model'");
    expect(await drainAll(pool, readModel, 1)).toMatchObject({ processed: 3, parked: 0 });
    expect(await queries.getWalletDocument('wallet-001')).toEqual(before);
    expect(await writesOf(fixture, 'wallet-001')).toBe(1);
  });

  it('is listed by owner and in pages, in order of id', async () => {
    const { pool, readModel, queries, elasticsearch, indexPrefix } = fixture;
    const ids = ['wallet-b', 'wallet-A', 'wallet-a', 'wallet-é'];
    await appendEvents(
      pool,
      ids.flatMap((id) => walletStream(id, 1n)),
    );
    await drainAll(pool, readModel);
    await elasticsearch.indices.refresh({ index: walletsAlias(indexPrefix) });

    const firstPage = await queries.listWalletDocuments({ limit: 3 });
    expect(firstPage.documents.map(({ id }) => id)).toEqual(['wallet-A', 'wallet-a', 'wallet-b']);
    const secondPage = await queries.listWalletDocuments({ limit: 3, after: 'wallet-b' });
    expect(secondPage.documents.map(({ id }) => id)).toEqual(['wallet-é']);
    const owned = await queries.listWalletDocuments({ limit: 3, ownerId: 'owner of wallet-a' });
    expect(owned.documents.map(({ id }) => id)).toEqual(['wallet-a']);
    expect([secondPage.total, owned.total]).toEqual([
      { count: 4, isExact: true },
      { count: 1, isExact: true },
    ]);
  });

  it('is written to the index of a rebuild too, and there first', async () => {
    const { pool, readModel, elasticsearch, queries } = fixture;
    const { to } = await prepareRebuildIndex(fixture);
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n]));
    await drainAll(pool, readModel);
    const { _version } = await elasticsearch.get({ index: to, id: 'wallet-001' });
    expect(_version).toBe(2);
    expect(await queries.getWalletDocument('wallet-001')).toMatchObject({ version: 2 });

    await elasticsearch.indices.deleteAlias({ index: to, name: targetAlias(to) });
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 1n]).slice(2));
    await expect(drainAll(pool, readModel)).rejects.toThrow(`no alias "${targetAlias(to)}"`);
    expect(
      await queries.getWalletDocument('wallet-001'),
      'nothing is shown that a switch would take back',
    ).toMatchObject({ version: 2 });
    await removeOtherIndexes(fixture);
  });

  it('is written to the index of a rebuild before the one that it replaces, which is read until the switch', async () => {
    const { pool, readModel, elasticsearch } = fixture;
    const { from, to } = await prepareRebuildIndex(fixture);
    // The state that the drain meets during a switch. Without its alias in Elasticsearch the old index stops
    // the pass.
    await addTarget(pool, targetAlias(from));
    await appendEvents(pool, walletStream('wallet-001', 100n));
    await expect(drainAll(pool, readModel)).rejects.toThrow(`no alias "${targetAlias(from)}"`);
    expect(await elasticsearch.get({ index: to, id: 'wallet-001' })).toMatchObject({ _version: 1 });
    await removeOtherIndexes(fixture);
  });

  it('distinguishes an unknown wallet from a missing index and a missing Elasticsearch', async () => {
    const { queries, indexPrefix } = fixture;
    await expect(queries.getWalletDocument('wallet-001')).rejects.toThrow(ElasticsearchUnavailableError);
    await expect(queries.listWalletDocuments({ limit: 1 })).rejects.toThrow('index_not_found_exception');
    await ensureWalletsIndex(fixture);
    expect(await queries.getWalletDocument('wallet-001')).toBeUndefined();
    expect(await queries.listWalletDocuments({ limit: 1 })).toEqual({
      documents: [],
      total: { count: 0, isExact: true },
    });

    const nowhere = createElasticsearch({
      ELASTICSEARCH_URL: 'http://a:secret@127.0.0.1:1',
      ELASTICSEARCH_TIMEOUT_MS: 500,
    });
    const away = createReadModelQueries({ elasticsearch: nowhere, indexPrefix, timeoutMs: 500 });
    await expect(away.getWalletDocument('wallet-001')).rejects.toThrow(
      /^Elasticsearch does not answer at http:\/\/127\.0\.0\.1:1: connect ECONNREFUSED/,
    );
  });

  it('parks the events of a wallet that Elasticsearch refuses, even with the whole request, and no other', async () => {
    const { pool, readModel, queries } = fixture;
    const tooLong = 'w'.repeat(600);
    await appendEvents(pool, [
      ...walletStream('wallet-001', 1n),
      ...walletStream(tooLong, 1n, [1n]),
      ...walletStream('wallet-002', 1n),
    ]);
    expect(await drainAll(pool, readModel)).toMatchObject({ processed: 4, parked: 2 });
    expect(await queries.getWalletDocument('wallet-002')).toMatchObject({ version: 1 });
    const { rows } = await pool.query(
      'select position, last_error from projection_failures order by position',
    );
    expect(rows).toMatchObject([{ position: '2' }, { position: '3' }]);
  });

  it('keeps its checkpoint while Elasticsearch is away', async () => {
    const { pool, indexPrefix } = fixture;
    const nowhere = createElasticsearch({
      ELASTICSEARCH_URL: 'http://127.0.0.1:1',
      ELASTICSEARCH_TIMEOUT_MS: 500,
    });
    await appendEvents(pool, walletStream('wallet-001', 1n));
    const readModel = createReadModelProjection({ pool, elasticsearch: nowhere, indexPrefix });
    await expect(drainAll(pool, readModel)).rejects.toThrow(ElasticsearchUnavailableError);
    const { rows } = await pool.query(
      "select position from projector_checkpoints where projection = 'read-model'",
    );
    expect(rows).toEqual([{ position: '0' }]);
  });
});

describe('a bulk write', () => {
  it('counts a version that is already there, or a newer one, as written and leaves it', async () => {
    const { elasticsearch, indexPrefix, queries } = fixture;
    await ensureWalletsIndex(fixture);
    const alias = walletsAlias(indexPrefix);
    for (const held of [wallet, { ...wallet, version: 2, balanceMinor: 1n }]) {
      const result = await bulkWrite(elasticsearch, alias, [documentLines(held)]);
      expect(result).toEqual({ refused: [], missingAlias: [] });
    }
    expect(await queries.getWalletDocument(wallet.id)).toEqual(walletDocument(wallet));
  });

  it('sends an item again that Elasticsearch had no room for', async () => {
    const { indexPrefix, queries } = fixture;
    await ensureWalletsIndex(fixture);
    const alias = walletsAlias(indexPrefix);
    const full = await startBulkFaults(inject('elasticsearchUrl'), () => 0);
    const throughIt = createElasticsearch({
      ELASTICSEARCH_URL: throughPort(inject('elasticsearchUrl'), full.port),
      ELASTICSEARCH_TIMEOUT_MS: 10_000,
    });
    const wallets = ['wallet-001', 'wallet-002'].map((id) => ({ ...wallet, id }));
    try {
      full.inject('item 429', 1);
      const result = await bulkWrite(
        throughIt,
        alias,
        wallets.map((one) => documentLines(one)),
      );
      expect(result).toEqual({ refused: [], missingAlias: [] });
      expect(full.hits()).toMatchObject({ 'item 429': 1 });
    } finally {
      await throughIt.close();
      await full.close();
    }
    for (const written of wallets)
      expect(await queries.getWalletDocument(written.id)).toEqual(walletDocument(written));
  });

  it('refuses a document with a field that the mapping does not know', async () => {
    const { elasticsearch, indexPrefix } = fixture;
    await ensureWalletsIndex(fixture);
    const { walletId, lines } = documentLines(wallet);
    const foreign = { walletId, lines: lines.replace('"ownerId"', '"nickname":"w","ownerId"') };
    const { refused } = await bulkWrite(elasticsearch, walletsAlias(indexPrefix), [foreign]);
    expect(refused).toEqual([
      { walletId, reason: expect.stringContaining('strict_dynamic_mapping_exception') as string },
    ]);
  });

  it('reaches an index only through an alias, so it never creates one by accident', async () => {
    const { elasticsearch, indexPrefix } = fixture;
    const documents = [documentLines(wallet)];
    const write = (alias: string) => bulkWrite(elasticsearch, alias, documents);
    expect(await write(walletsAlias(indexPrefix))).toEqual({ refused: [], missingAlias: documents });
    expect(await elasticsearch.indices.exists({ index: `${indexPrefix}*`, allow_no_indices: false })).toBe(
      false,
    );
    await ensureWalletsIndex(fixture);
    expect(await write(firstWalletsIndex(indexPrefix))).toEqual({ refused: [], missingAlias: documents });
  });
});

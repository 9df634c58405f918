import { afterEach, beforeEach, expect, it } from 'vitest';
import { ordinaryState } from '../../../../src/domain/wallet.ts';
import { repairWallet } from '../../../../src/projections/verify/repairWallet.ts';
import { walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import {
  finishIndex,
  prepareRebuildIndex,
  removeOtherIndexes,
  switchAlias,
} from '../../../../src/projections/readModel/rebuild/rebuildIndex.ts';
import { targetAlias } from '../../../../src/projections/readModel/targets.ts';
import { walletDocument } from '../../../../src/projections/readModel/walletDocument.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { eventually } from '../../../support/eventually.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../../support/projections.ts';
import { someTime, walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(async () => {
  const { elasticsearch, indexPrefix } = fixture;
  const index = [`${indexPrefix}probe`, `${indexPrefix}wallets-000002`];
  await elasticsearch.indices.delete({ index, ignore_unavailable: true });
  await fixture.close();
});

const documentOf = (version: number) =>
  walletDocument({
    id: 'wallet-001',
    ownerId: 'ann',
    currency: 'USD',
    balanceMinor: 1n,
    version,
    createdAt: someTime,
    updatedAt: someTime,
    ...ordinaryState,
  });

it('moves the alias in one step: at no moment does it name no index or two', async () => {
  const { elasticsearch, indexPrefix } = fixture;
  const rebuild = await prepareRebuildIndex(fixture);
  await finishIndex(fixture, rebuild.to);
  const stoodFor: string[][] = [];
  const updateAliases = elasticsearch.indices.updateAliases.bind(elasticsearch.indices);
  elasticsearch.indices.updateAliases = (async (request: Parameters<typeof updateAliases>[0]) => {
    const answer = await updateAliases(request);
    const found = await elasticsearch.indices.getAlias(
      { name: walletsAlias(indexPrefix) },
      { ignore: [404] },
    );
    stoodFor.push(Object.keys(found));
    return answer;
  }) as typeof elasticsearch.indices.updateAliases;
  await switchAlias(fixture, rebuild.from, rebuild.to);
  expect(stoodFor).toEqual([[rebuild.to]]);
  await removeOtherIndexes(fixture);
});

it('finds in the new index what was repaired in the old one, even if the wallet grew in between', async () => {
  const { pool, elasticsearch, queries } = fixture;
  const [created, credited] = walletStream('wallet-001', 100n, [1n]);
  if (created === undefined || credited === undefined) throw new Error('the stream has two events');
  const { from, to } = await prepareRebuildIndex(fixture);
  await appendEvents(pool, [created]);
  const index = elasticsearch.index.bind(elasticsearch);
  let grew = false;
  // The command commits after the new index's document was written and before the old one's. No drain runs.
  elasticsearch.index = (async (request: Parameters<typeof index>[0]) => {
    const answer = await index(request);
    if (!grew) await appendEvents(pool, [credited]);
    grew = true;
    return answer;
  }) as typeof elasticsearch.index;
  await repairWallet(fixture, 'wallet-001');
  expect(await queries.getWalletDocument('wallet-001')).toMatchObject({ version: 2 });
  await switchAlias(fixture, from, to);
  expect(await queries.getWalletDocument('wallet-001')).toMatchObject({ version: 2 });
  await removeOtherIndexes(fixture);
});

it('shows no list a version that the new index does not show yet, for as long as the switch may take', async () => {
  const { elasticsearch, indexPrefix, queries } = fixture;
  const rebuild = await prepareRebuildIndex(fixture);
  const [alias, probe] = [walletsAlias(indexPrefix), `${indexPrefix}probe`];
  const write = async (index: string, version: number) => {
    const document = documentOf(version);
    await elasticsearch.index({ index, id: document.id, document, version, version_type: 'external' });
  };
  /** Afterwards an index with the usual refresh interval shows everything written before. */
  const refreshesPass = async (id: string) => {
    await elasticsearch.index({ index: probe, id, document: {} });
    await eventually(async () => {
      const { hits } = await elasticsearch.search({ index: probe, query: { ids: { values: [id] } } });
      return hits.hits.length === 1;
    });
  };
  await elasticsearch.indices.create({ index: probe, settings: { refresh_interval: '250ms' } });
  for (const index of [targetAlias(rebuild.to), alias]) await write(index, 1);
  await finishIndex(fixture, rebuild.to);
  await refreshesPass('before');

  const listed: (number | undefined)[] = [];
  const list = async () =>
    listed.push((await queries.listWalletDocuments({ limit: 1 })).documents[0]?.version);
  const updateAliases = elasticsearch.indices.updateAliases.bind(elasticsearch.indices);
  // The drain writes at the worst moment: after the new index's refresh, and into the new index first.
  elasticsearch.indices.updateAliases = (async (request: Parameters<typeof updateAliases>[0]) => {
    elasticsearch.indices.updateAliases = updateAliases as typeof elasticsearch.indices.updateAliases;
    await elasticsearch.indices.putSettings({ index: rebuild.to, settings: { refresh_interval: '-1' } });
    await elasticsearch.indices.refresh({ index: rebuild.to });
    for (const index of [targetAlias(rebuild.to), alias]) await write(index, 2);
    await refreshesPass('between');
    await refreshesPass('once more');
    await list();
    return updateAliases(request);
  }) as typeof elasticsearch.indices.updateAliases;
  await switchAlias(fixture, rebuild.from, rebuild.to);
  await list();
  expect(listed).toEqual([1, 1]);
  expect(await queries.getWalletDocument('wallet-001')).toMatchObject({ version: 2 });
  expect(await removeOtherIndexes(fixture)).toBe(rebuild.to);
});

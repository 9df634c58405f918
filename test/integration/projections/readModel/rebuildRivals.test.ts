// Rebuilds of the read model that disturb each other, late attempts of ended rebuilds, and indexes that get
// lost. In every case the index that is read stays, and the drain goes on.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RebuildSupersededError } from '../../../../src/projections/projection.ts';
import { firstWalletsIndex, walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import {
  finishIndex,
  indexOfAlias,
  prepareRebuildIndex,
  removeOtherIndexes,
  removeUnread,
  switchAlias,
} from '../../../../src/projections/readModel/rebuild/rebuildIndex.ts';
import { addTarget, readTargets, targetAlias } from '../../../../src/projections/readModel/targets.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
  await drainAll(fixture.pool, fixture.readModel);
});
afterEach(async () => {
  const { elasticsearch, indexPrefix } = fixture;
  const numbers = ['000001', '000002', '000003', '000004'];
  const index = numbers.map((number) => `${indexPrefix}wallets-${number}`);
  await elasticsearch.indices.delete({ index, ignore_unavailable: true });
  await fixture.close();
});

async function drainOneMore(): Promise<void> {
  await appendEvents(fixture.pool, walletStream('wallet-002', 100n));
  await drainAll(fixture.pool, fixture.readModel);
  expect(await fixture.queries.getWalletDocument('wallet-002')).toMatchObject({ version: 1 });
}

describe('the removal of indexes that are not read', () => {
  it('fails if the alias was moved after its check, and leaves the index that is read now', async () => {
    const { elasticsearch } = fixture;
    const { from, to } = await prepareRebuildIndex(fixture);
    await finishIndex(fixture, to);
    const putSettings = elasticsearch.indices.putSettings.bind(elasticsearch.indices);
    let isSwitched = false;
    elasticsearch.indices.putSettings = (async (request: Parameters<typeof putSettings>[0]) => {
      if (!isSwitched) {
        isSwitched = true;
        await switchAlias(fixture, from, to);
      }
      return putSettings(request);
    }) as typeof elasticsearch.indices.putSettings;
    await expect(removeOtherIndexes(fixture)).rejects.toThrow('404');
    expect(await indexOfAlias(fixture)).toBe(to);
    expect(await removeOtherIndexes(fixture), 'the next attempt').toBe(to);
    await drainOneMore();
  });

  it('leaves a registration whose index it has not seen: without one, that index would miss what is written', async () => {
    const { elasticsearch, pool } = fixture;
    await prepareRebuildIndex(fixture);
    const updateAliases = elasticsearch.indices.updateAliases.bind(elasticsearch.indices);
    let began = '';
    // Another rebuild begins after this removal has read the indexes.
    elasticsearch.indices.updateAliases = (async (request: Parameters<typeof updateAliases>[0]) => {
      elasticsearch.indices.updateAliases = updateAliases as typeof elasticsearch.indices.updateAliases;
      began = (await prepareRebuildIndex(fixture)).to;
      return updateAliases(request);
    }) as typeof elasticsearch.indices.updateAliases;
    await removeOtherIndexes(fixture);
    expect(await elasticsearch.indices.exists({ index: began })).toBe(true);
    expect(await readTargets(pool)).toEqual([targetAlias(began)]);
  });

  it('of a rebuild that ended does nothing to the next one: no number comes twice', async () => {
    const ended = await prepareRebuildIndex(fixture);
    await removeUnread(fixture, ended);
    const next = await prepareRebuildIndex(fixture);
    expect(next.to).not.toBe(ended.to);
    await removeUnread(fixture, ended);
    expect(await readTargets(fixture.pool)).toEqual([targetAlias(next.to)]);
    expect(await fixture.elasticsearch.indices.exists({ index: next.to })).toBe(true);
  });
});

describe('the drain', () => {
  it('gives up a target whose index is gone: a late attempt of an ended rebuild may have registered it', async () => {
    const ended = await prepareRebuildIndex(fixture);
    await removeUnread(fixture, ended);
    await addTarget(fixture.pool, targetAlias(ended.to));
    await drainOneMore();
    expect(await readTargets(fixture.pool)).toEqual([]);
  });

  it('makes another index if the first one exists and nobody reads it', async () => {
    const { elasticsearch, indexPrefix, queries } = fixture;
    const first = firstWalletsIndex(indexPrefix);
    await elasticsearch.indices.deleteAlias({ index: first, name: walletsAlias(indexPrefix) });
    await fixture.readModel.prepare?.();
    await drainOneMore();
    expect(await queries.getWalletDocument('wallet-001'), 'from before the loss').toMatchObject({
      version: 1,
    });
    expect(await indexOfAlias(fixture)).not.toBe(first);
  });
});

describe('a switch', () => {
  it('ends if another index than its old one is read by now', async () => {
    const { elasticsearch } = fixture;
    const first = await prepareRebuildIndex(fixture);
    await finishIndex(fixture, first.to);
    await switchAlias(fixture, first.from, first.to);
    const { from, to } = await prepareRebuildIndex(fixture);
    await finishIndex(fixture, to);
    await elasticsearch.indices.delete({ index: from });
    await fixture.readModel.prepare?.();
    const remade = await indexOfAlias(fixture);
    expect(remade).not.toBe(from);
    await expect(switchAlias(fixture, from, to)).rejects.toThrow(RebuildSupersededError);
    expect(await indexOfAlias(fixture)).toBe(remade);
  });
});

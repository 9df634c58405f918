// A document shows holds, limits, a freeze, metadata and labels besides the balance. Drain, rebuild,
// comparison and repair must all make the same document of the same events.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Command } from '../../../../src/domain/commands.ts';
import { meaningHashOf } from '../../../../src/commands/meaningHash.ts';
import { lastWallet } from '../../../../src/eventStore/read/readStreams.ts';
import { firstWalletsIndex, walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import { fillIndex } from '../../../../src/projections/readModel/rebuild/fillIndex.ts';
import {
  prepareRebuildIndex,
  removeUnread,
} from '../../../../src/projections/readModel/rebuild/rebuildIndex.ts';
import { targetAlias } from '../../../../src/projections/readModel/targets.ts';
import { compareIndex } from '../../../../src/projections/verify/compareIndex.ts';
import { repairWallet } from '../../../../src/projections/verify/repairWallet.ts';
import { createTestApi, get, type TestApi, testConfig } from '../../../support/api.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';

let fixture: ProjectionFixture;
let api: TestApi;
beforeAll(async () => {
  fixture = await createProjectionFixture();
  api = createTestApi(testConfig(fixture.databaseUrl, { ELASTICSEARCH_INDEX_PREFIX: fixture.indexPrefix }));
  await submit({
    ...{ type: 'CreateWallet', ownerId: 'o', currency: 'USD' },
    walletId: 'w',
    initialBalance: '100.00',
  });
  await submit({
    ...{ type: 'CreateWallet', ownerId: 'o', currency: 'USD' },
    walletId: 'plain',
    initialBalance: '1.00',
  });
  const on = { walletId: 'w', expectedVersions: undefined } as const;
  await submit({
    ...on,
    type: 'ChangeDetails',
    metadata: { order: '16', 'a.b': 'x=y' },
    labels: ['vip', 'shop'],
  });
  await submit({ ...on, type: 'ChangeLimits', minimumBalance: '-50.00', maximumBalance: undefined });
  const held = { holdId: 'h', amount: '30.00', expiry: { afterMs: 3_600_000 }, toWalletId: undefined };
  await submit({ ...on, ...held, type: 'PlaceHold', description: '', metadata: {} });
  await submit({ ...on, type: 'ChangeDetails', metadata: { order: '17' }, labels: undefined });
  await submit({
    ...on,
    type: 'FreezeWallet',
    scope: 'debits',
    reason: 'a test',
    holds: 'honor',
    until: undefined,
  });
});
afterAll(async () => {
  await api.close();
  await fixture.close();
});

async function submit(command: Command): Promise<void> {
  const commandId = randomUUID();
  const result = await api.commands.submit({
    ...{ command, commandId, idempotencyKey: undefined, correlationId: commandId },
    requestHash: { meaning: meaningHashOf(command, command.walletId), spelling: '' },
  });
  expect(result).toMatchObject({ kind: 'answered', outcome: { accepted: expect.anything() as unknown } });
}

const shown = {
  balanceMinor: '10000',
  heldMinor: '3000',
  availableMinor: '12000',
  status: 'frozen',
  terms: { minimum: '-5000', freeze: { scope: 'debits', reason: 'a test', holds: 'honor' } },
  metadata: ['a.b=x=y', 'order=17'],
  labels: ['shop', 'vip'],
};

const comparisonOf = async (index: string) => {
  const { elasticsearch } = fixture;
  await elasticsearch.indices.refresh({ index });
  const range = { index, after: '', until: lastWallet, walletsMax: 10, upTo: 8, rows: true };
  const found = await compareIndex(fixture, range, new AbortController().signal, () => undefined);
  return {
    count: found.held.count,
    differences: found.differences,
    sums: found.expected.sum === found.held.sum,
  };
};
const same = { count: 2, differences: [], sums: true };

it('is the same in a drain of all events, in a drain event by event, in a rebuild and after a repair', async () => {
  const { pool, readModel, queries, elasticsearch, indexPrefix } = fixture;
  const alias = walletsAlias(indexPrefix);
  await drainAll(pool, readModel, 1);
  const document = await queries.getWalletDocument('w');
  expect(document).toMatchObject({ ...shown, version: 6 });
  expect(Object.keys((await queries.getWalletDocument('plain')) ?? {}).sort()).toEqual(
    ['id', 'ownerId', 'currency', 'balance', 'balanceMinor', 'version', 'createdAt', 'updatedAt'].sort(),
  );
  expect(await comparisonOf(alias)).toEqual(same);

  const rebuild = await prepareRebuildIndex(fixture);
  const target = { alias: targetAlias(rebuild.to), after: '', until: lastWallet, walletsMax: 10 };
  await fillIndex(fixture, target, new AbortController().signal, () => undefined);
  await elasticsearch.indices.refresh({ index: rebuild.to });
  const { _source: rebuilt } = await elasticsearch.get({ index: rebuild.to, id: 'w' });
  expect(rebuilt).toEqual(document);
  expect(await comparisonOf(rebuild.to)).toEqual(same);
  await removeUnread(fixture, rebuild);

  const damaged = { ...document, metadata: ['order=16'], labels: [] };
  const written = { index: alias, id: 'w', version: 6, version_type: 'external_gte' } as const;
  await elasticsearch.index({ ...written, document: damaged });
  expect((await comparisonOf(alias)).differences).toEqual([
    { where: 'document', walletId: 'w', fields: ['metadata', 'labels'] },
  ]);
  expect((await repairWallet(fixture, 'w')).document).toEqual(['metadata', 'labels']);
  expect(await queries.getWalletDocument('w')).toEqual(document);

  await elasticsearch.indices.delete({ index: firstWalletsIndex(indexPrefix) });
  await pool.query("update projector_checkpoints set position = 0 where projection = 'read-model'");
  await drainAll(pool, readModel);
  expect(await queries.getWalletDocument('w')).toEqual(document);
});

it('shows metadata and labels in every read, and what is held at the end of a statement', async () => {
  await drainAll(fixture.pool, fixture.readModel);
  await fixture.elasticsearch.indices.refresh({ index: walletsAlias(fixture.indexPrefix) });
  const details = { metadata: { order: '17', 'a.b': 'x=y' }, labels: ['shop', 'vip'] };
  const state = { balance: '100.00', held: '30.00', available: '120.00', status: 'frozen', ...details };
  for (const consistency of ['eventual', 'strong']) {
    const { body } = await get(api, `/v1/wallets/w?consistency=${consistency}`);
    expect(body).toMatchObject(state);
  }
  const listed = await get(api, '/v1/wallets?label=vip&metadata[order]=17&status=frozen&minAvailable=120');
  expect(listed.body).toMatchObject({ wallets: [state], total: { count: 1 } });
  expect((await get(api, '/v1/wallets/w/statement')).body).toMatchObject({
    opening: { balance: '0.00', held: '0.00', available: '0.00' },
    closing: { version: 6, balance: '100.00', held: '30.00', available: '120.00' },
    totals: { movements: 1, credits: '100.00', debits: '0.00' },
    movements: [{ version: 1, type: 'create' }],
    nextCursor: null,
  });
  const found = await get(api, '/v1/movements?walletId=w&amountMin=0.01');
  expect((found.body.movements as { type: string }[]).map(({ type }) => type)).toEqual(['hold', 'create']);
});

it('sums an owner exactly, in each currency, beyond what a float holds', async () => {
  const most = '9999999999999999.99';
  for (const [walletId, currency, initialBalance] of [
    ['sum-1', 'USD', most],
    ['sum-2', 'USD', most],
    ['sum-3', 'JPY', '1'],
    ['acme/sum-4', 'USD', '1.00'],
  ] as const) {
    const ownerId = walletId.startsWith('acme/') ? 'acme/large' : 'large';
    await submit({ type: 'CreateWallet', ownerId, walletId, currency, initialBalance });
  }
  const on = { walletId: 'sum-1', expectedVersions: undefined } as const;
  await submit({ ...on, type: 'ChangeLimits', minimumBalance: '0.01', maximumBalance: undefined });
  expect((await get(api, '/v1/owners/large/summary')).body).toEqual({
    ownerId: 'large',
    currencies: [
      { currency: 'JPY', wallets: 1, balance: '1', held: '0', available: '1' },
      {
        ...{ currency: 'USD', wallets: 2, held: '0.00' },
        ...{ balance: '19999999999999999.98', available: '19999999999999999.97' },
      },
    ],
  });
  expect((await get(api, '/v1/owners/o/summary')).body).toMatchObject({
    currencies: [{ wallets: 2, balance: '101.00', held: '30.00', available: '121.00' }],
  });
  expect((await get(api, '/v1/owners/nobody/summary')).body).toEqual({ ownerId: 'nobody', currencies: [] });
});

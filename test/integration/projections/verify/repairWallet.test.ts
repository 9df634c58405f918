// Elasticsearch keeps a document with a version that no event made, because the right one is older. The
// repair removes it first, while the drain and other attempts go on.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repairWallet } from '../../../../src/projections/verify/repairWallet.ts';
import { walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

const stream = walletStream('wallet-001', 100n, [1n, 1n]);
let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  const { pool, readModel, elasticsearch, indexPrefix } = fixture;
  await appendEvents(pool, stream.slice(0, 2));
  await drainAll(pool, readModel);
  await elasticsearch.index({
    index: walletsAlias(indexPrefix),
    id: 'wallet-001',
    version: 99,
    version_type: 'external',
    document: { ownerId: 'nobody' },
  });
});
afterEach(() => fixture.close());

/** A client of Elasticsearch that does other work before the first deletion of a document and after it. */
function aroundDelete(
  before: () => Promise<unknown>,
  behind: () => Promise<unknown> = () => Promise.resolve(),
) {
  let isDone = false;
  return new Proxy(fixture.elasticsearch, {
    get: (client, name) => {
      const value: unknown = Reflect.get(client, name);
      if (name !== 'delete' || isDone) return value;
      isDone = true;
      return async (request: Parameters<typeof client.delete>[0]) => {
        await before();
        return client.delete(request).finally(behind);
      };
    },
  });
}

describe('a document whose version no event made', () => {
  it('gives way to the wallet, and to what the drain could not write meanwhile', async () => {
    const { pool, readModel, queries } = fixture;
    const elasticsearch = aroundDelete(async () => {
      await appendEvents(pool, stream.slice(2));
      // Elasticsearch refuses it like every older version, and the drain passes it.
      expect(await drainAll(pool, readModel)).toMatchObject({ processed: 1, parked: 0 });
    });
    await repairWallet({ ...fixture, elasticsearch }, 'wallet-001');
    expect(await queries.getWalletDocument('wallet-001')).toMatchObject({ version: 3, balance: '1.02' });
  });

  it('is removed by one of two attempts: the other one leaves alone what it did not read', async () => {
    const { pool, readModel, queries } = fixture;
    const seen: unknown[] = [];
    const look = async () => seen.push((await queries.getWalletDocument('wallet-001'))?.version);
    const elasticsearch = aroundDelete(async () => {
      await repairWallet(fixture, 'wallet-001');
      await appendEvents(pool, stream.slice(2));
      await drainAll(pool, readModel);
      await look();
    }, look);
    await repairWallet({ ...fixture, elasticsearch }, 'wallet-001');
    expect(seen).toEqual([3, 3]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { inDatabaseTransaction } from '../../src/eventStore/database.ts';
import { postingTable } from '../../src/projections/ledger/forms/postingTable.ts';
import { extendSums } from '../../src/projections/ledger/sums/ledgerSums.ts';
import { walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { skipParked } from '../../src/projections/parked/resolveParked.ts';
import { verifyProjections } from '../../src/workflows/index.ts';
import type { RecoveryProgress } from '../../src/workflows/recovery/progress.ts';
import { appendEvents, appendRows, unknownEvent } from '../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { processOver } from '../support/workerActivities.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';

let temporal: TemporalFixture;
let fixture: ProjectionFixture;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

const walletId = (number: number) => `wallet-${String(number).padStart(3, '0')}`;

/** Twelve wallets with three projected events each. Wallet n has the positions 3n - 2 to 3n. */
async function fillStore(): Promise<void> {
  for (let number = 1; number <= 12; number += 1) {
    await appendEvents(fixture.pool, walletStream(walletId(number), 1_000n, [1n, 2n]));
  }
  await fixture.pool.query(`
    insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
    select wallet_id, 'owner of ' || wallet_id, 'USD', 1003, 3, min(occurred_at), max(occurred_at)
      from events
     group by wallet_id`);
  await drainAll(fixture.pool, fixture.readModel);
  await drainAll(fixture.pool, fixture.ledger);
  await extendSums(fixture.pool);
}

const nothing = { differences: [], differencesCount: 0 };
/** The coverage of a verification that left nothing out. */
const whole = (head: number) => ({
  head,
  comparedTo: head,
  parked: 0,
  skipped: 0,
  records: 0,
  complete: true,
  logIsBroken: false,
});

let runs = 0;
function verify(argument?: Parameters<typeof verifyProjections>[0]) {
  runs += 1;
  return temporal.client.workflow.start(verifyProjections, {
    taskQueue: temporal.taskQueue,
    workflowId: `${temporal.taskQueue}-verify-${runs}`,
    args: argument === undefined ? [] : [argument],
  });
}

async function withWorker<T>(work: () => Promise<T>): Promise<T> {
  const worker = await temporal.createWorker(processOver(fixture).activities);
  return worker.runUntil(work);
}

it('finds nothing if nothing differs, even without an argument', async () => {
  await fillStore();
  await withWorker(async () => {
    const run = await verify();
    expect(await run.result()).toEqual({
      wallets: 12,
      events: 36,
      differences: [],
      differencesCount: 0,
      remaining: null,
      coverage: whole(36),
    });
    expect(await run.query<RecoveryProgress>('progress')).toMatchObject({ status: 'completed', done: 36 });
    const metadata = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('Compared 12 wallets and 36 events. Nothing differs.');
  });
});

it('names each kind of damage, repairs it on request, and then finds nothing', async () => {
  await fillStore();
  const { pool, elasticsearch, indexPrefix, queries } = fixture;
  const index = walletsAlias(indexPrefix);
  const document = async (id: string) => (await elasticsearch.get<object>({ index, id }))._source;
  const damaged = { ...(await document(walletId(1))), balance: '999.99', balanceMinor: '99999' };
  await elasticsearch.index({
    index,
    id: walletId(1),
    document: damaged,
    version: 3,
    version_type: 'external_gte',
  });
  await elasticsearch.delete({ index, id: walletId(2) });
  const extra = { ...damaged, id: 'wallet-999' };
  await elasticsearch.index({
    index,
    id: 'wallet-999',
    document: extra,
    version: 8,
    version_type: 'external',
  });
  const ahead = { ...(await document(walletId(3))), version: 50 };
  await elasticsearch.index({
    index,
    id: walletId(3),
    document: ahead,
    version: 50,
    version_type: 'external',
  });
  await elasticsearch.indices.refresh({ index });
  await pool.query(`update wallets set balance_minor = 1 where id = '${walletId(4)}'`);
  await pool.query(`delete from wallets where id = '${walletId(5)}'`);
  await pool.query(`update wallets set version = 70 where id = '${walletId(6)}'`);
  await pool.query('delete from ledger_postings where position = 20');
  await pool.query('update ledger_postings set amount_minor = 7 where position = 21');
  await pool.query('delete from outbox where position in (22, 23)');

  const differences = [
    { where: 'document', walletId: walletId(1), fields: ['balance', 'balanceMinor'] },
    { where: 'document', walletId: walletId(2), fields: ['missing'] },
    { where: 'document', walletId: walletId(3), fields: ['version'] },
    { where: 'wallet row', walletId: walletId(4), fields: ['balanceMinor', 'balance'] },
    { where: 'wallet row', walletId: walletId(5), fields: ['missing'] },
    { where: 'wallet row', walletId: walletId(6), fields: ['version'] },
    { where: 'document', walletId: 'wallet-999', fields: ['extra'] },
    { where: 'ledger', walletId: walletId(7), position: 20, fields: ['posting 1 missing'] },
    { where: 'ledger', walletId: walletId(7), position: 21, fields: ['posting 1 amountMinor'] },
    { where: 'outbox', walletId: walletId(8), position: 22, fields: ['missing'] },
    { where: 'outbox', walletId: walletId(8), position: 23, fields: ['missing'] },
    // The damage came from outside, so the sums do not know of it.
    { where: 'ledger', fields: ['sum of USD from settlement to wallet'] },
  ];
  await withWorker(async () => {
    const compared = await (await verify({ walletsPerPage: 5 })).result();
    const coverage = whole(36);
    const counts = { wallets: 12, events: 36, differencesCount: 12 };
    expect(compared).toEqual({ ...counts, differences, remaining: null, coverage });
    const repaired = await (await verify({ repair: true })).result();
    expect(repaired).toEqual({ ...counts, differences, remaining: nothing, coverage });
    const again = await (await verify()).result();
    expect(again.differences).toEqual([]);
  });
  expect(await queries.getWalletDocument(walletId(1))).toMatchObject({ version: 3, balance: '10.03' });
  expect(await queries.getWalletDocument(walletId(3))).toMatchObject({ version: 3 });
  expect(await queries.getWalletDocument('wallet-999')).toBeUndefined();
  await appendEvents(pool, [{ ...lastCredit(walletId(3)), version: 4 }]);
  await drainAll(pool, fixture.readModel);
  expect(await queries.getWalletDocument(walletId(3))).toMatchObject({ version: 4 });
});

it('leaves alone what the drains have not passed yet', async () => {
  await fillStore();
  await appendEvents(fixture.pool, [
    { ...lastCredit(walletId(1)), version: 4 },
    ...walletStream('wallet-new', 5n),
  ]);
  await fixture.pool.query(
    `update wallets set version = 4, balance_minor = 1004 where id = '${walletId(1)}'`,
  );
  await fixture.pool.query(`
    insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
    select wallet_id, 'owner of ' || wallet_id, 'USD', 5, 1, occurred_at, occurred_at
      from events where wallet_id = 'wallet-new'`);
  await fixture.pool.query(
    `update wallets set updated_at = (
       select occurred_at from events where wallet_id = id order by events.version desc limit 1)`,
  );
  await withWorker(async () => {
    const result = await (await verify({ waitS: 0 })).result();
    expect(result).toMatchObject({
      differences: [],
      coverage: { head: 38, comparedTo: 36, complete: false },
    });
  });
});

it('names a stream with an event that nobody can read, and does not take its parked event for a lost one', async () => {
  await fillStore();
  await appendRows(fixture.pool, [unknownEvent(walletId(1), 4)]);
  await drainAll(fixture.pool, fixture.readModel);
  await drainAll(fixture.pool, fixture.ledger);
  await withWorker(async () => {
    expect((await (await verify({ repair: true })).result()).differences).toEqual([
      { where: 'stream', walletId: walletId(1), fields: ['version 4'] },
    ]);
  });
});

it("leaves alone a row and a document that a newer release's event made, and names the stream", async () => {
  await fillStore();
  const { pool, elasticsearch, indexPrefix, queries } = fixture;
  const index = walletsAlias(indexPrefix);
  await appendRows(pool, [unknownEvent(walletId(1), 4)]);
  await pool.query(`update wallets set balance_minor = 3, version = 4 where id = '${walletId(1)}'`);
  const { _source } = await elasticsearch.get<object>({ index, id: walletId(1) });
  const document = { ..._source, version: 4, balance: '0.03', balanceMinor: '3' };
  await elasticsearch.index({ index, id: walletId(1), document, version: 4, version_type: 'external' });
  await pool.query('update projector_checkpoints set position = position + 1');
  await withWorker(async () => {
    const { differences, remaining } = await (await verify({ repair: true })).result();
    const stream = { where: 'stream', walletId: walletId(1), fields: ['version 4'] };
    expect(differences).toEqual([stream]);
    expect(remaining?.differences).toEqual([stream]);
  });
  const { rows } = await pool.query(`select version from wallets where id = '${walletId(1)}'`);
  expect(rows).toEqual([{ version: '4' }]);
  expect(await queries.getWalletDocument(walletId(1))).toMatchObject({ version: 4, balance: '0.03' });
});

it('names an event that nobody can read until it is given up for every projection', async () => {
  await fillStore();
  const { pool } = fixture;
  const position = await appendRows(pool, [unknownEvent(walletId(1), 4)]);
  await drainAll(pool, fixture.readModel);
  await drainAll(pool, fixture.ledger);
  await withWorker(async () => {
    await skipParked(pool, 'ledger', position, 'of a tool that is gone');
    expect((await (await verify()).result()).differences).toEqual([
      { where: 'stream', walletId: walletId(1), fields: ['version 4'] },
    ]);
    await skipParked(pool, 'read-model', position, 'of a tool that is gone');
    expect((await (await verify()).result()).differences).toEqual([]);
  });
});

it('does not count parked or skipped events as lost', async () => {
  await fillStore();
  const { pool, elasticsearch, indexPrefix } = fixture;
  await inDatabaseTransaction(pool, (client) => postingTable.deleteAt(client, [5n, 8n]));
  await elasticsearch.delete({ index: walletsAlias(indexPrefix), id: walletId(2), refresh: true });
  await pool.query(`
    insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at, resolved_at, resolution)
    values ('ledger', 5, '${walletId(2)}', 'refused', now(), null, null),
           ('read-model', 4, '${walletId(2)}', 'refused', now(), null, null),
           ('ledger', 8, '${walletId(3)}', 'refused', now(), now(), 'skipped: booked by hand')`);
  await withWorker(async () => {
    expect((await (await verify()).result()).differences).toEqual([]);
  });
});

function lastCredit(id: string) {
  const event = walletStream(id, 1_001n, [1n, 1n, 1n])[3];
  if (event === undefined) throw new Error('a stream with three credits has four events');
  return event;
}

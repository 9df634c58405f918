import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Activities } from '../../src/activities/activities.ts';
import { drainBatch } from '../../src/projections/drain/drainBatch.ts';
import { walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { addTarget, readTargets } from '../../src/projections/readModel/targets.ts';
import type { RecoveryProgress } from '../../src/workflows/recovery/progress.ts';
import { rebuildAllReadModels, rebuildWalletReadModel } from '../../src/workflows/index.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { eventually } from '../support/eventually.ts';
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
afterEach(async () => {
  await removeIndexes();
  await fixture.close();
});

/** 60 wallets with five events each, drained into the first index and visible there. */
const walletCount = 60;
const walletId = (number: number) => `wallet-${String(number).padStart(3, '0')}`;
async function fillStore(): Promise<void> {
  for (let number = 1; number <= walletCount; number += 1) {
    await appendEvents(fixture.pool, walletStream(walletId(number), 1_000n, [1n, 2n, 3n, 4n]));
  }
  await drainAll(fixture.pool, fixture.readModel);
  // Lists see the documents from now on. By itself the index refreshes later, and much later if it is busy.
  await fixture.elasticsearch.indices.refresh({ index: walletsAlias(fixture.indexPrefix) });
}

async function indexes(): Promise<string[]> {
  const { elasticsearch, indexPrefix } = fixture;
  return Object.keys(await elasticsearch.indices.get({ index: `${indexPrefix}wallets-*` })).sort();
}

async function readIndex(): Promise<string[]> {
  const { elasticsearch, indexPrefix } = fixture;
  return Object.keys(await elasticsearch.indices.getAlias({ name: walletsAlias(indexPrefix) }));
}

async function removeIndexes(): Promise<void> {
  for (const index of await indexes()) await fixture.elasticsearch.indices.delete({ index });
}

type Rebuild = WorkflowHandle<typeof rebuildAllReadModels>;

let runs = 0;
function start(argument: Parameters<typeof rebuildAllReadModels>[0]): Promise<Rebuild> {
  runs += 1;
  return temporal.client.workflow.start(rebuildAllReadModels, {
    taskQueue: temporal.taskQueue,
    workflowId: `${temporal.taskQueue}-rebuild-${runs}`,
    args: [argument],
  });
}

async function causeOf(run: Promise<unknown>): Promise<string> {
  const failure: unknown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof WorkflowFailedError)) throw new Error('the workflow was expected to fail');
  return failure.cause?.message ?? '';
}

/** Holds an activity until it is released. Its first `from - 1` runs pass. */
function heldFrom<Argument, Result>(from: number, activity: (argument: Argument) => Promise<Result>) {
  const reached = Promise.withResolvers<undefined>();
  const letGo = Promise.withResolvers<undefined>();
  let calls = 0;
  return {
    activity: async (argument: Argument) => {
      calls += 1;
      if (calls >= from) {
        reached.resolve(undefined);
        await letGo.promise;
      }
      return activity(argument);
    },
    reached: reached.promise,
    letGo: () => {
      letGo.resolve(undefined);
    },
  };
}

function heldFill({ activities }: { activities: Activities }, from: number) {
  const { activity, ...held } = heldFrom(from, activities.fillReadModelIndex);
  return { ...held, activities: { ...activities, fillReadModelIndex: activity } };
}

function heldCompare({ activities }: { activities: Activities }) {
  const { activity, ...held } = heldFrom(1, activities.compareReadModelIndex);
  return { ...held, activities: { ...activities, compareReadModelIndex: activity } };
}

describe('rebuildAllReadModels', () => {
  it('builds every document again, switches to the new index and drops the old one', async () => {
    await fillStore();
    const { elasticsearch, indexPrefix, queries } = fixture;
    const worker = await temporal.createWorker(processOver(fixture).activities);
    await worker.runUntil(async () => {
      const run = await start({ slices: 3, graceS: 0, walletsPerPage: 7 });
      expect(await run.result()).toMatchObject({
        index: `${indexPrefix}wallets-000002`,
        wallets: walletCount,
        events: 5 * walletCount,
        brokenStreams: 0,
      });
      const progress = await run.query<RecoveryProgress>('progress');
      expect(progress).toMatchObject({ status: 'completed', differences: 0 });
    });
    expect(await readIndex()).toEqual([`${indexPrefix}wallets-000002`]);
    expect(await indexes()).toEqual([`${indexPrefix}wallets-000002`]);
    expect(await readTargets(fixture.pool)).toEqual([]);
    const { count } = await elasticsearch.count({ index: walletsAlias(indexPrefix) });
    expect(count).toBe(walletCount);
    expect(await queries.getWalletDocument(walletId(17))).toMatchObject({ version: 5, balance: '10.10' });
  });

  it('fails no read and shows no older version while commands go on', async () => {
    await fillStore();
    const { pool, readModel, queries } = fixture;
    const ended = new AbortController();
    const backwards: string[] = [];
    let switches = 0;
    let lastIndex = '';
    let reads = 0;
    /** Each reader must see the versions that it saw before, or newer ones. */
    const reader = async () => {
      const seen = new Map<string, number>();
      const see = (how: string, version = 0) => {
        const before = seen.get(how) ?? 0;
        if (version < before) backwards.push(`${how}: ${version} after ${before}`);
        seen.set(how, version);
        reads += 1;
      };
      for (let turn = 0; !ended.signal.aborted; turn += 1) {
        const id = walletId(1 + (turn % 5));
        see(`get ${id}`, (await queries.getWalletDocument(id))?.version);
        const { documents: list } = await queries.listWalletDocuments({ limit: walletCount });
        if (list.length < walletCount) backwards.push(`the list has ${list.length} wallets`);
        for (const found of list) see(`list ${found.id}`, found.version);
      }
    };
    const writer = async () => {
      for (let version = 6; !ended.signal.aborted; version += 1) {
        for (let number = 1; number <= 5; number += 1) {
          await appendEvents(pool, [credit(walletId(number), version)]);
        }
        await drainBatch(pool, readModel, 100);
        const [index = ''] = await readIndex();
        if (lastIndex !== '' && index !== lastIndex) switches += 1;
        lastIndex = index;
      }
    };
    const worker = await temporal.createWorker(processOver(fixture).activities);
    await worker.runUntil(async () => {
      const traffic = Promise.all([reader(), reader(), writer()]);
      await eventually(() => lastIndex !== '');
      // The first rebuild replaces the index that drains filled, the second one that a rebuild filled.
      for (let round = 0; round < 2; round += 1) {
        const run = await start({ slices: 2, graceS: 0, walletsPerPage: 10 });
        await run.result();
        await eventually(() => switches === round + 1);
      }
      ended.abort();
      await traffic;
    });
    expect(backwards).toEqual([]);
    expect(reads).toBeGreaterThan(1_000);
    await drainAll(pool, readModel);
    const { rows } = await pool.query<{ version: string }>(
      'select max(version) as version from events where wallet_id = $1',
      [walletId(1)],
    );
    expect(await queries.getWalletDocument(walletId(1))).toMatchObject({ version: Number(rows[0]?.version) });
  });

  it('goes on from the last page when its worker is shut down, and does nothing twice', async () => {
    await fillStore();
    const first = processOver(fixture);
    const held = heldFill(first, 4);
    const firstWorker = await temporal.createWorker(held.activities);
    let run: Rebuild | undefined;
    await firstWorker.runUntil(async () => {
      run = await start({ slices: 1, graceS: 0, walletsPerPage: 10 });
      await held.reached;
      first.stop();
      held.letGo();
    });
    const second = processOver(fixture);
    const cursors: string[] = [];
    const { fillReadModelIndex } = second.activities;
    const worker = await temporal.createWorker({
      ...second.activities,
      fillReadModelIndex: (argument) => {
        cursors.push(argument.after);
        return fillReadModelIndex(argument);
      },
    });
    const result = await worker.runUntil(() => (run as Rebuild).result());
    expect(result).toMatchObject({ wallets: walletCount, events: 5 * walletCount });
    expect(cursors[0]).not.toBe('');
    expect(new Set(cursors).size).toBe(cursors.length);
  });

  it('rests between two pages while it is paused, together with its slices', async () => {
    await fillStore();
    const held = heldFill(processOver(fixture), 1);
    const worker = await temporal.createWorker(held.activities);
    await worker.runUntil(async () => {
      const run = await start({ slices: 2, graceS: 0, walletsPerPage: 5 });
      await held.reached;
      expect(await run.executeUpdate<RecoveryProgress, []>('pause')).toMatchObject({ status: 'paused' });
      const slice = temporal.client.workflow.getHandle(`${run.workflowId}/fill-1`);
      await eventually(async () => (await slice.query<RecoveryProgress>('progress')).status === 'paused');
      held.letGo();
      const done = await eventually(async () => {
        const { raw } = await slice.describe();
        const { done: events } = await slice.query<RecoveryProgress>('progress');
        return (raw.pendingActivities ?? []).length === 0 && events > 0 && events;
      });
      expect(done).toBeLessThan((5 * walletCount) / 2);
      const metadata = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(metadata.currentDetails).toContain('**rebuildAllReadModels**: paused, phase *backfill*.');
      await run.signal('resume');
      expect(await run.result()).toMatchObject({ wallets: walletCount });
    });
  });

  it('removes the half-built index and its registration when it is cancelled', async () => {
    await fillStore();
    const held = heldFill(processOver(fixture), 3);
    const worker = await temporal.createWorker(held.activities);
    await worker.runUntil(async () => {
      const run = await start({ slices: 1, graceS: 0, walletsPerPage: 5 });
      await held.reached;
      expect(await readTargets(fixture.pool)).toHaveLength(1);
      await run.cancel();
      held.letGo();
      expect(await causeOf(run.result())).toBe('Workflow canceled');
      expect(await run.query<RecoveryProgress>('progress')).toMatchObject({ status: 'cancelled' });
    });
    expect(await indexes()).toEqual([`${fixture.indexPrefix}wallets-000001`]);
    expect(await readTargets(fixture.pool)).toEqual([]);
    expect(await drainAll(fixture.pool, fixture.readModel)).toMatchObject({ parked: 0 });
  });

  it('keeps the old index when the new one is wrong, and says what differs', async () => {
    await fillStore();
    const { elasticsearch, indexPrefix } = fixture;
    const next = `${indexPrefix}wallets-000002`;
    const held = heldCompare(processOver(fixture));
    const worker = await temporal.createWorker(held.activities);
    await worker.runUntil(async () => {
      const run = await start({ slices: 1, graceS: 0 });
      await held.reached;
      const { _source } = await elasticsearch.get<object>({ index: next, id: walletId(7) });
      const damaged = { ..._source, balance: '999.99' };
      await elasticsearch.index({
        index: next,
        id: walletId(7),
        document: damaged,
        version: 5,
        version_type: 'external_gte',
      });
      await elasticsearch.delete({ index: next, id: walletId(9) });
      await elasticsearch.index({
        index: next,
        id: 'nobody',
        document: { ...damaged, id: 'nobody' },
        version: 1,
        version_type: 'external',
        refresh: true,
      });
      held.letGo();
      expect(await causeOf(run.result())).toBe(
        `the new index is wrong and was removed, ${indexPrefix}wallets-000001 is still read: ` +
          `60 documents expected, 60 found, 3 differences. document of wallet ${walletId(7)}: balance; ` +
          `document of wallet ${walletId(9)}: missing; document of wallet nobody: extra`,
      );
    });
    expect(await readIndex()).toEqual([`${indexPrefix}wallets-000001`]);
    expect(await indexes()).toEqual([`${indexPrefix}wallets-000001`]);
    expect(await readTargets(fixture.pool)).toEqual([]);
  });

  it('removes the leftovers of a terminated rebuild', async () => {
    await fillStore();
    const { elasticsearch, indexPrefix, pool } = fixture;
    await elasticsearch.indices.create({ index: `${indexPrefix}wallets-000002` });
    await addTarget(pool, `${indexPrefix}wallets-000002-target`);
    const worker = await temporal.createWorker(processOver(fixture).activities);
    await worker.runUntil(async () => {
      expect(await (await start({ graceS: 0 })).result()).toMatchObject({ wallets: walletCount });
    });
    expect(await readTargets(pool)).toEqual([]);
  });

  it('refuses an argument that is out of bounds, in words', async () => {
    const worker = await temporal.createWorker(processOver(fixture).activities);
    await worker.runUntil(async () => {
      expect(await causeOf((await start({ slices: 99 })).result())).toBe(
        'slices must be a whole number from 1 to 16',
      );
    });
  });
});

describe('rebuildWalletReadModel', () => {
  it('corrects the row and the document of one wallet and says what differed', async () => {
    await fillStore();
    const { pool, elasticsearch, indexPrefix, queries } = fixture;
    const id = walletId(3);
    await pool.query(
      `insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
       values ($1, 'owner of ' || $1, 'USD', 7, 5, '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.682Z')`,
      [id],
    );
    const index = walletsAlias(indexPrefix);
    const { _source } = await elasticsearch.get<object>({ index, id });
    const document = { ..._source, ownerId: 'somebody' };
    await elasticsearch.index({ index, id, document, version: 5, version_type: 'external_gte' });
    const worker = await temporal.createWorker(processOver(fixture).activities);
    await worker.runUntil(async () => {
      const result = await temporal.client.workflow.execute(rebuildWalletReadModel, {
        taskQueue: temporal.taskQueue,
        workflowId: `${temporal.taskQueue}-wallet`,
        args: [{ walletId: id }],
      });
      expect(result).toEqual({
        version: 5,
        events: 5,
        row: ['balanceMinor', 'balance'],
        document: ['ownerId'],
      });
    });
    expect(await queries.getWalletDocument(id)).toMatchObject({ ownerId: `owner of ${id}`, version: 5 });
    const { rows } = await pool.query('select balance_minor from wallets where id = $1', [id]);
    expect(rows).toEqual([{ balance_minor: '1010' }]);
  });
});

function credit(id: string, version: number) {
  const [event] = walletStream(id, 1_010n + BigInt(version - 6), [1n]).slice(1);
  if (event === undefined) throw new Error('a stream with one credit has two events');
  return { ...event, version };
}

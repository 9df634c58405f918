// A third projection, registered as a developer would: one entry of the registry and its sink. It is not
// required. Its sink is a table of PostgreSQL that only this test has.
import type { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createActivities } from '../../../src/activities/activities.ts';
import { createStoresReader } from '../../../src/api/console/consoleStores.ts';
import { createTemporalReader } from '../../../src/api/console/consoleTemporal.ts';
import { createProgram, runProgram } from '../../../cli/program.ts';
import type { Config } from '../../../src/config/config.ts';
import { ensureCheckpoints } from '../../../src/projections/checkpoints.ts';
import { createWakeUps } from '../../../src/projections/drain/wakeUp.ts';
import { drain } from '../../../src/projections/drain/drain.ts';
import { pruneOutboxRows } from '../../../src/projections/outbox/pruning.ts';
import { retryParked } from '../../../src/projections/parked/retryParked.ts';
import { makeAllParkedDue } from '../../../src/projections/parked/resolveParked.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import type * as Registry from '../../../src/projections/registry.ts';
import type { Sinks } from '../../../src/projections/sinks.ts';
import { readUncompared } from '../../../src/projections/verify/checkLog.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { connectRecoveries } from '../../../src/temporal/connectRecoveries.ts';
import { ensureSchedules } from '../../../src/temporal/ensureSchedules.ts';
import { createWorkerExposition } from '../../../worker/workerExposition.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { parseExposition, valueOf } from '../../support/exposition.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';
import { noWebhooks } from '../../support/noWebhooks.ts';
import { createTemporalFixture, type TemporalFixture } from '../../support/temporal.ts';
import { walletStream } from '../../support/walletStream.ts';
import { noArchive, noCommands } from '../../support/workerActivities.ts';

// Files before this one have loaded the modules with the true registry, and files after it need that one.
vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());
vi.mock(import('../../../src/projections/registry.ts'), async (importOriginal) => {
  const original: typeof Registry = await importOriginal();
  const third = { name: 'owners' as never, title: 'Owners of wallets', required: false };
  const projections = [...original.projections, third];
  return {
    ...original,
    projections,
    projectionNames: projections.map(({ name }) => name),
    retiredProjections: ['gone'],
  };
});

const name = 'owners' as Projection['name'];
let fixture: ProjectionFixture;
let config: Config;
let api: TestApi;
/** What the sink does before it writes. */
let beforeWrite: () => void;
let refuses: (walletId: string) => boolean;
let sinks: Sinks;

beforeEach(async () => {
  fixture = await createProjectionFixture();
  config = testConfig(fixture.databaseUrl, {
    ELASTICSEARCH_INDEX_PREFIX: fixture.indexPrefix,
    DRAIN_INTERVAL_S: '1',
  });
  api = createTestApi(config);
  await fixture.pool.query(
    'create table owner_events (position bigint primary key, wallet_id text not null)',
  );
  await ensureCheckpoints(fixture.pool);
  beforeWrite = () => undefined;
  refuses = () => false;
  const { readModel, ledger } = fixture;
  sinks = { 'read-model': readModel, ledger, webhooks: noWebhooks, [name]: owners };
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await api.close();
  await fixture.close();
});

const owners: Projection = {
  name,
  writes: 'with-checkpoint',
  map: (events) => async (client) => {
    beforeWrite();
    const taken = events.filter(({ walletId }) => !refuses(walletId));
    await client.query(
      `insert into owner_events (position, wallet_id)
       select position, wallet_id
         from unnest($1::bigint[], $2::text[]) as taken (position, wallet_id)
           on conflict do nothing`,
      [taken.map(({ position }) => position), taken.map(({ walletId }) => walletId)],
    );
    return events
      .filter((event) => !taken.includes(event))
      .map(({ position, walletId }) => ({ position, walletId, reason: 'the owner is unknown' }));
  },
};

/** What drains need besides their projection. */
function drainDeps() {
  const { pool } = fixture;
  const waits = { pollMaxMs: 20, paceMs: 0, budgetMs: 60_000, batchSizeMax: 100, pagesMax: 2 };
  return { pool, wakeUps: createWakeUps(), now: () => performance.now(), ...waits };
}

/** Drains each projection until a pass finds nothing. */
async function drainEach(...projections: readonly Projection[]): Promise<void> {
  for (const projection of projections) {
    const done = new AbortController();
    await drain(drainDeps(), projection, done.signal, ({ processed }) => {
      if (processed === 0) done.abort();
    });
  }
}

async function owned(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ wallet_id: string }>(
    'select wallet_id from owner_events order by position',
  );
  return rows.map(({ wallet_id }) => wallet_id);
}

async function unprocessed(): Promise<number> {
  const { rowCount } = await fixture.pool.query('select from outbox where processed_at is null');
  return rowCount ?? 0;
}

/** Runs `wallet` in this process against the API of the test, and returns what it prints. */
async function wallet(...args: readonly string[]): Promise<string> {
  let printed = '';
  const write = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => ((printed += String(text)), true));
  const note = vi
    .spyOn(process.stderr, 'write')
    .mockImplementation((text) => ((printed += String(text)), true));
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => api.app.request(url, init));
  try {
    expect(await runProgram(createProgram('http://wallets.example'), args), printed).toBe(0);
  } finally {
    write.mockRestore();
    note.mockRestore();
    vi.unstubAllGlobals();
  }
  return printed;
}

interface ProjectionAnswer {
  readonly projection: string;
  readonly behind: number;
  readonly parked: number;
  readonly schedule: { readonly scheduleId: string; readonly paused: boolean } | null;
}

async function answerOf(projection: string): Promise<ProjectionAnswer | undefined> {
  const { body } = await get(api, '/admin/projections');
  return (body.projections as ProjectionAnswer[]).find((one) => one.projection === projection);
}

describe('a projection that is not required', () => {
  it('holds neither outbox nor verification when its sink is dead, and its lag is told', async () => {
    const { pool } = fixture;
    await appendEvents(pool, walletStream('wallet-001', 100n, [1n, 2n]));
    beforeWrite = () => {
      throw new Error('its store is away');
    };
    await expect(drainEach(owners)).rejects.toThrow('its store is away');
    expect(await unprocessed()).toBe(3);
    await drainEach(sinks.ledger, sinks['read-model']);

    expect(await unprocessed()).toBe(0);
    expect(await get(api, '/admin/outbox')).toMatchObject({ body: { unprocessed: 0, oldest: null } });
    expect(await readUncompared(pool, 3n)).toEqual({ comparable: 3, parked: 0, skipped: 0 });
    const exposition = createWorkerExposition(config, createLog('silent', 'worker'), {
      pools: { worker: pool },
      temporalPort: 9,
    });
    const samples = parseExposition((await exposition.exposition()).text);
    await exposition.close();
    expect(valueOf(samples, 'wallet_outbox_pending')).toBe(0);
    expect(valueOf(samples, 'wallet_outbox_oldest_age_seconds')).toBe(0);
    expect(valueOf(samples, 'wallet_projection_lag_seconds', { projection: 'owners' })).toBeGreaterThan(30);
    expect(valueOf(samples, 'wallet_projection_passes_total', { projection: 'owners' })).toBe(0);

    const { body } = await get(api, '/admin/health');
    const found = (body.conditions as { name: string; severity: string; subject: string }[]).filter(
      ({ subject }) => /owners|ledger|read-model/.test(subject) && !subject.startsWith('drain-'),
    );
    expect(found).toMatchObject([
      { name: 'optional-projection-unwell', severity: 'warning', subject: 'owners' },
    ]);
    const { deleted } = await pruneOutboxRows(pool, new Date(Date.now() + 3_600_000), 0n, 100);
    expect(deleted).toBe(3);

    beforeWrite = () => undefined;
    await drainEach(owners);
    expect(await owned()).toEqual(['wallet-001', 'wallet-001', 'wallet-001']);
  });

  it('parks events by itself, which are listed, retried and skipped, and hold nothing', async () => {
    const { pool } = fixture;
    await appendEvents(pool, [...walletStream('wallet-001', 1n), ...walletStream('wallet-002', 1n, [1n])]);
    refuses = (walletId) => walletId === 'wallet-002';
    await drainEach(owners, sinks.ledger, sinks['read-model']);
    expect(await unprocessed()).toBe(0);
    expect(await answerOf('owners')).toMatchObject({ behind: 0, parked: 2 });
    expect(await readUncompared(pool, 3n)).toEqual({ comparable: 3, parked: 0, skipped: 0 });
    expect(await wallet('parked', '--projection', 'owners')).toContain('the owner is unknown');
    expect(await get(api, '/admin/failures?projection=owners&limit=1')).toMatchObject({
      body: { failures: [{ position: 2 }], nextCursor: expect.any(String) as string },
    });

    await wallet('parked', 'skip', 'owners', '3', '--reason', 'a test');
    await makeAllParkedDue(pool);
    refuses = () => false;
    expect(await retryParked(pool, owners)).toEqual({ resolved: 1, failed: 0 });
    expect(await answerOf('owners')).toMatchObject({ parked: 0 });
    expect(await owned()).toEqual(['wallet-001', 'wallet-002']);
  });

  it('counts for nothing once it is gone from the registry, and keeps its checkpoint', async () => {
    const { pool } = fixture;
    await pool.query(`insert into projector_checkpoints (projection, position) values ('gone', 0)`);
    await appendEvents(pool, walletStream('wallet-001', 1n));
    await pool.query(`insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
                      values ('gone', 1, 'wallet-001', 'a test', now())`);
    await drainEach(sinks.ledger, sinks['read-model'], owners);
    expect(await unprocessed()).toBe(0);
    expect(await get(api, '/admin/outbox')).toMatchObject({ body: { unprocessed: 0 } });
    expect(await get(api, '/admin/failures')).toMatchObject({ body: { failures: [], nextCursor: null } });
    expect(await answerOf('gone')).toBeUndefined();
    await ensureCheckpoints(pool);
    const { rows } = await pool.query(
      'select projection, position from projector_checkpoints order by projection',
    );
    expect(rows).toEqual([
      { projection: 'gone', position: '0' },
      { projection: 'ledger', position: '1' },
      { projection: 'owners', position: '1' },
      { projection: 'read-model', position: '1' },
      { projection: 'webhooks', position: '0' },
    ]);
  });
});

describe('its schedule', () => {
  let temporal: TemporalFixture;
  let client: Client;
  beforeAll(async () => {
    temporal = await createTemporalFixture();
    client = temporal.client;
  });
  afterAll(() => temporal.close());

  const scheduleNames = ['read-model', 'ledger', 'owners'].map((projection) => `drain-${projection}`);
  const handleOf = (schedule: string) => client.schedule.getHandle(`${config.SCHEDULE_ID_PREFIX}${schedule}`);

  async function startWorker(): Promise<Worker> {
    config = { ...config, TEMPORAL_TASK_QUEUE: temporal.taskQueue };
    const { elasticsearch, indexPrefix } = fixture;
    const stopping = new AbortController();
    return temporal.createWorker(
      createActivities({
        ...{ ...drainDeps(), elasticsearch, indexPrefix, budgetMs: 500 },
        ...{ outboxRetentionHours: 1, idempotencyRetentionHours: 1, opensLevels: false },
        segmentWidthMin: 1_048_576,
        ...{ stopping: stopping.signal, projections: sinks, ...noCommands, archive: noArchive },
      }),
    );
  }

  it('drains it, can be paused and resumed, and ends with its projection', async () => {
    const worker = await startWorker();
    await client.schedule.create({
      scheduleId: `${config.SCHEDULE_ID_PREFIX}drain-gone`,
      spec: { intervals: [{ every: '1 day' }] },
      action: { type: 'startWorkflow', workflowType: 'drainGone', taskQueue: temporal.taskQueue },
    });
    await worker.runUntil(async () => {
      await ensureSchedules(client, config);
      await expect(handleOf('drain-gone').describe()).rejects.toThrow('not found');
      await appendEvents(fixture.pool, walletStream('wallet-001', 1n));
      await eventually(async () => (await owned()).length === 1);
      expect(await wallet('projections')).toMatch(/owners .* runs/);

      // A busy Temporal may not show the pause in time, and then it is asked again.
      const paused = await eventually(() =>
        wallet('projections', 'pause', 'owners', '--note', 'its store moves'),
      );
      expect(paused).toContain('owners is paused.');
      const schedule = { scheduleId: `${config.SCHEDULE_ID_PREFIX}drain-owners`, paused: true };
      expect(await answerOf('owners')).toMatchObject({ schedule });
      // A run that Temporal was about to start may still come, and takes the events before its end.
      const runsNothing = async () => {
        const { info, raw } = await handleOf('drain-owners').describe();
        return info.runningActions.length === 0 && Number(raw.info?.bufferSize ?? 0) === 0;
      };
      let appended = 1;
      await eventually(async () => {
        appended += 1;
        await appendEvents(fixture.pool, walletStream(`wallet-00${appended}`, 1n));
        await eventually(async () => (await unprocessed()) === 0);
        await eventually(runsNothing);
        return (await owned()).length < appended;
      });
      expect(await owned()).not.toContain(`wallet-00${appended}`);
      expect(await consoleSnapshot()).toMatchObject({
        sample: { behind: { owners: 1, ledger: 0, 'read-model': 0 } },
        schedules: { owners: schedule, ledger: { paused: false }, 'read-model': { paused: false } },
      });

      await eventually(async () => (await post(api, '/admin/projections/owners/resume', {})).status === 200);
      await eventually(async () => (await owned()).length === appended);
      for (const name of [
        ...scheduleNames,
        'expire-holds',
        'keep-segments',
        'retry-stale-events',
        'prune-outbox',
        'verify-projections',
      ])
        await handleOf(name).delete();
    });
  });

  async function consoleSnapshot() {
    const { recoveries, close } = connectRecoveries(config);
    const readStores = createStoresReader({
      pool: fixture.pool,
      readiness: () => Promise.resolve({ ready: true, status: 'ok', parts: {}, needed: [] }),
      commandCounts: () => Promise.resolve({ answered: 0, refused: 0, buckets: [] }),
      now: () => Date.now(),
    });
    const { sample } = await readStores();
    const snapshot = await createTemporalReader(recoveries)();
    await close();
    return { sample, schedules: snapshot?.schedules };
  }
});

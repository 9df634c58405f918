import { ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGenerationActivities } from '../../src/activities/keepGenerations.ts';
import { createLedgerRebuildActivities } from '../../src/activities/ledgerRebuild.ts';
import { createUpkeepActivities } from '../../src/activities/upkeep.ts';
import { cursorAfter } from '../../src/api/http/page.ts';
import { createSchedules } from '../../src/temporal/schedules.ts';
import { appendEvents, appendRows, unknownEvent } from '../support/appendEvents.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { noWebhooks } from '../support/noWebhooks.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { cutLog } from '../support/segments.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';

let temporal: TemporalFixture;
let fixture: ProjectionFixture;
let api: TestApi;
let prefix: string;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());
beforeEach(async () => {
  fixture = await createProjectionFixture();
  const config = testConfig(fixture.databaseUrl, { TEMPORAL_TASK_QUEUE: temporal.taskQueue });
  prefix = config.SCHEDULE_ID_PREFIX;
  api = createTestApi(config);
});
afterEach(async () => {
  await api.close();
  await fixture.close();
});

/** A gate that holds the first call until it is opened. `reached` resolves when that call waits at it. */
function gate() {
  const reached = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  return {
    reached: reached.promise,
    open: () => {
      opened.resolve(undefined);
    },
    pass: async () => {
      reached.resolve(undefined);
      await opened.promise;
    },
  };
}

function activities() {
  const { pool, readModel, ledger } = fixture;
  const now = () => performance.now();
  const { signal: stopping } = new AbortController();
  const projections = { 'read-model': readModel, ledger, webhooks: noWebhooks };
  const upkeep = { outboxRetentionHours: 1, opensLevels: false, batchSizeMax: 100 };
  return {
    ...createLedgerRebuildActivities({ pool, now, stopping }),
    ...createUpkeepActivities({ pool, now, projections, ...upkeep }),
    ...createGenerationActivities({ pool, idempotencyRetentionHours: 1 }),
  };
}

/** A worker whose ledger rebuild waits at the gate before it books anything. */
function workerWith({ pass }: { pass: () => Promise<void> }) {
  const real = activities();
  return temporal.createWorker({
    ...real,
    fillLedgerRebuild: async (target) => {
      await pass();
      return real.fillLedgerRebuild(target);
    },
  });
}

const read = (workflowId: string) => get(api, `/admin/recovery/${workflowId}`);
/**
 * Repeats until the answer has a progress. It is null if the worker, here in this process, was too busy to
 * answer.
 */
const ended = (workflowId: string) =>
  eventually(async () => {
    const { body } = await read(workflowId);
    return body.state !== 'RUNNING' && body.progress !== null && body;
  });
/**
 * Repeats a request until it gets this answer, for the same reason. Only for requests that may be repeated.
 */
const answers = (ask: () => ReturnType<typeof get>, expected: object) =>
  eventually(async () => {
    expect(await ask()).toMatchObject(expected);
    return true;
  });
const tableExists = async () => {
  const { rows } = await fixture.pool.query<{ there: boolean }>(
    "select to_regclass('ledger_postings_rebuild') is not null as there",
  );
  return rows[0]?.there;
};

describe('a recovery over HTTP', () => {
  it('is started once, watched, paused, resumed, and tells its result', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
    const held = gate();
    const worker = await workerWith(held);
    const id = `${prefix}rebuild-ledger`;
    await worker.runUntil(async () => {
      const started = await post(api, '/admin/recovery/rebuildLedger', '');
      expect(started).toMatchObject({
        status: 202,
        body: {
          type: 'rebuildLedger',
          workflowId: id,
          url: expect.stringContaining(`/workflows/${id}/${String(started.body.runId)}`) as string,
          command: `temporal workflow start --namespace default --task-queue ${temporal.taskQueue} --type rebuildLedger --workflow-id ${id} --id-conflict-policy Fail --input '{}'`,
        },
      });
      expect(started.headers.get('location')).toBe(`/admin/recovery/${id}`);
      await held.reached;
      await answers(() => post(api, '/admin/recovery/rebuildLedger', {}), {
        status: 409,
        body: {
          code: 'RECOVERY_RUNNING',
          workflowId: id,
          progress: { phase: 'booking every event', total: 2 },
        },
      });
      await answers(() => post(api, `/admin/recovery/${id}/pause`, ''), {
        status: 200,
        body: { progress: { status: 'paused' } },
      });
      held.open();
      await eventually(async () => {
        const { body } = await read(id);
        const { phase } = body.progress as { phase: string };
        return phase === 'taking the place of the ledger in use';
      });
      await answers(() => read(id), { body: { state: 'RUNNING', progress: { status: 'paused' } } });
      await eventually(async () => (await post(api, `/admin/recovery/${id}/resume`, '')).status !== 503);
      expect(await ended(id)).toMatchObject({
        state: 'COMPLETED',
        progress: { status: 'completed' },
        result: { position: 2, entries: 4, refused: 0 },
        failure: null,
      });
      await answers(() => post(api, `/admin/recovery/${id}/pause`, ''), {
        status: 409,
        body: { code: 'RECOVERY_ENDED' },
      });
    });
    const listed = await eventually(async () => {
      const { body } = await get(api, '/admin/recovery?limit=5');
      const runs = body.recoveries as Record<string, unknown>[];
      return runs.find(({ workflowId, state }) => workflowId === id && state === 'COMPLETED');
    });
    expect(listed).toMatchObject({ type: 'rebuildLedger' });
  });

  it('is listed once on pages of one, whose last leads nowhere, and an invented cursor is refused', async () => {
    const { body: all } = await eventually(async () => {
      const whole = await get(api, '/admin/recovery?limit=100');
      return (whole.body.recoveries as unknown[]).length > 0 && whole;
    });
    const walked: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null && walked.length < 100) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await get(api, `/admin/recovery?limit=1${after}`);
      expect(body.recoveries).toHaveLength(1);
      walked.push(...(body.recoveries as unknown[]));
      cursor = body.nextCursor as string | null;
    }
    expect(walked).toEqual(all.recoveries);
    const invented = cursorAfter({ name: 'listRecoveries', asked: {} }, 'AAAA');
    await answers(() => get(api, `/admin/recovery?cursor=${invented}`), {
      status: 400,
      body: { errors: [{ parameter: 'cursor' }] },
    });
  });

  it('tells what a step fails with, how often it was tried, and when it is tried again', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
    const real = activities();
    let isAway = true;
    const worker = await temporal.createWorker({
      ...real,
      fillLedgerRebuild: (target) =>
        isAway ? Promise.reject(new Error('no space left on device')) : real.fillLedgerRebuild(target),
    });
    await worker.runUntil(async () => {
      const { body } = await post(api, '/admin/recovery/rebuildLedger', {});
      const id = String(body.workflowId);
      const told = await eventually(async () => {
        const { retrying } = (await read(id)).body as { retrying: Record<string, unknown> | null };
        return (
          retrying !== null && Number(retrying.attempts) >= 2 && retrying.nextAttemptAt !== null && retrying
        );
      });
      expect(told).toMatchObject({ step: 'fillLedgerRebuild', failure: 'no space left on device' });
      expect(Date.parse(String(told.nextAttemptAt))).toBeGreaterThan(0);
      isAway = false;
      expect(await ended(id)).toMatchObject({
        state: 'COMPLETED',
        retrying: null,
        progress: {
          status: 'completed',
          done: 2,
          total: 2,
          secondsLeft: 0,
          tookS: expect.any(Number) as number,
        },
      });
    });
  });

  it('leaves nothing behind when it is cancelled', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
    const held = gate();
    const worker = await workerWith(held);
    await worker.runUntil(async () => {
      const { body } = await post(api, '/admin/recovery/rebuildLedger', {});
      await held.reached;
      expect(await tableExists()).toBe(true);
      const id = String(body.workflowId);
      expect((await post(api, `/admin/recovery/${id}/cancel`, '')).status).toBe(202);
      held.open();
      expect(await ended(id)).toMatchObject({ state: 'CANCELLED', progress: { status: 'cancelled' } });
    });
    expect(await tableExists()).toBe(false);
  });

  it('that ends during a request to it is over, and causes no internal error', async () => {
    const { body } = await post(api, '/admin/recovery/rebuildLedger', {});
    const id = String(body.workflowId);
    // There is no worker that could answer: the update waits until the workflow is gone.
    const paused = post(api, `/admin/recovery/${id}/pause`, '');
    const handle = temporal.client.workflow.getHandle(id);
    await eventually(async () => {
      const { raw } = await handle.describe();
      return raw.pendingWorkflowTask?.attempt !== undefined;
    });
    await handle.terminate();
    expect(await paused).toMatchObject({
      status: 409,
      body: { code: 'RECOVERY_ENDED', detail: `${id} is TERMINATED: there is nothing to pause.` },
    });
  });

  it('is refused for an unknown type, field or value, and an unknown id is not found', async () => {
    expect(await post(api, '/admin/recovery/rebuildEverything', {})).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ parameter: 'type' }] },
    });
    expect(await post(api, '/admin/recovery/pruneOutbox', { olderThanDays: 1 })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/olderThanDays' }] },
    });
    expect(await post(api, '/admin/recovery/retryStaleEvents', { olderThanS: -1 })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/olderThanS' }] },
    });
    expect(await read('nothing')).toMatchObject({ status: 404, body: { code: 'RECOVERY_NOT_FOUND' } });
    expect((await post(api, '/admin/recovery/nothing/cancel', '')).status).toBe(404);
  });

  it('is a problem while Temporal is away, and nothing else is', async () => {
    const config = testConfig(fixture.databaseUrl, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const alone = createTestApi(config);
    for (const answer of [
      await post(alone, '/admin/recovery/rebuildLedger', {}),
      await get(alone, '/admin/recovery'),
      await get(alone, '/admin/recovery/rebuild-ledger'),
      await post(alone, '/admin/recovery/rebuild-ledger/pause', ''),
    ])
      expect(answer).toMatchObject({ status: 503, body: { code: 'TEMPORAL_UNAVAILABLE' } });
    expect(await get(alone, '/admin/projections')).toMatchObject({
      status: 200,
      body: { projections: [{ projection: 'ledger', schedule: null }, { schedule: null }] },
    });
    expect((await post(alone, '/wallets', { ownerId: 'owner-1' })).status).toBe(201);
    await alone.close();
  });
});

it('retryStaleEvents and pruneOutbox do what they say and count it', async () => {
  // Each event has a segment of its own, so that each outbox row can be dropped.
  await cutLog(fixture.pool, 1, 3);
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
  await appendRows(fixture.pool, [unknownEvent('wallet-001', 3)]);
  await drainAll(fixture.pool, fixture.ledger);
  await fixture.pool.query('delete from outbox_rows where position = 1');
  await fixture.pool.query("update projection_failures set next_attempt_at = now() + interval '1 hour'");
  const worker = await temporal.createWorker(activities());
  await worker.runUntil(async () => {
    const stale = await post(api, '/admin/recovery/retryStaleEvents', '{"olderThanS":0,"full":true}');
    // The read model has taken none of the three. The ledger has parked the third.
    expect(await ended(String(stale.body.workflowId))).toMatchObject({
      result: { checked: 3, restored: 1, dueNow: 1, projectedAgain: { ledger: 2, 'read-model': 0 } },
    });
    const again = await post(api, '/admin/recovery/retryStaleEvents', '{"olderThanS":0}');
    expect(await ended(String(again.body.workflowId))).toMatchObject({
      result: { restored: 0, projectedAgain: { ledger: 0, 'read-model': 0 } },
    });
    await drainAll(fixture.pool, fixture.readModel);
    await fixture.pool.query("update outbox_rows set created_at = now() - interval '2 hours'");
    const prune = await post(api, '/admin/recovery/pruneOutbox', '{"olderThanHours":1}');
    expect(await ended(String(prune.body.workflowId))).toMatchObject({
      result: { outboxRows: 2, idempotencyKeys: 0 },
    });
    await fixture.pool.query(`
      update prune_horizons
         set pruned_before = now() - interval '400 hours'
       where subject = 'idempotency generations'`);
    const confirmed = await post(api, '/admin/recovery/pruneOutbox', '{"confirmed":true}');
    await ended(String(confirmed.body.workflowId));
    const { rows } = await fixture.pool.query(
      `select pruned_before > now() - interval '200 hours' as moved
         from prune_horizons
        where subject = 'idempotency generations'`,
    );
    expect(rows).toEqual([{ moved: true }]);
  });
});

it('a pause and a resume of a projection are requested until the scheduler shows them, and only then answered', async () => {
  const scheduleId = `${prefix}drain-ledger`;
  const real = await temporal.client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '1 hour' }] },
    action: { type: 'startWorkflow', workflowType: 'drainLedger', taskQueue: temporal.taskQueue },
  });
  const later: Promise<unknown>[] = [];
  // Like the scheduler, it obeys a request later, and only the second of two requests in one of its tasks.
  const requests: string[] = [];
  const obeyLater = (request: string, carryOut: () => Promise<unknown>) => {
    requests.push(request);
    if (requests.indexOf(request) === requests.length - 1) return Promise.resolve();
    later.push(eventually(() => false, 200).catch(carryOut));
    return Promise.resolve();
  };
  const getHandle = () => ({
    describe: () => real.describe(),
    trigger: async () => {
      const { state } = await real.describe();
      requests.push(state.paused ? 'trigger while paused' : 'trigger');
    },
    pause: (note: string) => obeyLater('pause', () => real.pause(note)),
    unpause: (note: string) => obeyLater('unpause', () => real.unpause(note)),
  });
  const late = { schedule: { getHandle } } as unknown as typeof temporal.client;
  const config = testConfig(fixture.databaseUrl, { SCHEDULE_ID_PREFIX: prefix });
  const recoveries = createSchedules(late, config, (work) => work());
  const paused = await recoveries.setSchedulePaused('drain-ledger', true, 'a disk is changed');
  const resumed = await recoveries.setSchedulePaused('drain-ledger', false, 'it is changed');
  await Promise.all(later);
  await real.delete();
  const changes = requests.filter((request, index) => request !== requests[index - 1]);
  expect(changes).toEqual(['pause', 'unpause', 'trigger']);
  // More than two requests are possible, because the scheduler may show the change later.
  for (const repeated of ['pause', 'unpause'])
    expect(requests.filter((request) => request === repeated).length).toBeGreaterThanOrEqual(2);
  expect(paused).toEqual({ scheduleId, paused: true, note: 'a disk is changed', lastFailure: null });
  expect(resumed).toEqual({ scheduleId, paused: false, note: 'it is changed', lastFailure: null });
});

it('the state of the projections shows a paused schedule', async () => {
  const scheduleId = `${prefix}drain-ledger`;
  const handle = await temporal.client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '1 hour' }] },
    action: { type: 'startWorkflow', workflowType: 'drainLedger', taskQueue: temporal.taskQueue },
    state: { paused: true, note: 'Ann looks into the ledger' },
  });
  const { body } = await get(api, '/admin/projections');
  expect(body.projections).toMatchObject([
    { projection: 'ledger', schedule: { scheduleId, paused: true, note: 'Ann looks into the ledger' } },
    { projection: 'read-model', schedule: null },
  ]);
  await handle.delete();
});

it('the state of the projections shows the failure of a drain that is tried again', async () => {
  const scheduleId = `${prefix}drain-ledger`;
  const handle = await temporal.client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '1 hour' }] },
    action: { type: 'startWorkflow', workflowType: 'drainLedger', taskQueue: temporal.taskQueue },
  });
  const lastFailure = async () => {
    const { body } = await get(api, '/admin/projections');
    const [ledger] = body.projections as { schedule: { lastFailure: string | null } }[];
    return ledger?.schedule.lastFailure;
  };
  expect(await lastFailure()).toBeNull();
  const worker = await temporal.createWorker({
    drainProjection: () => Promise.reject(new Error('the store is away')),
  });
  await worker.runUntil(async () => {
    // The schedule does not list a run that was triggered with the default policy.
    await handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE);
    await eventually(async () => (await lastFailure()) === 'the store is away');
  });
  const { info } = await handle.describe();
  await handle.delete();
  for (const { workflow } of info.runningActions)
    await temporal.client.workflow.getHandle(workflow.workflowId).terminate();
});

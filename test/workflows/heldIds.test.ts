import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { recoveryKinds } from '../../src/workflows/recovery/recoveryKinds.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

let connection: Connection;
let client: Client;
let api: TestApi;
let config: ReturnType<typeof testConfig>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
  // No worker polls any queue of this file. The database is asked for the audit log alone.
  database = await createTestDatabase();
  config = testConfig(database.url);
  api = createTestApi(config);
});
afterAll(async () => {
  await api.close();
  await Promise.all([connection.close(), database.drop()]);
});

const body = { rebuildWalletReadModel: { walletId: 'wallet-001' } } as Readonly<Record<string, object>>;

/** What an operator mistypes: the type, the task queue, or both. */
const mistyped = (kind: string) => ({
  'a type that nobody knows': { type: `${kind}s`, queue: '' },
  'the type of another recovery': {
    type: kind === 'rebuildLedger' ? 'pruneOutbox' : 'rebuildLedger',
    queue: '',
  },
  'a queue without workers': { type: kind, queue: '-mistyped' },
  'characters that reverse the line': { type: `${kind}\u202e'`, queue: '\u001b[31m' },
});

const kinds = Object.entries(recoveryKinds).map(([kind, { workflowId }]) => ({
  kind,
  id: (workflowId as (argument: object) => string)(body[kind] ?? {}),
}));

async function findAndFree(kind: string, id: string, { type, queue }: { type: string; queue: string }) {
  const workflowId = `${config.SCHEDULE_ID_PREFIX}${id}`;
  const taskQueue = `${config.TEMPORAL_TASK_QUEUE}${queue}`;
  const holder = await client.workflow.start(type, { workflowId, taskQueue });
  const at = `/admin/recovery/${workflowId}`;
  const start = () => post(api, `/admin/recovery/${kind}`, body[kind] ?? {});

  const refused = await start();
  expect(refused).toMatchObject({ status: 409, body: { code: 'RECOVERY_ID_HELD', workflowId } });
  const { startTime } = await holder.describe();
  const detail = String(refused.body.detail);
  for (const part of [
    startTime.toISOString(),
    `belongs to ${kind} on the task queue "${config.TEMPORAL_TASK_QUEUE}"`,
    `temporal workflow terminate --reason 'wrong start' --namespace default --workflow-id ${workflowId}`,
  ])
    expect(detail).toContain(part);
  // eslint-disable-next-line no-control-regex
  expect(detail).not.toMatch(/[\u0000-\u001f\u202e]/);

  expect(await get(api, at)).toMatchObject({
    status: 200,
    body: { type, state: 'RUNNING', problem: detail, progress: null },
  });
  await eventually(async () => {
    const { body: found } = await get(api, '/admin/recovery?limit=100');
    const recoveries = found.recoveries as readonly { workflowId: string; problem: string | null }[];
    return recoveries.some((one) => one.workflowId === workflowId && one.problem === detail);
  });
  expect(await post(api, `${at}/pause`, '')).toMatchObject({
    status: 409,
    body: { code: 'RECOVERY_ID_HELD' },
  });
  // Neither a signal nor a cancel request is heard by a run without a worker.
  await holder.signal('pause');
  await holder.cancel();
  expect(await post(api, `${at}/cancel`, '')).toMatchObject({ status: 202 });
  expect(await get(api, at)).toMatchObject({ status: 200, body: { state: 'TERMINATED', problem: null } });
  expect(await start()).toMatchObject({ status: 202 });
  await client.workflow.getHandle(workflowId).terminate();
}

const mistakes = Object.keys(mistyped(''));

// Every recovery is blocked once, and each mistake is made more than once. The cases run one after another,
// because all of them read the list.
const cases = kinds.map(
  ({ kind, id }, index) => [kind, mistakes[index % mistakes.length] ?? '', id] as const,
);

describe('the id of a recovery that another workflow holds', () => {
  it.each(cases)('%s is named after %s, and can be freed', async (kind, mistake, id) => {
    const wrong = Object.entries(mistyped(kind)).find(([name]) => name === mistake)?.[1];
    if (wrong === undefined) throw new Error(mistake);
    await findAndFree(kind, id, wrong);
  });

  it('is no window on other workflows of the namespace', async () => {
    const workflowId = `${config.SCHEDULE_ID_PREFIX}payroll`;
    const taskQueue = `${config.TEMPORAL_TASK_QUEUE}-theirs`;
    const theirs = await client.workflow.start('payroll', { workflowId, taskQueue });
    expect(await get(api, `/admin/recovery/${workflowId}`)).toMatchObject({ status: 404 });
    expect(await post(api, `/admin/recovery/${workflowId}/cancel`, '')).toMatchObject({ status: 404 });
    await theirs.terminate();
  });
});

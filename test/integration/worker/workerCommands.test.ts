// Commands of workflows: the activity of a real worker process, and the same activity in the test's process
// over a connection that breaks after the commit. PostgreSQL, Redis and Temporal are real.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCommandActivities } from '../../../src/activities/submitCommand.ts';
import { commandIdOfKey, commandIdOfStep, keyOfStep } from '../../../src/commands/commandIds.ts';
import {
  createWorkflowCommands,
  StepReusedError,
  type SubmitStep,
  type WorkflowCommand,
} from '../../../src/commands/workflowCommands.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { levelMax, levels } from '../../../src/eventStore/levels.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { wireWorkerCommands } from '../../../worker/workerCommands.ts';
import { startProcess } from '../../../harness/processes.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { changeLog } from '../../support/changeLog.ts';
import { outcomes, payOnce, tryAgain } from '../../support/commandWorkflows.ts';
import { scrape, valueOf } from '../../support/exposition.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { bundleTestWorkflows, createTemporalFixture, type TemporalFixture } from '../../support/temporal.ts';

const workflowsPath = fileURLToPath(new URL('../../support/commandWorkflows.ts', import.meta.url));

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let config: ReturnType<typeof testConfig>;
let pool: ReturnType<typeof createPool>;
let api: TestApi;
let temporal: TemporalFixture;
let submitStep: SubmitStep;
/** True while connections break: after an append was carried out, and before anything else. */
let isCut = false;

beforeAll(async () => {
  database = await createTestDatabase();
  config = testConfig(database.url, { OUTCOME_WAIT_MAX_MS: '100' });
  pool = createPool(config, 'wallet-breaking', () => undefined);
  api = createTestApi(config, { pool: { connect: async () => breaking(await pool.connect()) } });
  submitStep = createWorkflowCommands(api.commands.submit);
  temporal = await createTemporalFixture(bundleTestWorkflows(workflowsPath));
});
afterAll(async () => {
  await api.close();
  await pool.end();
  await temporal.close();
  await database.drop();
});

function breaking(client: PoolClient): PoolClient {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'query') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return async (statement: { readonly name: string }) => {
        const isAppend = /^append-(cached-)?batch$/.test(statement.name);
        if (isCut && !isAppend) throw new Error('Connection terminated unexpectedly');
        const result = await (target.query as (given: unknown) => Promise<unknown>).call(target, statement);
        if (!isAppend || !cutAfterAppend) return result;
        isCut = true;
        throw new Error('Connection terminated unexpectedly');
      };
    },
  });
}
/** Set by a test: the next append is carried out, and its connection breaks. */
let cutAfterAppend = false;

let walletId: string;
beforeEach(async () => {
  walletId = `w-${randomUUID()}`;
  await post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: '1.00' });
});

const debit = (amount: string): WorkflowCommand => ({
  ...{ type: 'DebitWallet', walletId, amount, description: 'fee', expectedVersions: undefined },
});
const firstStep = () => ({ workflowId: `of ${walletId}`, step: 'pay', attempt: 1 });

async function versionOf(id: string): Promise<unknown> {
  return (await get(api, `/wallets/${id}?consistency=strong`)).body.version;
}

describe('a step of a workflow', () => {
  it('is one command, however often it is submitted', async () => {
    const accepted = { outcome: 'accepted', wallets: [{ walletId, version: 2, balance: '0.75' }] };
    expect(await submitStep(firstStep(), debit('0.25'))).toEqual(accepted);
    expect(await submitStep(firstStep(), debit('0.250'))).toEqual(accepted);
    expect(await versionOf(walletId)).toBe(2);
    const shown = await get(api, `/commands/${commandIdOfStep(firstStep())}`);
    expect(shown.body).toMatchObject({ outcome: 'committed', status: 200, movementId: `${walletId}@2` });
  });

  it('can not become another command', async () => {
    await submitStep(firstStep(), debit('0.25'));
    await expect(submitStep(firstStep(), debit('0.26'))).rejects.toThrow(StepReusedError);
    expect(await versionOf(walletId)).toBe(2);
  });

  it('is refused with numbers, and stays refused under its key', async () => {
    const numbers = { available: '1.00', held: '0.00', requested: '5.00', currency: 'USD' };
    const refused = { outcome: 'refused', code: 'INSUFFICIENT_FUNDS', walletId, numbers };
    expect(await submitStep(firstStep(), debit('5.00'))).toEqual(refused);
    await post(api, `/wallets/${walletId}/credit`, { amount: '9.00' });
    expect(await submitStep(firstStep(), debit('5.00'))).toEqual(refused);
    const shown = await get(api, `/commands/${commandIdOfStep(firstStep())}`);
    expect(shown.body).toMatchObject({ outcome: 'refused', status: 422, body: { ...numbers, walletId } });
    expect(await submitStep({ ...firstStep(), attempt: 2 }, debit('5.00'))).toMatchObject({
      outcome: 'accepted',
    });
  });

  it('gives a transfer the same id each time', async () => {
    await post(api, '/wallets', { walletId: `${walletId}-to`, ownerId: 'o' });
    const transfer: WorkflowCommand = {
      ...{ type: 'TransferFunds', walletId, toWalletId: `${walletId}-to`, amount: '0.25', description: '' },
      expectedVersions: undefined,
    };
    const sent = await submitStep(firstStep(), transfer);
    expect(await submitStep(firstStep(), transfer)).toEqual(sent);
    const { events } = (await get(api, `/wallets/${walletId}-to/events`)).body as { events: object[] };
    expect(events).toMatchObject([{}, { transferId: commandIdOfStep(firstStep()) }]);
    expect(events).toHaveLength(2);
  });

  it('has an id that no key of a client leads to', () => {
    expect(commandIdOfStep(firstStep())).not.toBe(commandIdOfKey(keyOfStep(firstStep())));
  });

  it('waits until compact records are open, and is then carried out', async () => {
    await changeLog(api.pool, 'update log_head set level = $1', [levels.compactRecords - 1]);
    await expect(submitStep(firstStep(), debit('0.25'))).rejects.toThrow('need level 3');
    await changeLog(api.pool, 'update log_head set level = $1', [levelMax]);
    expect(await versionOf(walletId)).toBe(1);
    expect(await submitStep(firstStep(), debit('0.25'))).toMatchObject({ outcome: 'accepted' });
  });
});

it('an outcome that is unknown after the commit is asked again under the same key', async () => {
  const failures: string[] = [];
  const { submitCommand } = createCommandActivities({
    submitStep: async (step, command) => {
      try {
        return await submitStep(step, command);
      } catch (error) {
        failures.push((error as Error).message);
        // The database is back before the next attempt.
        cutAfterAppend = isCut = false;
        throw error;
      }
    },
  });
  cutAfterAppend = true;
  const worker = await temporal.createWorker({ submitCommand });
  const found = await worker.runUntil(
    temporal.client.workflow.execute(payOnce, {
      taskQueue: temporal.taskQueue,
      workflowId: `pay-${walletId}`,
      args: [{ activityQueue: temporal.taskQueue, command: debit('0.25') }],
    }),
  );
  expect(failures).toEqual(['the outcome is unknown: the same step is submitted again']);
  expect(found).toEqual([{ outcome: 'accepted', wallets: [{ walletId, version: 2, balance: '0.75' }] }]);
  expect(await versionOf(walletId)).toBe(2);
});

it('a fence that moves under a batch of a worker is no outage of PostgreSQL', async () => {
  const lines: string[] = [];
  const log = createLog('info', 'worker', { write: (line) => lines.push(line) });
  await using closings = new AsyncDisposableStack();
  const { submitStep: submit } = wireWorkerCommands(config, log, randomUUID(), closings);
  const mover = await pool.connect();
  await mover.query('begin');
  await mover.query('update log_head set fence = fence + 1');
  const outcome = submit(firstStep(), debit('0.25'));
  await eventually(async () => {
    const { rowCount } = await api.pool.query(
      `select from pg_stat_activity
        where datname = current_database()
          and application_name like 'wallet-worker-commands%'
          and wait_event_type = 'Lock'`,
    );
    return rowCount === 1;
  });
  await mover.query('commit');
  mover.release();
  expect(await outcome).toMatchObject({ outcome: 'accepted' });
  expect(lines).toEqual([]);
});

it('a worker process commits for a workflow, takes a new key after a refusal, and stops with 0', async () => {
  const process = await startProcess('worker', config);
  const worker = await temporal.createWorker({});
  const workflowId = `pay-${walletId}`;
  const found = await worker.runUntil(async () => {
    const run = await temporal.client.workflow.start(payOnce, {
      taskQueue: temporal.taskQueue,
      workflowId,
      args: [{ activityQueue: config.TEMPORAL_TASK_QUEUE, command: debit('5.00') }],
    });
    await eventually(async () => (await run.query(outcomes)).length === 1);
    await post(api, `/wallets/${walletId}/credit`, { amount: '9.00' });
    await run.signal(tryAgain);
    return run.result();
  });
  expect(found).toMatchObject([
    { outcome: 'refused', code: 'INSUFFICIENT_FUNDS' },
    { outcome: 'accepted', wallets: [{ walletId, version: 3, balance: '5.00' }] },
  ]);
  const byAttempt = await Promise.all(
    [1, 2].map(async (attempt) => {
      const { body } = await get(api, `/commands/${commandIdOfStep({ workflowId, step: 'pay', attempt })}`);
      return body.outcome;
    }),
  );
  expect(byAttempt).toEqual(['refused', 'committed']);
  const samples = await scrape(process.url);
  expect(valueOf(samples, 'wallet_database_pool_connections', { pool: 'commands' })).toBe(1);
  expect(await process.stop()).toBe(0);
});

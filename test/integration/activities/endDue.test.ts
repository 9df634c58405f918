// The sweep of holds and freezes that are due, over a real database and a real command path. A hold becomes
// due when a statement moves its end, so no test waits for a clock.
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSweepActivities, type SweepDeps, sweepsMax } from '../../../src/activities/endDue.ts';
import { keyOfStep } from '../../../src/commands/commandIds.ts';
import { createWorkflowCommands, type SubmitStep } from '../../../src/commands/workflowCommands.ts';
import { readExpiredHolds } from '../../../src/eventStore/dueWallets.ts';
import { levelMax, levels } from '../../../src/eventStore/levels.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let submitStep: SubmitStep;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  submitStep = createWorkflowCommands(api.commands.submit);
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

let walletIds: readonly string[];
beforeEach(async () => {
  await api.pool.query("update holds set expires_at = now() + interval '1 day' where ended_as is null");
  walletIds = ['a', 'b', 'c'].map((letter) => `w-${letter}-${randomUUID()}`);
  for (const walletId of walletIds) {
    await post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: '10.00' });
    for (const holdId of ['h-1', 'h-2'])
      await post(api, `/wallets/${walletId}/holds`, { amount: '2.00', holdId, expiresInSeconds: 3_600 });
  }
});

async function makeDue(walletId: string, holdId = 'h-1', age = '1 hour'): Promise<void> {
  await changeLog(
    api.pool,
    `with due as (
       update holds
          set expires_at = now() - $3::interval
        where wallet_id = $1
          and hold_id = $2
       returning expires_at
     )
     update wallets
        set hold_due_from = least(hold_due_from, (select expires_at from due))
      where id = $1`,
    [walletId, holdId, age],
  );
}

interface Sweep extends Partial<SweepDeps> {
  /** The run of the workflow. The same run has the same activity in each attempt. */
  readonly runId?: string;
}

/** One look. */
function sweep({ runId = randomUUID(), ...deps }: Sweep = {}) {
  const environment = new MockActivityEnvironment({ workflowExecution: { workflowId: 'sweep', runId } });
  const { endDue } = createSweepActivities({
    ...{ pool: api.pool, submitStep, stopping: new AbortController().signal },
    ...{ now: () => performance.now(), budgetMs: 0 },
    ...deps,
  });
  return environment.run(endDue);
}

async function stateOf(walletId: string | undefined) {
  const { body } = await get(api, `/wallets/${walletId}?consistency=strong`);
  const { rows } = await api.pool.query<{ hold_id: string; ended_as: string | null }>(
    'select hold_id, ended_as from holds where wallet_id = $1 order by hold_id',
    [walletId],
  );
  const ends = Object.fromEntries(rows.map(({ hold_id, ended_as }) => [hold_id, ended_as]));
  return { version: body.version, status: body.status, ends };
}

/** Keeps the keys of the steps that are submitted. */
function recording(fails: (walletId: string) => boolean = () => false) {
  const keys: string[] = [];
  const submit: SubmitStep = async (step, command) => {
    keys.push(keyOfStep(step));
    if (fails(command.walletId)) throw new Error('it does not answer');
    return submitStep(step, command);
  };
  return { keys, submitStep: submit };
}

describe('a sweep', () => {
  it('releases every hold that expired, and no other one', async () => {
    const [first, second, third] = walletIds;
    await makeDue(first as string);
    await makeDue(second as string, 'h-1');
    await makeDue(second as string, 'h-2', '2 hours');
    expect(await sweep()).toEqual({ wallets: 2, reason: 'budget' });
    expect(await stateOf(first)).toMatchObject({ version: 4, ends: { 'h-1': 'expired', 'h-2': null } });
    expect(await stateOf(second)).toMatchObject({ version: 5, ends: { 'h-1': 'expired', 'h-2': 'expired' } });
    expect(await stateOf(third)).toMatchObject({ version: 3, ends: { 'h-1': null, 'h-2': null } });
    expect(await sweep()).toEqual({ wallets: 0, reason: 'budget' });
  });

  it('ends a freeze whose time has come', async () => {
    const [walletId] = walletIds;
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const frozen = await post(api, `/wallets/${walletId}/freeze`, { scope: 'all', reason: 'a check', until });
    expect(frozen.status).toBe(200);
    expect(await sweep()).toEqual({ wallets: 0, reason: 'budget' });
    await changeLog(
      api.pool,
      `update wallets set terms = jsonb_set(terms, '{until}', '"2026-01-01T00:00:00.000Z"') where id = $1`,
      [walletId],
    );
    expect(await sweep()).toEqual({ wallets: 1, reason: 'budget' });
    expect(await stateOf(walletId)).toMatchObject({ version: 5, status: 'active' });
    expect(await sweep()).toEqual({ wallets: 0, reason: 'budget' });
  });

  it('repeats its keys in each attempt, and has new ones in the next run', async () => {
    await makeDue(walletIds[0] as string);
    const fails = () => true;
    const [attempt, again, next] = [recording(fails), recording(fails), recording()];
    const runId = randomUUID();
    await expect(sweep({ runId, ...attempt })).rejects.toThrow(
      'on 1 wallets did not end: it does not answer',
    );
    await expect(sweep({ runId, ...again })).rejects.toThrow('it does not answer');
    expect(again.keys).toEqual(attempt.keys);
    // The clock of the database has stepped back: the command of this run found nothing that is due.
    await sweep(next);
    expect(next.keys).toHaveLength(1);
    expect(next.keys).not.toEqual(attempt.keys);
  });

  it('ends what is due on all other wallets if one fails', async () => {
    const [first, second, third] = walletIds;
    for (const walletId of walletIds) await makeDue(walletId);
    const failing = recording((walletId) => walletId === first);
    await expect(sweep(failing)).rejects.toThrow('what is due on 1 wallets did not end: it does not answer');
    expect(await stateOf(first)).toMatchObject({ ends: { 'h-1': null } });
    for (const walletId of [second, third])
      expect(await stateOf(walletId)).toMatchObject({ ends: { 'h-1': 'expired' } });
    expect(await sweep()).toMatchObject({ wallets: 1 });
  });

  it('does nothing below the level of holds', async () => {
    await makeDue(walletIds[0] as string);
    const { keys, submitStep: submit } = recording();
    await changeLog(api.pool, 'update log_head set level = $1', [levels.walletState - 1]);
    expect(await sweep({ submitStep: submit })).toEqual({ wallets: 0, reason: 'budget' });
    await changeLog(api.pool, 'update log_head set level = $1', [levelMax]);
    expect(keys).toEqual([]);
    expect(await sweep({ submitStep: submit })).toEqual({ wallets: 1, reason: 'budget' });
  });

  it('goes on until its worker stops, and takes two slots of a worker at most', async () => {
    const stopping = new AbortController();
    const { endDue } = createSweepActivities({
      ...{ pool: api.pool, submitStep, stopping: stopping.signal },
      ...{ now: () => performance.now(), budgetMs: 3_600_000 },
    });
    const run = () => new MockActivityEnvironment().run(endDue);
    const running = Array.from({ length: sweepsMax }, run);
    expect(await run()).toEqual({ wallets: 0, reason: 'superseded' });
    await makeDue(walletIds[0] as string);
    await eventually(async () => (await stateOf(walletIds[0])).ends['h-1'] === 'expired');
    stopping.abort();
    expect(await Promise.all(running)).toMatchObject([{ reason: 'shutdown' }, { reason: 'shutdown' }]);
  });
});

it('a page of due holds begins after the last row of the page before', async () => {
  for (const walletId of walletIds) for (const holdId of ['h-1', 'h-2']) await makeDue(walletId, holdId);
  const found: string[] = [];
  let after: Parameters<typeof readExpiredHolds>[1];
  do {
    const page = await readExpiredHolds(api.pool, after, 4);
    expect(page.wallets.length).toBeLessThanOrEqual(4);
    found.push(...page.wallets.map(({ walletId, due }) => `${walletId} ${due.split(' ')[1]}`));
    after = page.next;
  } while (after !== undefined);
  expect(new Set(found).size).toBe(found.length);
  expect(new Set(found.map((row) => row.split(' ')[0]))).toEqual(new Set(walletIds));
});

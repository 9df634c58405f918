// A log that lacks events stops what needs them: finally, in words, and for no longer than they are missing.
import { readFileSync } from 'node:fs';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conditions } from '../../src/health/conditions/conditions.ts';
import { readPostgresFacts } from '../../src/health/facts/postgresFacts.ts';
import { judge } from '../../src/health/judge.ts';
import { drainBatch } from '../../src/projections/drain/drainBatch.ts';
import { skipParked } from '../../src/projections/parked/resolveParked.ts';
import { drainLedger, drainReadModel, rebuildLedger } from '../../src/workflows/index.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { changeLog } from '../support/changeLog.ts';
import { changed } from '../support/healthFacts.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';
import { processOver } from '../support/workerActivities.ts';

let temporal: TemporalFixture;
let fixture: ProjectionFixture;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n, 2n, 3n]));
  await fixture.pool.query('create table backup as select * from events');
});
afterEach(() => fixture.close());

/** Which positions of 1 to 4 are lost, up to where a drain still comes, and what it says. */
const gaps: Readonly<Record<string, readonly [string, bigint, string]>> = {
  'at the beginning': ['= 1', 0n, 'no event at position 1, but one at 2 (version 2 of wallet wallet-001)'],
  'in the middle': ['= 2', 1n, 'no event at position 2, but one at 3 (version 3 of wallet wallet-001)'],
  'of two events': ['in (2, 3)', 1n, 'no event at position 2, but one at 4 (version 4 of wallet wallet-001)'],
  'at the end': ['>= 3', 2n, 'no event at position 3, and its head is 4'],
  'that is the whole log': ['>= 1', 0n, 'no event at position 1, and its head is 4'],
};

function lose(positions: string): Promise<void> {
  return changeLog(fixture.pool, `delete from events where position ${positions}`);
}

function restore() {
  return fixture.pool.query('insert into events select * from backup on conflict do nothing');
}

/** Subjects and problems of the condition `log-gap`. */
async function findings() {
  const { projections, headPosition } = await readPostgresFacts(fixture.pool, fixture.indexPrefix);
  return judge(changed('postgres', { projections, headPosition }), conditions)
    .filter(({ name }) => name === 'log-gap')
    .map(({ subject, problem }) => ({ subject, problem }));
}

let runs = 0;
function run(workflow: typeof drainLedger | typeof drainReadModel | typeof rebuildLedger) {
  runs += 1;
  return temporal.client.workflow.execute<() => Promise<unknown>>(workflow, {
    taskQueue: temporal.taskQueue,
    workflowId: `${temporal.taskQueue}-log-gap-${runs}`,
  });
}

async function withWorker(work: () => Promise<void>): Promise<void> {
  const worker = await temporal.createWorker(processOver(fixture, { budgetMs: 100 }).activities);
  await worker.runUntil(work);
}

/** The words with which the run failed. */
async function failureOf(workflow: Parameters<typeof run>[0]): Promise<string> {
  const error = await run(workflow).then(
    () => new Error('the run did not fail'),
    (failure: unknown) => failure,
  );
  if (!(error instanceof WorkflowFailedError)) throw error;
  const words: string[] = [];
  for (let cause: Error | undefined = error.cause; cause !== undefined; cause = cause.cause as Error) {
    if (cause instanceof ApplicationFailure) words.push(cause.message);
  }
  return words.join(' | ');
}

describe.each(Object.entries(gaps))('a gap %s', (_, [positions, before, words]) => {
  it('stops a drain after the events before it, is a finding, and is over when it is repaired', async () => {
    const { pool, ledger } = fixture;
    await lose(positions);
    await expect(drainAll(pool, ledger)).rejects.toThrow(words);
    const { rows } = await pool.query(
      "select position from projector_checkpoints where projection = 'ledger'",
    );
    expect(rows).toEqual([{ position: String(before) }]);
    expect(await findings()).toContainEqual({
      subject: 'ledger',
      problem: expect.stringContaining(`ledger stops before position ${before + 1n}, because `) as string,
    });
    await restore();
    expect(await drainAll(pool, ledger)).toMatchObject({ position: 4n });
    expect(await findings()).toEqual([]);
  });
});

it('ends drains and the rebuild of the ledger in words, and the next runs succeed after the repair', async () => {
  const { pool, ledger, readModel } = fixture;
  // Otherwise a drain whose budget is short may end well before it comes to the gap.
  for (const projection of [ledger, readModel]) await drainBatch(pool, projection, 1);
  await withWorker(async () => {
    await lose('= 4');
    expect(await failureOf(rebuildLedger)).toContain('no event at position 4, and its head is 4');
    await lose('= 2');
    expect(await failureOf(drainLedger)).toContain('no event at position 2, but one at 3');
    expect(await failureOf(drainReadModel)).toContain('3 events wait');
    expect(await failureOf(rebuildLedger)).toContain('no event at position 2');
    await restore();
    expect(await run(drainReadModel)).toMatchObject({ position: 4, reason: 'budget' });
    expect(await run(rebuildLedger)).toMatchObject({ position: 4, entries: 8 });
  });
});

it('a declared loss, as the docs have it, is parked by both projections and can be skipped', async () => {
  const { pool, ledger, readModel } = fixture;
  await lose('= 2');
  const page = readFileSync('docs/operations.md', 'utf8');
  const statement = /```sql not-run="the loss of an event"\n(.*?)```/s.exec(page)?.[1] ?? '';
  await pool.query(statement.replaceAll('$position', '2').replaceAll('$wallet', 'wallet-001'));
  for (const projection of [ledger, readModel]) {
    expect(await drainAll(pool, projection)).toMatchObject({ position: 4n, parked: 1 });
    await skipParked(pool, projection.name, 2n, 'lost');
  }
  expect(await findings()).toEqual([]);
  // The event after the lost one carries the balance, so the read model is right again.
  expect(await fixture.queries.getWalletDocument('wallet-001')).toMatchObject({ version: 4 });
});

it('a version that a stream lacks, without a gap in the positions, does not stop a drain', async () => {
  const { pool, ledger, readModel } = fixture;
  await changeLog(pool, 'update events set version = version + 10 where position >= 3');
  for (const projection of [ledger, readModel]) {
    expect(await drainAll(pool, projection)).toMatchObject({ position: 4n });
  }
  expect(await drainBatch(pool, ledger, 10)).toMatchObject({ processed: 0 });
});

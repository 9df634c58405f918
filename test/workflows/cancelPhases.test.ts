// A cancel closes a recovery in whatever step it is, and nothing else has to happen first. Every recovery
// runs once without hindrance, and the activities that it called are its steps. Then a silent store holds
// each of them, and a store that fails at every attempt holds one of each recovery.
import { Context } from '@temporalio/activity';
import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Activities, type ActivityDeps, createActivities } from '../../src/activities/activities.ts';
import { withHeartbeats } from '../../src/activities/heartbeats.ts';
import { type RecoveryKind, recoveryKinds } from '../../src/workflows/recovery/recoveryKinds.ts';
import { eventually } from '../support/eventually.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';

const checksum = { count: 0, sum: '0000000000000000' };
const compared = { events: 1, differences: [], differencesCount: 0, done: true };
const comparison = { ...compared, wallets: 0, expected: checksum, held: checksum, after: 'z' };
const chunk = { count: 0, after: 0, done: true, restored: 0 };
const coverage = { parked: 0, skipped: 0 };

/** What each activity answers if it is not held. The compiler asks for every one of them. */
const answers: Readonly<Record<keyof Activities, unknown>> = {
  drainProjection: null,
  submitCommand: null,
  endDue: null,
  keepSegments: null,
  retryWebhooks: null,
  restoreOutboxRows: chunk,
  makeParkedDue: 0,
  projectStaleEvents: chunk,
  pruneOutboxRows: chunk,
  pruneIdempotencyKeys: chunk,
  mendWallet: { version: 1, events: 1, row: [], document: [] },
  readLogHead: 1,
  readUncompared: { ...coverage, comparable: 0 },
  awaitProjections: { ...coverage, comparable: 1 },
  verifyEvents: { ...compared, after: 1 },
  verifyRecords: { ...compared, after: '', records: 0 },
  verifyWallets: comparison,
  verifyLog: { ...compared, after: 0 },
  verifyLedgerSums: { differences: [], differencesCount: 0 },
  prepareReadModelRebuild: { from: 'wallets-1', to: 'wallets-2', position: 0 },
  cutWallets: ['', 'z'],
  fillReadModelIndex: { after: 'z', wallets: 0, events: 0, refused: 0, broken: 0, done: true },
  finishReadModelIndex: null,
  compareReadModelIndex: comparison,
  switchReadModel: null,
  removeOtherReadModelIndexes: null,
  prepareLedgerRebuild: { head: 0 },
  fillLedgerRebuild: { position: 0, done: true },
  indexLedgerRebuild: null,
  verifyLedgerRebuild: 0,
  swapLedgerRebuild: { swapped: true, refused: 0 },
  dropReplacedLedger: null,
  discardLedgerRebuild: null,
  listArchiveWork: [{ segment: 1, events: 1, step: null }],
  takeArchiveStep: 'done',
  listArchivedSegments: [{ segment: 1, events: 1, step: 'dropped' }],
  verifyArchivedSegment: null,
  restoreArchivedSegment: 1,
  releaseArchivedSegment: true,
};

/** They undo what a recovery made. A cancel waits for them, for a bounded time. */
const cleanUps = ['removeOtherReadModelIndexes', 'discardLedgerRebuild', 'dropReplacedLedger'];
/** After them the rebuilt copy is in use. A cancel ends the recovery and does not undo it. */
const afterSuccess = ['removeOtherReadModelIndexes', 'dropReplacedLedger'];

type Hold = 'silent' | 'fails' | 'fails, and so do the clean-ups' | 'refuses, and its clean-ups fail';
interface Held {
  readonly step: string;
  readonly how: Hold;
}

/** What each workflow is held by; children are found by the beginning of their id. */
const holds = new Map<string, Held>();
/** The activities that each workflow has called. */
const called = new Map<string, Set<string>>();

function actingFor(name: keyof Activities): () => Promise<unknown> {
  return async () => {
    const { workflowExecution } = Context.current().info;
    const workflowId = workflowExecution?.workflowId.split('/')[0] ?? '';
    called.set(workflowId, (called.get(workflowId) ?? new Set()).add(name));
    const { step, how } = holds.get(workflowId) ?? { step: 'none', how: 'silent' };
    const isHeld = step === name || (how.includes('clean-ups') && cleanUps.includes(name));
    if (!isHeld) return answers[name];
    if (how === 'silent') return withHeartbeats({ details: () => undefined }, statementThatCanBeEnded);
    if (how.startsWith('refuses') && step === name)
      throw ApplicationFailure.nonRetryable('permission denied');
    throw new Error('the store is away');
  };
}

/** It never ends by itself. A signal ends it, as it ends a statement. */
function statementThatCanBeEnded(): Promise<never> {
  const { cancellationSignal: signal } = Context.current();
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => {
    reject(signal.reason as Error);
  });
  return promise;
}

const names = Object.keys(createActivities({} as ActivityDeps)) as (keyof Activities)[];
const activities = Object.fromEntries(names.map((name) => [name, actingFor(name)])) as unknown as Activities;

const argumentsOf: Readonly<Record<string, object>> = {
  rebuildWalletReadModel: { walletId: 'wallet-1' },
  rebuildAllReadModels: { graceS: 0, slices: 1 },
  verifyProjections: { waitS: 60 },
  restoreSegment: { segment: 1 },
  releaseSegment: { segment: 1 },
};

let temporal: TemporalFixture;
let worker: Worker;
let working: Promise<void>;
beforeAll(async () => {
  temporal = await createTemporalFixture();
  worker = await temporal.createWorker(activities);
  working = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await working;
  await temporal.close();
});

let runs = 0;
async function start(kind: RecoveryKind, held?: Held, isPaused = false): Promise<WorkflowHandle> {
  runs += 1;
  const workflowId = `${temporal.taskQueue}-${kind}-${runs}`;
  if (held !== undefined) holds.set(workflowId, held);
  const argument = argumentsOf[kind] ?? {};
  const options = { workflowId, taskQueue: temporal.taskQueue, args: [argument] };
  return isPaused
    ? temporal.client.workflow.signalWithStart(kind, { ...options, signal: 'pause' })
    : temporal.client.workflow.start(kind, options);
}

/** The recoveries and the activities that each one calls when nothing is in its way. */
async function stepsOfAll(): Promise<ReadonlyMap<RecoveryKind, readonly string[]>> {
  const steps = new Map<RecoveryKind, readonly string[]>();
  for (const kind of Object.keys(recoveryKinds) as RecoveryKind[]) {
    const handle = await start(kind);
    await handle.result();
    steps.set(kind, [...(called.get(handle.workflowId) ?? [])]);
  }
  return steps;
}

/** Few at a time: many at once keep a busy machine from answering queries and from holding heartbeats. */
const casesAtOnce = 6;

async function fewAtATime(cases: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...cases];
  const one = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next();
  };
  await Promise.all(Array.from({ length: casesAtOnce }, one));
}

/** Until the step has begun, or has failed at least once. */
function isAt(handle: WorkflowHandle, step: string): Promise<true> {
  return eventually(() => called.get(handle.workflowId)?.has(step) === true && (true as const));
}

/** The bound is far below an activity's own limits. A recovery that waits for its store never closes. */
function stateAfterCancel(handle: WorkflowHandle): Promise<string> {
  return eventually(async () => {
    const { status } = await handle.describe();
    return status.name !== 'RUNNING' && status.name;
  });
}

async function cancelAt(kind: RecoveryKind, held: Held): Promise<void> {
  const handle = await start(kind, held);
  await isAt(handle, held.step);
  await handle.cancel();
  const state = await stateAfterCancel(handle);
  const allowed = afterSuccess.includes(held.step) ? ['COMPLETED', 'CANCELLED'] : ['CANCELLED'];
  expect(allowed, `${kind} held in ${held.step}, which ${held.how}`).toContain(state);
}

it('a cancel closes every recovery in each of its steps', { timeout: 120_000 }, async () => {
  const steps = await stepsOfAll();
  const reached = new Set([...steps.values()].flat());
  // A drain and a command are no steps of a recovery, and a discard follows only a failure.
  const elsewhere = [
    'drainProjection',
    'submitCommand',
    'endDue',
    'retryWebhooks',
    'keepSegments',
    'discardLedgerRebuild',
  ];
  expect([...reached].toSorted()).toEqual(names.filter((name) => !elsewhere.includes(name)).toSorted());
  await fewAtATime(
    [...steps].flatMap(([kind, of]) => [
      ...of.map((step) => () => cancelAt(kind, { step, how: 'silent' })),
      () => cancelAt(kind, { step: of.at(-1) ?? '', how: 'fails' }),
    ]),
  );
});

it('a cancel closes every recovery that is paused, and one whose clean-up fails', async () => {
  const how = 'fails, and so do the clean-ups';
  await fewAtATime([
    () => cancelAt('rebuildLedger', { step: 'fillLedgerRebuild', how }),
    () => cancelAt('rebuildAllReadModels', { step: 'fillReadModelIndex', how }),
    ...(Object.keys(recoveryKinds) as RecoveryKind[]).map((kind) => async () => {
      const handle = await start(kind, undefined, true);
      await eventually(async () => (await handle.query<{ status: string }>('progress')).status === 'paused');
      await handle.cancel();
      expect(await stateAfterCancel(handle), kind).toBe('CANCELLED');
    }),
  ]);
});

it('a recovery that fails says what its clean-up left, and its own failure stays the outcome', async () => {
  const handle = await start('rebuildLedger', {
    step: 'fillLedgerRebuild',
    how: 'refuses, and its clean-ups fail',
  });
  await expect(handle.result()).rejects.toThrow();
  const { currentDetails } = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toContain('permission denied');
  expect(currentDetails).toContain(
    'the second table could not be removed: the store is away. The next rebuild removes it.',
  );
});

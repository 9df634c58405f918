import { Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter, type Payload as IPayload } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Activities, type ActivityDeps, createActivities } from '../../src/activities/activities.ts';
import { withHeartbeats } from '../../src/activities/heartbeats.ts';
import * as workflows from '../../src/workflows/index.ts';
import { eventually } from '../support/eventually.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';

const types = Object.keys(workflows).filter((name) => name !== 'default');

/** Every kind of value that somebody may type or send. */
const badValues: Readonly<Record<string, unknown>> = {
  null: null,
  text: 'now',
  list: [null, {}],
  unknownMember: JSON.parse('{"__proto__": {"walletId": "a"}, "constructor": 1}') as unknown,
  nul: { walletId: 'a\0b', index: 'a\0b', projection: 'a\0b' },
  huge: { walletId: 'x'.repeat(20_000), ['y'.repeat(20_000)]: 1 },
  wrongTypes: { events: 'many', differences: -1, place: 1, position: 1e300, progress: null, figures: [] },
};

/** What `tctl` and other SDKs send if the JSON is no JSON, or in an encoding of their own. */
const undecodable = {
  brokenJson: { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"walletId') },
  unknownEncoding: { metadata: { encoding: Buffer.from('their/own') }, data: Buffer.from([0, 255]) },
};

/** The values that are also sent as a second argument, which a run hands to the run that continues it. */
const forSecond = ['null', 'list', 'wrongTypes'];

/** Far above the 5 s of the longest test, because a busy machine gives it a tenth of a core. */
const waitMaxMs = 200_000;
const testMaxMs = 240_000;

/** An argument with which the workflow begins its work. */
function argumentOf(type: string): unknown {
  if (type.endsWith('Slice'))
    return { index: 'x', position: 1, after: '', until: 'b', walletsPerPage: 1, reportEvery: 1 };
  if (type === 'drainProjection') return 'ledger';
  if (type === 'webhookRetry') return { endpointId: 'whe_0' };
  if (['restoreSegment', 'releaseSegment', 'verifyArchive'].includes(type)) return { segment: 1 };
  return type === 'rebuildWalletReadModel' ? { walletId: 'wallet-1' } : {};
}

/** Names of signals: known ones, and one that nobody knows. */
const names = ['pause', 'sliceProgress', 'unknown\u202e\0'];
/** The SDK reserves this name. A signal of it is dropped before anything reads what it carries. */
const reservedName = '__temporal_reserved';

/** How runs stand after their first task: they wait for an activity, or ended with these words. */
const stands = new Map<string, string>();

/** Every activity waits until it is cancelled. So a workflow that took its arguments stays open. */
const waiting = Object.fromEntries(
  Object.keys(createActivities({} as ActivityDeps)).map((name) => [
    name,
    () => {
      stands.set(Context.current().info.workflowExecution?.workflowId ?? '', 'waits');
      return withHeartbeats({ details: () => undefined }, () => Context.current().cancelled);
    },
  ]),
) as unknown as Activities;

let temporal: TemporalFixture;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());

let runs = 0;
const nextId = () => `${temporal.taskQueue}-foreign-${(runs += 1)}`;

type Sent = IPayload[];
const readable = Object.entries(badValues).map(([name, value]): [string, Sent] => [
  name,
  [defaultPayloadConverter.toPayload(value)],
]);
const unreadable = Object.entries(undecodable).map(([name, payload]): [string, Sent] => [name, [payload]]);
/** An interceptor makes a text of what is unreadable, before any type sees it. So two types stand for all. */
const badFor = (type: string) =>
  ['rebuildLedger', 'webhookRetry'].includes(type) ? [...readable, ...unreadable] : readable;

interface Started {
  readonly id: string;
  readonly what: string;
}

/** Starts a workflow with payloads that no client of the SDK would write. */
async function start(type: string, payloads: Sent, what = type): Promise<Started> {
  const workflowId = nextId();
  await temporal.client.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId,
    workflowType: { name: type },
    taskQueue: { name: temporal.taskQueue },
    input: { payloads },
    requestId: workflowId,
  });
  return { id: workflowId, what };
}

/** Keeps how the run ends. Temporal tells it, so nobody asks again and again. */
async function watch({ id }: Started): Promise<void> {
  const end: unknown = await temporal.client.workflow
    .getHandle(id)
    .result()
    .catch((error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error));
  stands.set(id, end instanceof ApplicationFailure ? end.message : String(end));
}

/** Waits until every run stands. A run whose task fails never does, so the wait ends in an error. */
async function settle(started: readonly Started[]): Promise<readonly (Started & { stand: string })[]> {
  for (const run of started) void watch(run);
  return eventually(() => {
    const late = started.filter(({ id }) => !stands.has(id));
    if (late.length > 0) throw new Error(`in their first tasks: ${late.map(({ what }) => what).join(', ')}`);
    return started.map((run) => ({ ...run, stand: stands.get(run.id) ?? '' }));
  }, waitMaxMs);
}

async function end(runs: readonly Started[]): Promise<void> {
  const { workflow } = temporal.client;
  await Promise.all(runs.map(({ id }) => workflow.getHandle(id).terminate('the test is done')));
}

const withWorker = async <T>(work: () => Promise<T>) => (await temporal.createWorker(waiting)).runUntil(work);

describe('whatever is sent to a workflow', { timeout: testMaxMs }, () => {
  it('as its arguments ends it in words, or is ignored', async () => {
    const good = defaultPayloadConverter.toPayload({});
    await withWorker(async () => {
      // The runs of one type at a time: all of them at once keep a busy Temporal from answering polls.
      for (const type of types) {
        const bad = badFor(type);
        const second = bad.filter(([name]) => forSecond.includes(name));
        const started = await Promise.all([
          ...bad.map(([name, payloads]) => start(type, payloads, `${type} ${name}`)),
          ...second.map(([name, payloads]) => start(type, [good, ...payloads], `${type} {} ${name}`)),
        ]);
        const settled = await settle(started);
        for (const { what, stand } of settled)
          expect(stand, what).toMatch(/^(waits$|(the |there |\w+ (has no|must|is missing)).{0,300}$)/);
        await end(settled.filter(({ stand }) => stand === 'waits'));
      }
    });
  });

  it('as signals, updates and queries leaves it open, and the details say what was ignored', async () => {
    const started = await Promise.all(
      types.map((type) => start(type, [defaultPayloadConverter.toPayload(argumentOf(type))])),
    );
    await Promise.all(
      started.flatMap((run) => [
        ...names.flatMap((name) => badFor(run.what).map(([, payloads]) => signal(run, name, payloads))),
        signal(run, reservedName, []),
      ]),
    );
    await Promise.all(started.map((run) => signal(run, 'resume', [])));
    await withWorker(async () => {
      for (const { what, stand } of await settle(started)) expect(stand, what).toBe('waits');
      await Promise.all(started.map(askBadly));
      await end(started);
    });
  });

  it('as an unknown type ends at once, in words', async () => {
    await withWorker(async () => {
      const unknown = ['rebuildLedgr', 'constructor', 'x\u202e\u001b[31m'];
      for (const { what, stand } of await settle(await Promise.all(unknown.map((type) => start(type, [])))))
        expect(stand, what).toMatch(/^there is no workflow type ".{7,30}" here; recoveries are retry/);
    });
  });
});

/** Asks an open run, which has to stay open and to answer as one that nobody asked badly. */
async function askBadly({ id, what }: Started): Promise<void> {
  const handle = temporal.client.workflow.getHandle(id);
  for (const value of [null, 'now', { unknown: 1 }, 'x'.repeat(100_000)]) {
    await handle.query('progress', value).catch(expectRefusal);
    await handle.executeUpdate('pause', { args: [value] }).catch(expectRefusal);
  }
  // A name that nobody knows is refused whatever comes with it.
  await handle.query('nobody', null).catch(expectRefusal);
  await handle.executeUpdate('nobody', { args: [null] }).catch(expectRefusal);
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails, what).toContain('Ignored');
  expect(currentDetails.length, what).toBeLessThan(1_000);
  expect((await handle.describe()).status.name, what).toBe('RUNNING');
}

function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).name).toMatch(/^(QueryNotRegisteredError|WorkflowUpdateFailedError)$/);
}

async function signal({ id }: Started, signalName: string, payloads: Sent): Promise<void> {
  runs += 1;
  await temporal.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: id },
    signalName,
    input: { payloads },
    requestId: String(runs),
  });
}

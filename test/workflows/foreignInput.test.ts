import { Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { defaultPayloadConverter, type Payload as IPayload } from '@temporalio/common';
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

/** An argument with which the workflow begins its work. */
function argumentOf(type: string): unknown {
  if (type.endsWith('Slice'))
    return { index: 'x', position: 1, after: '', until: 'b', walletsPerPage: 1, reportEvery: 1 };
  if (type === 'drainProjection') return 'ledger';
  if (type === 'webhookRetry') return { endpointId: 'whe_0' };
  if (['restoreSegment', 'releaseSegment', 'verifyArchive'].includes(type)) return { segment: 1 };
  return type === 'rebuildWalletReadModel' ? { walletId: 'wallet-1' } : {};
}

/** Names of signals: known ones, one that nobody knows, and one that the SDK reserves. */
const names = ['pause', 'sliceProgress', 'unknown\u202e\0', '__temporal_reserved'];

/** Every activity waits until it is cancelled. So a workflow that took its arguments stays open. */
const waiting = Object.fromEntries(
  Object.keys(createActivities({} as ActivityDeps)).map((name) => [
    name,
    () => withHeartbeats({ details: () => undefined }, () => Context.current().cancelled),
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
const encoded = Object.entries(badValues).map(([name, value]): [string, Sent] => [
  name,
  [defaultPayloadConverter.toPayload(value)],
]);
const bad: [string, Sent][] = [
  ...encoded,
  ...Object.entries(undecodable).map(([n, p]): [string, Sent] => [n, [p]]),
];

/** Starts a workflow with payloads that no client of the SDK would write. */
async function start(type: string, payloads: Sent): Promise<string> {
  const workflowId = nextId();
  await temporal.client.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId,
    workflowType: { name: type },
    taskQueue: { name: temporal.taskQueue },
    input: { payloads },
    requestId: workflowId,
  });
  return workflowId;
}

/**
 * How a run stands after its first task: closed, or waiting for an activity. A run whose task fails never
 * stands there, so the wait ends in an error.
 */
async function settled(workflowId: string): Promise<string> {
  return eventually(async () => {
    const { raw, status } = await temporal.client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return status.name;
    if ((raw.pendingActivities?.length ?? 0) > 0) return 'waits';
    return undefined;
  });
}

async function failureOf(workflowId: string): Promise<string> {
  const failure: unknown = await temporal.client.workflow
    .getHandle(workflowId)
    .result()
    .catch((error: unknown) => error);
  return failure instanceof WorkflowFailedError ? (failure.cause?.message ?? '') : String(failure);
}

async function end(workflowIds: readonly string[]): Promise<void> {
  const { workflow } = temporal.client;
  await Promise.all(workflowIds.map((id) => workflow.getHandle(id).terminate('the test is done')));
}

const withWorker = async <T>(work: () => Promise<T>) => (await temporal.createWorker(waiting)).runUntil(work);

describe('whatever is sent to a workflow', () => {
  it('as its arguments ends it in words, or is ignored', async () => {
    const good = [defaultPayloadConverter.toPayload({})];
    const started = await Promise.all(
      types.flatMap((type) => [
        ...bad.map(async ([name, payloads]) => ({
          id: await start(type, payloads),
          what: `${type} ${name}`,
        })),
        ...bad
          .filter(([name]) => forSecond.includes(name))
          .map(async ([name, payloads]) => ({
            id: await start(type, [...good, ...payloads]),
            what: `${type} {} ${name}`,
          })),
      ]),
    );
    await withWorker(async () => {
      const ends = await Promise.all(
        started.map(async ({ id, what }) => ({ id, what, state: await settled(id) })),
      );
      for (const { what, state } of ends) expect(state, what).toMatch(/^(waits|FAILED)$/);
      const failed = ends.filter(({ state }) => state === 'FAILED');
      for (const message of await Promise.all(failed.map(({ id }) => failureOf(id))))
        expect(message).toMatch(/^(the |there |\w+ (has no|must|is missing)).{0,300}$/);
      await end(ends.filter(({ state }) => state === 'waits').map(({ id }) => id));
    });
  });

  it('as signals, updates and queries leaves it open, and the details say what was ignored', async () => {
    const started = await Promise.all(
      types.map(async (type) => ({
        type,
        id: await start(type, [defaultPayloadConverter.toPayload(argumentOf(type))]),
      })),
    );
    await Promise.all(
      started.flatMap(({ id }) =>
        names.flatMap((name) => bad.map(([, payloads]) => signal(id, name, payloads))),
      ),
    );
    await Promise.all(started.map(({ id }) => signal(id, 'resume', [])));
    await withWorker(async () => {
      for (const { type, id } of started) {
        expect(await settled(id), type).toBe('waits');
        const handle = temporal.client.workflow.getHandle(id);
        for (const name of ['progress', 'pause', 'nobody'])
          for (const value of [null, 'now', { unknown: 1 }, 'x'.repeat(100_000)]) {
            await handle.query(name, value).catch(expectRefusal);
            await handle.executeUpdate(name, { args: [value] }).catch(expectRefusal);
          }
        const { currentDetails } = await handle.query<{ currentDetails: string }>(
          '__temporal_workflow_metadata',
        );
        expect(currentDetails, type).toContain('Ignored');
        expect(currentDetails.length, type).toBeLessThan(1_000);
        expect(await settled(id), type).toBe('waits');
      }
      await end(started.map(({ id }) => id));
    });
  });

  it('as an unknown type ends at once, in words', async () => {
    await withWorker(async () => {
      for (const type of ['rebuildLedgr', 'constructor', 'x\u202e\u001b[31m']) {
        const id = await start(type, []);
        expect(await settled(id)).toBe('FAILED');
        expect(await failureOf(id)).toMatch(
          /^there is no workflow type ".{7,30}" here; recoveries are retry/,
        );
      }
    });
  });
});

function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).name).toMatch(/^(QueryNotRegisteredError|WorkflowUpdateFailedError)$/);
}

async function signal(workflowId: string, signalName: string, payloads: Sent): Promise<void> {
  runs += 1;
  await temporal.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName,
    input: { payloads },
    requestId: String(runs),
  });
}

import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { recoveryConditions } from '../../../src/health/conditions/recoveryConditions.ts';
import { readRecoveryHealth } from '../../../src/temporal/recoveryHealth.ts';
import { changed } from '../../support/healthFacts.ts';

const coverage = (complete: boolean) => ({ coverage: { complete } });
/** What a run of a verification can come to. */
const outcomes = {
  clean: ['COMPLETED', { differencesCount: 0, remaining: null, ...coverage(true) }],
  repaired: ['COMPLETED', { differencesCount: 3, remaining: { differencesCount: 0 }, ...coverage(true) }],
  cleanOfOldRelease: ['COMPLETED', { differencesCount: 0, remaining: null }],
  two: ['COMPLETED', { differencesCount: 2, remaining: null, ...coverage(true) }],
  five: ['COMPLETED', { differencesCount: 5, remaining: null, ...coverage(true) }],
  partOfTwo: ['COMPLETED', { differencesCount: 2, remaining: null, ...coverage(false) }],
  part: ['COMPLETED', { differencesCount: 0, remaining: null, ...coverage(false) }],
  partRepaired: [
    'COMPLETED',
    { differencesCount: 2, remaining: { differencesCount: 0 }, ...coverage(false) },
  ],
  failed: ['FAILED', undefined],
  cancelled: ['CANCELLED', undefined],
  terminated: ['TERMINATED', undefined],
  timedOut: ['TIMED_OUT', undefined],
} as const;
type Outcome = keyof typeof outcomes;

const isSettled = (outcome: Outcome) => ['clean', 'repaired', 'cleanOfOldRelease'].includes(outcome);
const differencesOf: Partial<Record<Outcome, number>> = { two: 2, five: 5, partOfTwo: 2 };
const names = Object.keys(outcomes) as Outcome[];
const sequences = names.flatMap((first) =>
  names.flatMap((second) => [[first, second], ...names.map((third) => [first, second, third])]),
);

/** The runs as Temporal lists them, the latest first. Every second one was started by a schedule. */
function clientWith(sequence: readonly Outcome[], otherRuns = 0) {
  let resultsRead = 0;
  const verifications = sequence.map((outcome, at) => ({
    workflowId: at % 2 === 0 ? 'verify-projections' : `verify-projections-${at}`,
    ...{ runId: `run-${at}`, type: 'verifyProjections', status: { name: outcomes[outcome][0] } },
    ...{ startTime: new Date(at), closeTime: new Date(at), result: outcomes[outcome][1] },
  }));
  const rebuilds = Array.from({ length: otherRuns }, (_, at) => ({
    workflowId: `rebuild-wallet-${at}`,
    ...{ runId: `rebuild-${at}`, type: 'rebuildWalletReadModel', status: { name: 'COMPLETED' } },
    ...{ startTime: new Date(at), closeTime: new Date(at), result: {} },
  }));
  const runs = [...rebuilds, ...verifications.toReversed()];
  const client = {
    workflow: {
      // eslint-disable-next-line @typescript-eslint/require-await
      async *list({ query }: { readonly query: string }) {
        const isEnded = query.includes("ExecutionStatus = 'Completed'");
        yield* runs.filter(
          ({ status, type }) => !isEnded || (status.name === 'COMPLETED' && type === 'verifyProjections'),
        );
      },
      getHandle: (_: string, runId: string) => ({
        result: () => {
          resultsRead += 1;
          return Promise.resolve(runs.find((run) => run.runId === runId)?.result);
        },
      }),
    },
  } as unknown as Client;
  return { client, resultsRead: () => resultsRead };
}

const config = { TEMPORAL_NAMESPACE: 'default', TEMPORAL_TASK_QUEUE: 'q', SCHEDULE_ID_PREFIX: '' };
const reading = (client: Client) => readRecoveryHealth(client, config, (work) => work());

async function problemsOf(client: Client): Promise<readonly string[]> {
  const recoveries = await reading(client)();
  const check = recoveryConditions.find(({ name }) => name === 'differences-found')?.check;
  return (check?.(changed('temporal', { recoveries })) ?? []).map(({ problem }) => problem);
}

it('differences stay a finding, whatever ran later, until all was compared', async () => {
  const wrong: string[] = [];
  for (const sequence of sequences) {
    const latestFirst = sequence.toReversed();
    const last = latestFirst.find((outcome) => outcome in differencesOf || isSettled(outcome));
    const left = last === undefined ? undefined : differencesOf[last];
    const told = (await problemsOf(clientWith(sequence).client)).join();
    const isRight = left === undefined ? told === '' : told.includes(`found ${left} differences`);
    if (!isRight) wrong.push(`${sequence.join(', ')}: ${told}`);
  }
  expect(wrong).toEqual([]);
});

it('many later runs of other recoveries do not hide them either', async () => {
  expect(await problemsOf(clientWith(['two', 'part'], 200).client)).toHaveLength(1);
});

it('a bounded number of verifications is looked at, each once', async () => {
  const parts: Outcome[] = Array.from({ length: 200 }, () => 'part');
  const { client, resultsRead } = clientWith(parts);
  const read = reading(client);
  await read();
  const first = resultsRead();
  expect(first).toBeLessThanOrEqual(52);
  await read();
  expect(resultsRead()).toBe(first);
});

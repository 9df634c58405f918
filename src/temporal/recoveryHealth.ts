// Reads the latest run of every recovery for the health model. The end of a run is read once and remembered.
//
// Invariant: differences that a verification found stay in the answer until a later one compared everything.
// A run that failed, was cancelled, still goes on or compared only a part does not hide them.
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Config } from '../config/config.ts';
import { innermostMessage } from '../workflows/recovery/innermostMessage.ts';
import { completedVerificationsQuery, recoveriesQuery } from './recoveryQueries.ts';
import { readRunHealth, type RunHealth } from './runHealth.ts';
import type { Ask } from './temporalUnavailable.ts';
import { isLastWord } from './verificationOutcome.ts';

export interface RecoveryHealth {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** Temporal's name for it: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED … */
  readonly state: string;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
  /** An operator paused it by the API, the console or an update. */
  readonly isPaused: boolean;
  /** Null for a run that has ended. */
  readonly run: RunHealth | null;
  readonly failure: string | null;
  readonly result: unknown;
}

type End = Pick<RecoveryHealth, 'failure' | 'result'>;
type RecoveryConfig = Pick<Config, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE' | 'SCHEDULE_ID_PREFIX'>;

const runsLookedAt = 50;
/** Rebuilds of single wallets have an id for each wallet, so the number of latest runs is bounded, too. */
const latestMax = 20;
/** Ended verifications that are searched for the one that has the last word. */
const verificationsLookedAt = 50;
const statusAttribute = defineSearchAttributeKey('RecoveryStatus', SearchAttributeType.KEYWORD);

export function readRecoveryHealth(
  client: Client,
  config: RecoveryConfig,
  ask: Ask,
): () => Promise<readonly RecoveryHealth[]> {
  let ends: ReadonlyMap<string, End> = new Map();
  const query = recoveriesQuery(config);

  return async () => {
    const seen = new Set<string>();
    const latest: Listed[] = [];
    await ask(async () => {
      let looked = 0;
      for await (const run of client.workflow.list({ query, pageSize: runsLookedAt })) {
        const id = nameOf(run, config.SCHEDULE_ID_PREFIX);
        if (!seen.has(id)) latest.push(run);
        seen.add(id);
        looked += 1;
        if (looked === runsLookedAt || latest.length === latestMax) break;
      }
    });
    const read = await Promise.all(latest.map((run) => readOne(run)));
    const verified = read.find(({ type }) => type === 'verifyProjections');
    if (verified === undefined || !isLastWord(verified.result)) read.push(...(await earlierVerifications()));
    ends = new Map(
      read
        .filter(({ state }) => state !== 'RUNNING')
        .map(({ runId, failure, result }) => [runId, { failure, result }]),
    );
    // Only the one with the last word adds a finding to that of the latest run.
    return read.filter((run, at) => at < latest.length || isLastWord(run.result));
  };

  /** The ended verifications, latest first, up to the one that has the last word. */
  async function earlierVerifications(): Promise<readonly RecoveryHealth[]> {
    const ended: Listed[] = [];
    await ask(async () => {
      const pageSize = verificationsLookedAt;
      for await (const run of client.workflow.list({
        query: completedVerificationsQuery(config),
        pageSize,
      })) {
        ended.push(run);
        if (ended.length === verificationsLookedAt) break;
      }
    });
    const read: RecoveryHealth[] = [];
    for (const run of ended) {
      const one = await readOne(run);
      read.push(one);
      if (isLastWord(one.result)) break;
    }
    return read;
  }

  async function readOne(listed: Listed): Promise<RecoveryHealth> {
    const { workflowId, runId, type, status, startTime, closeTime, typedSearchAttributes } = listed;
    const isRunning = status.name === 'RUNNING';
    const end = isRunning ? stillRuns : (ends.get(runId) ?? (await endOf(client, listed, ask)));
    return {
      ...{ workflowId, runId, type, state: status.name, startedAt: startTime, ...end },
      closedAt: closeTime ?? null,
      isPaused: isRunning && typedSearchAttributes.get(statusAttribute) === 'paused',
      run: isRunning ? await readRunHealth(client, config, { workflowId, runId }, ask) : null,
    };
  }
}

type Listed = ReturnType<Client['workflow']['list']> extends AsyncIterable<infer Run> ? Run : never;

const stillRuns: End = { failure: null, result: null };

/** A scheduled run has its time in its id. All runs of one schedule count as one recovery. */
function nameOf({ workflowId, type }: Listed, prefix: string): string {
  return type === 'verifyProjections' ? `${prefix}verify-projections` : workflowId;
}

async function endOf(client: Client, { workflowId, runId, status }: Listed, ask: Ask): Promise<End> {
  if (status.name !== 'COMPLETED' && status.name !== 'FAILED') return stillRuns;
  try {
    const result: unknown = await ask(() => client.workflow.getHandle(workflowId, runId).result());
    return { failure: null, result: result ?? null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { failure: innermostMessage(error), result: null };
  }
}

// Lists recoveries page by page, as Temporal lists them: running ones first, then the latest that ended. Of
// the runs that a schedule started, only verifications are listed.
//
// Invariant: one call asks Temporal for one page and one row more, however many runs there are.
import { holdersQuery } from './idHolders.ts';
import { type Connected, problemIn, type RecoveryListItem, runOf } from './readRecoveries.ts';
import { recoveriesQuery } from './recoveryQueries.ts';
import { timeOf } from './runHealth.ts';

export interface RecoveryPage {
  readonly runs: readonly RecoveryListItem[];
  /** Leads to the next page, in base64url. Null on the last page. */
  readonly nextToken: string | null;
}

export interface RecoveryPageQuery {
  readonly limit: number;
  /** `nextToken` of the page before. */
  readonly token?: string | undefined;
}

/** Temporal's numbers of a run's state. The names are those of its client. */
const states: Readonly<Record<number, string>> = {
  1: 'RUNNING',
  2: 'COMPLETED',
  3: 'FAILED',
  4: 'CANCELLED',
  5: 'TERMINATED',
  6: 'CONTINUED_AS_NEW',
  7: 'TIMED_OUT',
  8: 'PAUSED',
};

/** Undefined if Temporal does not know the token. */
export async function listRecoveries(
  connected: Connected,
  { limit, token }: RecoveryPageQuery,
): Promise<RecoveryPage | undefined> {
  const { client, config, ask } = connected;
  const query = `(${recoveriesQuery(config)}) OR (${holdersQuery(config)})`;
  const namespace = config.TEMPORAL_NAMESPACE;
  const readPage = (pageSize: number, nextPageToken: Uint8Array) =>
    ask(() => client.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }));
  let page: Awaited<ReturnType<typeof readPage>>;
  try {
    page = await readPage(limit, Buffer.from(token ?? '', 'base64url'));
  } catch (error) {
    if (token === undefined) throw error;
    // Each store of Temporal has another error for a token that it does not know, and one of them looks like
    // an outage. If the first page is answered, the token is at fault.
    await readPage(1, Buffer.alloc(0));
    return undefined;
  }
  const next = page.nextPageToken;
  // Temporal gives a token after each full page, also after the last one. One row more tells them apart.
  const isLast = next.length === 0 || (await readPage(1, next)).executions.length === 0;
  return {
    runs: await Promise.all(page.executions.map((run) => toListItem(connected, run))),
    nextToken: isLast ? null : Buffer.from(next).toString('base64url'),
  };
}

type Listed = Awaited<
  ReturnType<Connected['client']['workflowService']['listWorkflowExecutions']>
>['executions'][number];

async function toListItem(connected: Connected, listed: Listed): Promise<RecoveryListItem> {
  const { workflowId, runId } = listed.execution ?? {};
  const startedAt = dateOf(listed.startTime);
  const type = listed.type?.name;
  if (!workflowId || !runId || startedAt === null || !type)
    throw new Error(
      `Temporal listed a run without its id, type or start: ${JSON.stringify(listed.execution)}.`,
    );
  const state = states[listed.status ?? 0] ?? 'UNKNOWN';
  const holder = { workflowId, runId, type, taskQueue: listed.taskQueue ?? '', startedAt };
  return {
    ...runOf(connected.config, workflowId, runId),
    ...{ type, state, startedAt, closedAt: dateOf(listed.closeTime) },
    problem: state === 'RUNNING' ? await problemIn(connected, holder) : null,
  };
}

function dateOf(time: Listed['startTime']): Date | null {
  return time === undefined || time === null ? null : new Date(timeOf(time));
}

// The console's snapshot of Temporal: workers, schedules, and recoveries with their progress. It is read
// apart from the stores, because Temporal is slower than PostgreSQL and may fail alone.
import { drainScheduleOf, projectionNames } from '../../projections/registry.ts';
import type { RecoveryListItem } from '../../temporal/readRecoveries.ts';
import type { Recoveries, RecoveryDetails } from '../../temporal/recoveries.ts';
import { TemporalUnavailableError } from '../../temporal/temporalUnavailable.ts';
import { cursorOfRecoveries } from '../admin/recoveryRoutes.ts';
import type { RecoverySnapshot, TemporalSnapshot } from './consoleSnapshot.ts';

/** Runs in one snapshot. The page loads older ones when its reader asks for them. */
const recoveriesMax = 10;

/** Each call reads one snapshot, or null if Temporal does not answer. The end of a run is read only once. */
export function createTemporalReader(
  recoveries: Pick<Recoveries, 'list' | 'read' | 'schedule' | 'temporalFacts'>,
): () => Promise<TemporalSnapshot | null> {
  let ended: ReadonlyMap<string, RecoveryDetails> = new Map();

  const readSnapshot = async (): Promise<TemporalSnapshot> => {
    const [facts, schedules, page] = await Promise.all([
      recoveries.temporalFacts(),
      readSchedules(),
      recoveries.list({ limit: recoveriesMax }),
    ]);
    if (page === undefined) throw new Error('Temporal did not list the first page of recoveries.');
    const { runs } = page;
    const details = await Promise.all(runs.filter(isLatest).map(detailsOf));
    const byRun = new Map(details.filter((run) => run !== undefined).map((run) => [run.runId, run]));
    ended = new Map([...byRun].filter(([, { state }]) => state !== 'RUNNING'));
    return {
      workers: facts.workers,
      schedules,
      recoveries: runs.map((run) => toRecoverySnapshot(byRun.get(run.runId) ?? run)),
      nextRecoveries: cursorOfRecoveries(page),
    };
  };
  const readSchedules = async () => {
    const read = projectionNames.map(async (name) => {
      const schedule = await recoveries.schedule(drainScheduleOf(name));
      return [name, schedule ?? null] as const;
    });
    return Object.fromEntries(await Promise.all(read)) as TemporalSnapshot['schedules'];
  };
  const detailsOf = async ({ runId, workflowId }: RecoveryListItem) =>
    ended.get(runId) ?? (await recoveries.read(workflowId));

  return async () => {
    try {
      return await readSnapshot();
    } catch (error) {
      if (!(error instanceof TemporalUnavailableError)) throw error;
      return null;
    }
  };
}

/** A workflow id leads only to the latest of its runs. */
function isLatest(run: RecoveryListItem, index: number, runs: readonly RecoveryListItem[]): boolean {
  return runs.findIndex(({ workflowId }) => workflowId === run.workflowId) === index;
}

function toRecoverySnapshot(run: RecoveryListItem | RecoveryDetails): RecoverySnapshot {
  const { progress = null, retrying = null, result = null, failure = null } = run as Partial<RecoveryDetails>;
  const { workflowId, runId, url, type, state, startedAt, closedAt } = run;
  return {
    ...{ workflowId, runId, url, type, state, progress, result, failure },
    retrying:
      retrying === null
        ? null
        : { ...retrying, nextAttemptAt: retrying.nextAttemptAt?.toISOString() ?? null },
    startedAt: startedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  };
}

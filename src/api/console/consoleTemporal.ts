// One look at Temporal for the console: workers, schedules, and recoveries with their progress. Slower than the look
// at PostgreSQL, and away on its own.
import type { Recoveries, RecoveryDetails, RecoveryListItem } from '../../temporal/recoveries.ts';
import { TemporalUnavailableError } from '../../temporal/temporalUnavailable.ts';
import type { RecoverySnapshot, TemporalSnapshot } from './consoleSnapshot.ts';

const recoveriesMax = 20;

/** A look that asks for the end of each ended run once. Null where Temporal does not answer. */
export function createTemporalReader(
  recoveries: Pick<Recoveries, 'list' | 'read' | 'schedule' | 'temporalFacts'>,
): () => Promise<TemporalSnapshot | null> {
  let ended: ReadonlyMap<string, RecoveryDetails> = new Map();

  const look = async (): Promise<TemporalSnapshot> => {
    const [facts, readModel, ledger, runs] = await Promise.all([
      recoveries.temporalFacts(),
      recoveries.schedule('drain-read-model'),
      recoveries.schedule('drain-ledger'),
      recoveries.list(recoveriesMax),
    ]);
    const details = await Promise.all(runs.filter(isLatest).map(detailsOf));
    const byRun = new Map(details.filter((one) => one !== undefined).map((one) => [one.runId, one]));
    ended = new Map([...byRun].filter(([, { state }]) => state !== 'RUNNING'));
    return {
      workers: facts.workers,
      schedules: { 'read-model': readModel ?? null, ledger: ledger ?? null },
      recoveries: runs.map((run) => toRecoverySnapshot(byRun.get(run.runId) ?? run)),
    };
  };
  const detailsOf = async ({ runId, workflowId }: RecoveryListItem) =>
    ended.get(runId) ?? (await recoveries.read(workflowId));

  return async () => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof TemporalUnavailableError)) throw error;
      return null;
    }
  };
}

/** Of several runs under one workflow id only the latest can be asked by that id. */
function isLatest(run: RecoveryListItem, index: number, runs: readonly RecoveryListItem[]): boolean {
  return runs.findIndex(({ workflowId }) => workflowId === run.workflowId) === index;
}

function toRecoverySnapshot(run: RecoveryListItem | RecoveryDetails): RecoverySnapshot {
  const { progress = null, result = null, failure = null } = run as Partial<RecoveryDetails>;
  const { workflowId, runId, url, type, state, startedAt, closedAt } = run;
  return {
    ...{ workflowId, runId, url, type, state, progress, result, failure },
    startedAt: startedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  };
}

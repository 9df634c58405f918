// One look at Temporal for the console: workers, schedules, and recoveries with their progress. Slower than the look
// at PostgreSQL, and away on its own.
import type { RecoveryDesk, RecoveryDetails, RecoveryListItem } from '../recovery/recoveryDesk.ts';
import { TemporalUnavailableError } from '../recovery/temporalAnswers.ts';
import type { RecoveryLook, TemporalLook } from './consoleLook.ts';

const recoveriesMax = 20;

/** A look that asks for the end of each ended run once. Null where Temporal does not answer. */
export function createTemporalLook(
  desk: Pick<RecoveryDesk, 'list' | 'read' | 'schedule' | 'temporalFacts'>,
): () => Promise<TemporalLook | null> {
  let ended: ReadonlyMap<string, RecoveryDetails> = new Map();

  const look = async (): Promise<TemporalLook> => {
    const [facts, readModel, ledger, runs] = await Promise.all([
      desk.temporalFacts(),
      desk.schedule('drain-read-model'),
      desk.schedule('drain-ledger'),
      desk.list(recoveriesMax),
    ]);
    const details = await Promise.all(runs.filter(isLatest).map(detailsOf));
    const byRun = new Map(details.filter((one) => one !== undefined).map((one) => [one.runId, one]));
    ended = new Map([...byRun].filter(([, { state }]) => state !== 'RUNNING'));
    return {
      workers: facts.workers,
      schedules: { 'read-model': readModel ?? null, ledger: ledger ?? null },
      recoveries: runs.map((run) => toRecoveryLook(byRun.get(run.runId) ?? run)),
    };
  };
  const detailsOf = async ({ runId, workflowId }: RecoveryListItem) =>
    ended.get(runId) ?? (await desk.read(workflowId));

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

function toRecoveryLook(run: RecoveryListItem | RecoveryDetails): RecoveryLook {
  const { progress = null, result = null, failure = null } = run as Partial<RecoveryDetails>;
  const { workflowId, runId, url, type, state, startedAt, closedAt } = run;
  return {
    ...{ workflowId, runId, url, type, state, progress, result, failure },
    startedAt: startedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  };
}

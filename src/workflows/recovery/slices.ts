// Lets a recovery work on several slices of the wallets at once. Each slice is a child workflow, which can
// also be watched, paused and resumed by itself. Children report to their parent seldom enough for its
// history to stay short.
import {
  type ChildWorkflowHandle,
  defineSignal,
  getExternalWorkflowHandle,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { pauseSignal, type Recovery, resumeSignal } from './runRecovery.ts';
import { mismatch, type Shape } from './shapes.ts';

/** Events and differences since the slice's last report. */
export interface SliceProgress {
  readonly events: number;
  readonly differences: number;
}

export const sliceProgressShape: Shape = { members: { events: 'count', differences: 'count' } };

/** Anyone may send this signal, so its argument is checked. */
const sliceProgressSignal = defineSignal<[unknown]>('sliceProgress');

/** Reports of all slices of one phase together. Each one adds four events to the parent's history. */
const signalsPerPhaseMax = 200;

/** Events between two reports of one slice. */
export function reportEvery(totalEvents: number): number {
  return Math.max(1, Math.ceil(totalEvents / signalsPerPhaseMax));
}

/** Runs one child per argument to its end, and passes pauses and resumes on. */
export async function runSlices<Argument, Result>(
  recovery: Recovery,
  workflow: (argument: Argument) => Promise<Result>,
  name: string,
  args: readonly Argument[],
): Promise<Result[]> {
  const open = new Set<ChildWorkflowHandle<typeof workflow>>();
  setHandler(sliceProgressSignal, (given) => {
    const problem = mismatch(given, sliceProgressShape, 'the argument');
    if (problem !== undefined) {
      recovery.ignore(`signal "sliceProgress": ${problem}`);
      return;
    }
    const { events, differences } = given as SliceProgress;
    recovery.advance(events, differences);
  });
  const steer = (child: ChildWorkflowHandle<typeof workflow>, paused: boolean) => {
    // A slice that has ended meanwhile rejects the signal, and does not need it.
    void child.signal(paused ? pauseSignal : resumeSignal).catch(() => undefined);
  };
  recovery.onPauseChange((paused) => {
    for (const child of open) steer(child, paused);
  });
  return Promise.all(
    args.map(async (argument, index) => {
      const child = await startChild(workflow, {
        workflowId: `${workflowInfo().workflowId}/${name}-${index + 1}`,
        args: [argument],
        staticSummary: `${name}, slice ${index + 1} of ${args.length}`,
      });
      open.add(child);
      if (recovery.isPaused()) steer(child, true);
      try {
        return await child.result();
      } finally {
        open.delete(child);
      }
    }),
  );
}

/** For a slice: reports to the parent after every `everyEvents` events, and at the slice's end. */
export function createSliceReport(everyEvents: number, carried?: SliceProgress) {
  const { parent } = workflowInfo();
  let unreported: SliceProgress = carried ?? { events: 0, differences: 0 };
  return {
    unreported: () => unreported,
    add: async (more: SliceProgress, isLast: boolean): Promise<void> => {
      unreported = {
        events: unreported.events + more.events,
        differences: unreported.differences + more.differences,
      };
      if (parent === undefined || (!isLast && unreported.events < everyEvents)) return;
      const reported = unreported;
      unreported = { events: 0, differences: 0 };
      await getExternalWorkflowHandle(parent.workflowId).signal(sliceProgressSignal, reported);
    },
  };
}

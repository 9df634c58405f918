// How a recovery works on several slices of the wallets at once: each is a child workflow that can be watched, paused
// and resumed by itself too. Children tell their parent how far they are, seldom enough for its history to stay short.
import {
  type ChildWorkflowHandle,
  defineSignal,
  getExternalWorkflowHandle,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { pauseSignal, type Recovery, resumeSignal } from './runRecovery.ts';

/** What a slice has done since it last told. */
export interface SliceProgress {
  readonly events: number;
  readonly differences: number;
}

export const sliceProgressSignal = defineSignal<[SliceProgress]>('sliceProgress');

/** Signals of all slices of one phase together: four history events each. */
const signalsPerPhaseMax = 200;

/** Events between two signals of one slice. */
export function reportEvery(totalEvents: number): number {
  return Math.max(1, Math.ceil(totalEvents / signalsPerPhaseMax));
}

/** Runs one child per argument to its end; pauses and resumes are passed on. */
export async function runSlices<Argument, Result>(
  recovery: Recovery,
  workflow: (argument: Argument) => Promise<Result>,
  name: string,
  args: readonly Argument[],
): Promise<Result[]> {
  const open = new Set<ChildWorkflowHandle<typeof workflow>>();
  setHandler(sliceProgressSignal, ({ events, differences }) => {
    recovery.advance(events, differences);
  });
  const tell = (child: ChildWorkflowHandle<typeof workflow>, paused: boolean) => {
    // A slice that ended meanwhile can't be told any more, and need not be.
    void child.signal(paused ? pauseSignal : resumeSignal).catch(() => undefined);
  };
  recovery.onPauseChange((paused) => {
    for (const child of open) tell(child, paused);
  });
  return Promise.all(
    args.map(async (argument, index) => {
      const child = await startChild(workflow, {
        workflowId: `${workflowInfo().workflowId}/${name}-${index + 1}`,
        args: [argument],
        staticSummary: `${name}, slice ${index + 1} of ${args.length}`,
      });
      open.add(child);
      if (recovery.isPaused()) tell(child, true);
      try {
        return await child.result();
      } finally {
        open.delete(child);
      }
    }),
  );
}

/** For a slice: tells the parent what was done, each time that enough has come together, and at the end. */
export function createSliceReport(everyEvents: number, carried?: SliceProgress) {
  const { parent } = workflowInfo();
  let untold: SliceProgress = carried ?? { events: 0, differences: 0 };
  return {
    untold: () => untold,
    add: async (more: SliceProgress, isLast: boolean): Promise<void> => {
      untold = {
        events: untold.events + more.events,
        differences: untold.differences + more.differences,
      };
      if (parent === undefined || (!isLast && untold.events < everyEvents)) return;
      const told = untold;
      untold = { events: 0, differences: 0 };
      await getExternalWorkflowHandle(parent.workflowId).signal(sliceProgressSignal, told);
    },
  };
}

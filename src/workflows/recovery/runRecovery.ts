// Runs the work of every recovery workflow. It answers the progress query and obeys pause and resume. It sets
// the search attributes that operators list by. The Web UI shows the progress and the outcome.
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  upsertSearchAttributes,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import type { ProjectionName } from '../../projections/registry.ts';
import { innermostMessage } from './innermostMessage.ts';
import { mismatch, type Shape, shownText } from './shapes.ts';
import {
  type CarriedProgress,
  carriedProgressShape,
  inSentences,
  phaseAfter,
  progressOf,
  type RecoveryProgress,
  type RecoveryStatus,
  setGauges,
} from './progress.ts';
import { marksAfter } from './recoveryRate.ts';
import { workflowTimeMs } from './workflowTime.ts';

const progressQuery = defineQuery<RecoveryProgress>('progress');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** The updates share the signals' names. A caller that can wait for an answer uses them. */
const pauseUpdate = defineUpdate<RecoveryProgress>('pause');
const resumeUpdate = defineUpdate<RecoveryProgress>('resume');

const projectionAttribute = defineSearchAttributeKey('Projection', SearchAttributeType.KEYWORD);
const statusAttribute = defineSearchAttributeKey('RecoveryStatus', SearchAttributeType.KEYWORD);

/** Far below the server's own suggestion, so that a replay after a worker's death is quick. */
const historyEventsMax = 2_000;

/** The work of a recovery calls these functions. */
export interface Recovery {
  /** Begins a phase of which `done` units are already done. The clock of its rate starts at 0. */
  readonly begin: (phase: string, total: number | null, unit?: string, done?: number) => void;
  /** Says until when this phase only waits, in milliseconds since the epoch. Its end ends that, too. */
  readonly waitUntil: (endsAtMs: number) => void;
  /** Adds to the units that are done, and to the differences that were found. */
  readonly advance: (done: number, differences?: number) => void;
  /** To be awaited between two pages. It waits while an operator has paused the recovery. */
  readonly whileNotPaused: () => Promise<void>;
  /** Calls `listener` at each pause and resume, so that a parent can pass them on to its children. */
  readonly onPauseChange: (listener: (paused: boolean) => void) => void;
  readonly isPaused: () => boolean;
  /** Says in the details that something foreign was ignored. */
  readonly ignore: (what: string) => void;
  /** Adds a sentence to the details that stays there. Called a few times at most. */
  readonly remark: (sentence: string) => void;
  readonly carried: () => CarriedProgress;
}

/** What a run hands to the run that continues it. */
interface Carried {
  readonly progress: CarriedProgress;
}

interface RecoveryOptions<T, C extends Carried> {
  /** Value of the search attribute `Projection`. */
  readonly projection: ProjectionName | 'all';
  /** The second argument of the workflow. Anyone may have written it, so it is checked. */
  readonly continued?: C | null | undefined;
  /** The shape of its members besides the progress. */
  readonly continuedShape?: Readonly<Record<Exclude<keyof C, 'progress'>, Shape>>;
  /** The outcome in a sentence, for the Web UI. */
  readonly summaryOf: (result: T) => string;
}

/**
 * Rejects as `work` does. Invariant: no argument and no signal fails the workflow task, which Temporal would
 * repeat for ever. A wrong one ends the workflow in words, or is ignored with a word in the details.
 */
export async function runRecovery<T, C extends Carried = Carried>(
  { projection, continued, continuedShape, summaryOf }: RecoveryOptions<T, C>,
  work: (recovery: Recovery, continued: C | undefined) => Promise<T>,
): Promise<T> {
  const before = continued ?? undefined;
  const shape: Shape = { members: { ...continuedShape, progress: carriedProgressShape } };
  const problem = before === undefined ? undefined : mismatch(before, shape, 'the second argument');
  const carried = problem === undefined ? before?.progress : undefined;
  const { recovery, setPaused, status, progress, show, ignore, end } = trackRecovery(carried);
  setHandler(progressQuery, progress);
  setHandler(pauseSignal, () => void setPaused(true));
  setHandler(resumeSignal, () => void setPaused(false));
  setHandler(pauseUpdate, () => setPaused(true));
  setHandler(resumeUpdate, () => setPaused(false));
  setDefaultSignalHandler((name) => {
    ignore(`signal ${shownText(name)}, which this workflow does not know`);
  });
  upsertSearchAttributes([
    { key: projectionAttribute, value: projection },
    { key: statusAttribute, value: status() },
  ]);
  show();
  try {
    if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, 'WrongArgument');
    const result = await work(recovery, before);
    end('completed', summaryOf(result));
    return result;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    if (isCancellation(error)) end('cancelled', 'An operator cancelled it.');
    else end('failed', error instanceof Error ? innermostMessage(error) : String(error));
    throw error;
  }
}

const noProgress: CarriedProgress = {
  phase: 'starting',
  unit: 'events',
  done: 0,
  total: null,
  differences: 0,
  paused: false,
  activeMs: 0,
  phases: 0,
  counted: null,
};

/** The state of one run, and the only functions that change it. Each change is shown at once. */
function trackRecovery(carried: CarriedProgress = noProgress) {
  let state = { ...carried, startedAtMs: carried.startedAtMs ?? workflowTimeMs() };
  let waitsUntil: string | null = null;
  let status: RecoveryStatus = state.paused ? 'paused' : 'running';
  let activeSinceMs = workflowTimeMs();
  let pauseListener: (paused: boolean) => void = () => undefined;

  const activeMs = () => state.activeMs + (state.paused ? 0 : workflowTimeMs() - activeSinceMs);
  const tookMs = () => activeSinceMs - state.startedAtMs;
  const moment = () => ({ status, activeMs: activeMs(), waitsUntil, tookMs: tookMs() });
  const progress = () => progressOf(state, moment());
  const show = (outcome?: string) => {
    const shown = inSentences(workflowInfo().workflowType, progress());
    setCurrentDetails([shown, ...notes.all(), ...(outcome === undefined ? [] : [outcome])].join('\n\n'));
    setGauges(progress());
  };
  const notes = createNotes(show);
  const setStatus = (next: RecoveryStatus, paused: boolean) => {
    state = { ...state, activeMs: activeMs(), paused };
    activeSinceMs = workflowTimeMs();
    status = next;
    upsertSearchAttributes([{ key: statusAttribute, value: status }]);
  };
  const recovery: Recovery = {
    begin: (phase, total, unit = 'events', done = 0) => {
      const marks = [{ activeMs: 0, done }];
      state = { ...state, ...phaseAfter(state, activeMs()), phase, unit, total, done, marks };
      activeSinceMs = workflowTimeMs();
      waitsUntil = null;
      show();
    },
    waitUntil: (endsAtMs) => {
      waitsUntil = new Date(endsAtMs).toISOString();
      show();
    },
    advance: (more, differences = 0) => {
      const done = state.done + more;
      const marks = marksAfter(state.marks ?? [], { activeMs: activeMs(), done });
      state = { ...state, done, marks, differences: state.differences + differences };
      show();
    },
    whileNotPaused: () => condition(() => !state.paused),
    onPauseChange: (listener) => {
      pauseListener = listener;
    },
    isPaused: () => state.paused,
    ignore: notes.ignore,
    remark: notes.remark,
    carried: () => ({ ...state, activeMs: activeMs() }),
  };
  return {
    recovery,
    progress,
    status: () => status,
    show,
    ignore: notes.ignore,
    setPaused: (paused: boolean): RecoveryProgress => {
      if (paused !== state.paused && (status === 'running' || status === 'paused')) {
        setStatus(paused ? 'paused' : 'running', paused);
        pauseListener(paused);
        show();
      }
      return progress();
    },
    /** The clock stops with the run, so its last progress keeps its rate. */
    end: (ended: RecoveryStatus, outcome: string) => {
      waitsUntil = null;
      setStatus(ended, true);
      show(outcome);
    },
  };
}

/** Sentences that stay in the details. Foreign input is counted, because there is no bound on it. */
function createNotes(changed: () => void) {
  const remarks: string[] = [];
  let ignored = { count: 0, last: '' };
  return {
    remark: (sentence: string) => {
      remarks.push(sentence);
      changed();
    },
    ignore: (what: string) => {
      ignored = { count: ignored.count + 1, last: what };
      changed();
    },
    all: () => [
      ...(ignored.count === 0
        ? []
        : [`Ignored ${ignored.count} of what was sent, the last: ${ignored.last}.`]),
      ...remarks,
    ],
  };
}

/** True if the history has grown so much that the next page belongs to a new run. */
export function historyIsLong(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > historyEventsMax;
}

/** Continues in a new run with these arguments, once every signal and update was answered. Never returns. */
export async function goOnAsNew<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  await condition(allHandlersFinished);
  return continueAsNew<F>(...args);
}

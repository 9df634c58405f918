// What every recovery workflow shares: progress as a query and in words, pause and resume as signals and as updates
// that answer, the search attributes to list by, and the ways a run goes on or ends. Positions and counts only: all of
// it stands in Temporal's history, where money, names and payloads have no place.
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import { innermostMessage } from './innermostMessage.ts';
import { showProgress } from './progressGauges.ts';
import { type Mark, marksBehind, ratePerS } from './recoveryRate.ts';
import { workflowTimeMs } from './workflowTime.ts';

export type RecoveryStatus = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';

/** How far a recovery has come. `done` and `total` count `unit`s of the phase in hand. */
export interface RecoveryProgress {
  readonly status: RecoveryStatus;
  readonly phase: string;
  readonly unit: string;
  readonly done: number;
  /** Null where nobody knows. */
  readonly total: number | null;
  readonly ratePerS: number;
  readonly secondsLeft: number | null;
  readonly differences: number;
}

/** What the next run of a continued recovery has to know; its last argument. */
export interface CarriedProgress {
  readonly phase: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number | null;
  readonly differences: number;
  readonly paused: boolean;
  /** Time spent in this phase so far, pauses left out. */
  readonly activeMs: number;
  /** What the rate is counted from; runs that were continued by an older version carry none. */
  readonly marks?: readonly Mark[];
}

export const progressQuery = defineQuery<RecoveryProgress>('progress');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** The same names as the signals: for callers that can wait for an answer. */
export const pauseUpdate = defineUpdate<RecoveryProgress>('pause');
export const resumeUpdate = defineUpdate<RecoveryProgress>('resume');

const projectionAttribute = defineSearchAttributeKey('Projection', SearchAttributeType.KEYWORD);
const statusAttribute = defineSearchAttributeKey('RecoveryStatus', SearchAttributeType.KEYWORD);

/** Far below the server's own suggestion, so that a replay after a worker's death is quick. */
const historyEventsMax = 2_000;

export interface Recovery {
  readonly progress: () => RecoveryProgress;
  /** Begins a phase, with what of it is done; the clock behind the rate starts at 0. */
  readonly begin: (phase: string, total: number | null, unit?: string, done?: number) => void;
  /** Adds to what is done and to the differences that were found. */
  readonly advance: (done: number, differences?: number) => void;
  /** Between two pages: returns at once, or, while an operator holds the recovery, when it is resumed. */
  readonly whileNotPaused: () => Promise<void>;
  /** Hears of each pause and resume: for a parent that passes them on to its children. */
  readonly onPauseChange: (hear: (paused: boolean) => void) => void;
  readonly isPaused: () => boolean;
  readonly carried: () => CarriedProgress;
}

interface RecoveryOptions<T> {
  /** For the search attribute `Projection`: `read-model`, `ledger`, or `all`. */
  readonly projection: 'read-model' | 'ledger' | 'all';
  readonly carried?: CarriedProgress | undefined;
  /** The outcome in a sentence, for the Web UI. */
  readonly inWords: (result: T) => string;
}

/** Runs a recovery's work with everything around it; rejects as `work` does. */
export async function runRecovery<T>(
  { projection, carried, inWords }: RecoveryOptions<T>,
  work: (recovery: Recovery) => Promise<T>,
): Promise<T> {
  let state: CarriedProgress = carried ?? {
    phase: 'starting',
    unit: 'events',
    done: 0,
    total: null,
    differences: 0,
    paused: false,
    activeMs: 0,
  };
  let status: RecoveryStatus = state.paused ? 'paused' : 'running';
  let activeSinceMs = workflowTimeMs();
  let hearPause: (paused: boolean) => void = () => undefined;

  const activeMs = () => state.activeMs + (state.paused ? 0 : workflowTimeMs() - activeSinceMs);
  const progress = (): RecoveryProgress => progressOf(state, status, activeMs());
  const tell = () => {
    setCurrentDetails(inSentences(workflowInfo().workflowType, progress()));
    showProgress(progress());
  };
  const end = (ended: RecoveryStatus, words: string) => {
    state = { ...state, activeMs: activeMs(), paused: true };
    status = ended;
    upsertSearchAttributes([{ key: statusAttribute, value: ended }]);
    setCurrentDetails(`${inSentences(workflowInfo().workflowType, progress())}\n\n${words}`);
    showProgress(progress());
  };
  const setPaused = (paused: boolean): RecoveryProgress => {
    if (paused !== state.paused && (status === 'running' || status === 'paused')) {
      state = { ...state, activeMs: activeMs(), paused };
      activeSinceMs = workflowTimeMs();
      status = paused ? 'paused' : 'running';
      upsertSearchAttributes([{ key: statusAttribute, value: status }]);
      hearPause(paused);
      tell();
    }
    return progress();
  };

  setHandler(progressQuery, progress);
  setHandler(pauseSignal, () => void setPaused(true));
  setHandler(resumeSignal, () => void setPaused(false));
  setHandler(pauseUpdate, () => setPaused(true));
  setHandler(resumeUpdate, () => setPaused(false));
  upsertSearchAttributes([
    { key: projectionAttribute, value: projection },
    { key: statusAttribute, value: status },
  ]);
  tell();

  try {
    const result = await work({
      progress,
      begin: (phase, total, unit = 'events', done = 0) => {
        state = { ...state, phase, unit, total, done, activeMs: 0, marks: [{ activeMs: 0, done }] };
        activeSinceMs = workflowTimeMs();
        tell();
      },
      advance: (more, differences = 0) => {
        const done = state.done + more;
        const marks = marksBehind(state.marks ?? [], { activeMs: activeMs(), done });
        state = { ...state, done, marks, differences: state.differences + differences };
        tell();
      },
      whileNotPaused: () => condition(() => !state.paused),
      onPauseChange: (hear) => {
        hearPause = hear;
      },
      isPaused: () => state.paused,
      carried: () => ({ ...state, activeMs: activeMs() }),
    });
    end('completed', inWords(result));
    return result;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    if (isCancellation(error)) end('cancelled', 'An operator cancelled it.');
    else end('failed', error instanceof Error ? innermostMessage(error) : String(error));
    throw error;
  }
}

/** True where the history has grown enough for the next page to belong to a new run. */
export function historyIsLong(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > historyEventsMax;
}

/** Goes on in a new run with these arguments, once every signal and update was answered. Never returns. */
export async function goOnAsNew<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  await condition(allHandlersFinished);
  return continueAsNew<F>(...args);
}

function progressOf(state: CarriedProgress, status: RecoveryStatus, activeMs: number): RecoveryProgress {
  const { phase, unit, done, total, differences } = state;
  const rate = ratePerS(state.marks ?? [], { activeMs, done });
  const left = total === null ? null : Math.max(0, total - done);
  const secondsLeft = left === null || (left > 0 && rate === 0) ? null : Math.ceil(left / (rate || 1));
  return { status, phase, unit, done, total, ratePerS: rate, secondsLeft, differences };
}

function inSentences(workflowType: string, progress: RecoveryProgress): string {
  const { status, phase, differences } = progress;
  return [
    `**${workflowType}**: ${status}, phase *${phase}*.`,
    ...countsInWords(progress),
    `Differences: ${grouped(differences)}.`,
  ].join(' ');
}

/** Nothing in a phase that counts nothing: "0 events, time left unknown" would tell an operator of a standstill. */
function countsInWords(progress: RecoveryProgress): readonly string[] {
  const { unit, done, total, ratePerS: rate, secondsLeft } = progress;
  if (total === null && done === 0) return [];
  const share = total === null || total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`;
  return [
    total === null
      ? `${grouped(done)} ${unit},`
      : `${grouped(done)} of about ${grouped(total)} ${unit}${share},`,
    `${grouped(rate)} a second,`,
    secondsLeft === null ? 'time left unknown.' : `about ${grouped(secondsLeft)} s left.`,
  ];
}

/** 1234567 as 1,234,567; by hand, because the words of a locale may change with the version of Node.js. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

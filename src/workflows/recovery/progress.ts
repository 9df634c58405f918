// Tells how far a recovery has come: data for the query, sentences for the Web UI, gauges for Prometheus. It
// holds positions and counts only, because Temporal's history must not hold money, names or payloads.
import { metricMeter } from '@temporalio/workflow';
import { type Mark, ratePerS } from './recoveryRate.ts';
import type { Shape } from './shapes.ts';
import { withThousands } from './thousands.ts';

export type RecoveryStatus = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';

/** `done` and `total` count `unit`s of the current phase. */
export interface RecoveryProgress {
  readonly status: RecoveryStatus;
  readonly phase: string;
  readonly unit: string;
  readonly done: number;
  /** Null if nobody knows it. */
  readonly total: number | null;
  readonly ratePerS: number;
  readonly secondsLeft: number | null;
  readonly differences: number;
  /** When a phase that only waits ends, as an ISO time. The API makes `secondsLeft` of it. */
  readonly waitsUntil: string | null;
  /** Seconds that the whole recovery took. Null until it has ended. */
  readonly tookS: number | null;
}

/**
 * A run that continues as new hands this to the next run, as its last argument. Histories store these fields.
 */
export interface CarriedProgress {
  readonly phase: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number | null;
  readonly differences: number;
  readonly paused: boolean;
  /** Time spent in this phase so far, without pauses. */
  readonly activeMs: number;
  /** Phases that have begun. A run that an older version continued has not counted them. */
  readonly phases?: number;
  /** The last phase that counted something, if the phase after it counts nothing. */
  readonly counted?: CountedPhase | null;
  /** When the first run began, in milliseconds since the epoch. */
  readonly startedAtMs?: number;
  /** The rate is computed from these marks. A run that an older version continued has none. */
  readonly marks?: readonly Mark[];
}

interface CountedPhase {
  readonly unit: string;
  readonly done: number;
  readonly activeMs: number;
}

/** What the next phase takes over from the one that ends. */
export function phaseAfter(
  { unit, done, phases = 0, counted = null }: CarriedProgress,
  activeMs: number,
): Required<Pick<CarriedProgress, 'activeMs' | 'phases' | 'counted'>> {
  return { activeMs: 0, phases: phases + 1, counted: done > 0 ? { unit, done, activeMs } : counted };
}

/** Far above the number of marks in a window. */
const marksMax = 1_000;

export const carriedProgressShape: Shape = {
  members: {
    phase: 'text',
    unit: 'text',
    done: 'count',
    total: { nullable: 'count' },
    differences: 'count',
    paused: 'flag',
    activeMs: 'count',
    phases: { missing: 'count' },
    counted: { missing: { nullable: { members: { unit: 'text', done: 'count', activeMs: 'count' } } } },
    startedAtMs: { missing: 'count' },
    marks: { missing: { list: { members: { activeMs: 'count', done: 'count' } }, lengthMax: marksMax } },
  },
};

/** What only a running workflow knows of its progress. */
interface Moment {
  readonly status: RecoveryStatus;
  readonly activeMs: number;
  readonly waitsUntil: string | null;
  /** The time from its beginning to its end, once it has ended. */
  readonly tookMs: number;
}

export function progressOf(state: CarriedProgress, moment: Moment): RecoveryProgress {
  const { status, activeMs, waitsUntil } = moment;
  if (status === 'completed') return finalProgress(state, moment);
  const { phase, unit, done, total, differences } = state;
  const rate = ratePerS(state.marks ?? [], { activeMs, done });
  const left = total === null ? null : Math.max(0, total - done);
  const secondsLeft = left === null || (left > 0 && rate === 0) ? null : Math.ceil(left / (rate || 1));
  const counts = { unit, done, total, ratePerS: rate, secondsLeft, differences };
  return { status, phase, ...counts, waitsUntil, tookS: null };
}

/**
 * The progress of a recovery that has ended well: all of what it counted, at the rate of that phase. A
 * recovery that had nothing to count tells its phases.
 */
function finalProgress(
  state: CarriedProgress,
  { status, activeMs, tookMs }: Omit<Moment, 'waitsUntil'>,
): RecoveryProgress {
  const { phase, differences, phases = 1 } = state;
  const current = { unit: state.unit, done: state.done, activeMs };
  const counted =
    current.done > 0 ? current : (state.counted ?? { unit: 'phases', done: phases, activeMs: tookMs });
  const { unit, done } = counted;
  const rate = Math.round((done / Math.max(1, counted.activeMs)) * 1_000);
  const counts = { unit, done, total: done, ratePerS: rate, secondsLeft: 0, differences };
  return { status, phase, ...counts, waitsUntil: null, tookS: Math.round(tookMs / 1_000) };
}

export function inSentences(workflowType: string, progress: RecoveryProgress): string {
  const { status, phase, differences } = progress;
  return [
    `**${workflowType}**: ${status}, phase *${phase}*.`,
    ...countsInWords(progress),
    `Differences: ${grouped(differences)}.`,
  ].join(' ');
}

/**
 * A phase that counts nothing shows no counts: "0 events, time left unknown" would look like a standstill.
 */
function countsInWords(progress: RecoveryProgress): readonly string[] {
  const { unit, done, total, ratePerS: rate, secondsLeft, waitsUntil, tookS } = progress;
  if (waitsUntil !== null) return [`It waits until ${waitsUntil}.`];
  if (total === null && done === 0) return [];
  const share = total === null || total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`;
  return [
    total === null
      ? `${grouped(done)} ${unit},`
      : `${grouped(done)} of about ${grouped(total)} ${unit}${share},`,
    `${grouped(rate)} a second,`,
    tookS === null ? leftInWords(secondsLeft) : `took ${grouped(tookS)} s in all.`,
  ];
}

function leftInWords(secondsLeft: number | null): string {
  return secondsLeft === null ? 'time left unknown.' : `about ${grouped(secondsLeft)} s left.`;
}

function grouped(count: number): string {
  return withThousands(String(count));
}

/**
 * Sets the gauges through the Temporal SDK, which leaves replays out. The SDK adds the workflow's type as the
 * label workflowType. Workflow ids are no label, because they name wallets.
 */
export function setGauges({ status, done, total }: RecoveryProgress): void {
  const running = metricMeter.createGauge(
    'wallet_recovery_running',
    'int',
    undefined,
    '1 while a recovery runs or is paused, else 0.',
  );
  const ratio = metricMeter.createGauge(
    'wallet_recovery_progress_ratio',
    'float',
    undefined,
    'Share of its current phase that a recovery has done; 0 if the size of the phase is unknown.',
  );
  running.set(status === 'running' || status === 'paused' ? 1 : 0);
  if (status === 'completed') ratio.set(1);
  else ratio.set(total === null || total === 0 ? 0 : Math.min(1, done / total));
}

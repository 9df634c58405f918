// Tells how far a recovery has come: data for the query, sentences for the Web UI, gauges for Prometheus. It
// holds positions and counts only, because Temporal's history must not hold money, names or payloads.
import { metricMeter } from '@temporalio/workflow';
import { type Mark, ratePerS } from './recoveryRate.ts';
import type { Shape } from './shapes.ts';

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
  /** The rate is computed from these marks. A run that an older version continued has none. */
  readonly marks?: readonly Mark[];
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
    marks: { missing: { list: { members: { activeMs: 'count', done: 'count' } }, lengthMax: marksMax } },
  },
};

export function progressOf(
  state: CarriedProgress,
  status: RecoveryStatus,
  activeMs: number,
): RecoveryProgress {
  const { phase, unit, done, total, differences } = state;
  const rate = ratePerS(state.marks ?? [], { activeMs, done });
  const left = total === null ? null : Math.max(0, total - done);
  const secondsLeft = left === null || (left > 0 && rate === 0) ? null : Math.ceil(left / (rate || 1));
  return { status, phase, unit, done, total, ratePerS: rate, secondsLeft, differences };
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

/**
 * Writes 1234567 as 1,234,567. It uses no locale, because a new version of Node.js may change how a locale
 * writes numbers.
 */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
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

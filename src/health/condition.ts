// The vocabulary of the health model. A condition is one way to be unwell. A finding is a condition that
// holds now, in words, with what to type. doctor, the console, /readyz, the metrics and the alerts show the
// same findings.
import type { Facts } from './facts.ts';

/** Names the part whose fault it is. `events` is the log itself, `process` the process that was asked. */
export const healthParts = [
  'postgres',
  'redis',
  'elasticsearch',
  'temporal',
  'worker',
  'projections',
  'recoveries',
  'events',
  'process',
] as const;
type HealthPart = (typeof healthParts)[number];

/**
 * `critical`: operations fail, or the projections or a recovery stand still. `warning`: everything goes on,
 * and somebody should act today.
 */
export const severities = ['critical', 'warning'] as const;
type Severity = (typeof severities)[number];

/** What a condition found. One condition may find several subjects, such as two paused projections. */
export interface Found {
  /** Tells the findings of one condition apart. Empty or absent if there can be only one. */
  readonly subject?: string;
  /** What is wrong, in a sentence of plain words. */
  readonly problem: string;
  /** What to do, in a sentence of plain words. */
  readonly advice: string;
  /** The advice as a command to type. Every `wallet …` works as it stands. Absent if none would help. */
  readonly command?: string;
  /** When it began, if a store knows. Otherwise this process tells when it first saw it. */
  readonly since?: Date;
  /** The id of the run that failed. Only conditions that tell the past have it. */
  readonly occurrence?: string;
}

export interface Condition {
  /** Stable: a label of the metric, and the name in alerts and docs. Lower case with hyphens. */
  readonly name: string;
  readonly part: HealthPart;
  readonly severity: Severity;
  /** One line for the table of docs and for the summary of the alert. */
  readonly title: string;
  /** True if no operation succeeds while it holds. Such a condition makes /readyz answer 503. */
  readonly stopsOperations?: true;
  /**
   * True if it tells what happened once, such as a recovery that failed. Each of its findings names its
   * occurrence, and an operator may dismiss it. The others tell what is so now, and end by themselves.
   */
  readonly tellsPast?: true;
  /** Pure: judges facts that were gathered before. An empty list means that all is well. */
  readonly check: (facts: Facts) => readonly Found[];
}

export interface Finding {
  readonly name: string;
  readonly part: HealthPart;
  readonly severity: Severity;
  readonly title: string;
  readonly subject: string;
  readonly problem: string;
  readonly advice: string;
  readonly command: string | null;
  readonly stopsOperations: boolean;
  /** Names what happened, so that it can be dismissed. Null if the condition tells what is so now. */
  readonly occurrence: string | null;
  readonly since: Date;
}

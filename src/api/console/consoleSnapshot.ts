// The snapshots that the stream sends to the console's page. The page is built from these types, so this file
// may hold nothing else.
import type { ProjectionName } from '../../projections/registry.ts';
import type { Finding } from '../../health/condition.ts';
import type { RecoveryProgress } from '../../temporal/recoveries.ts';

export type { ProjectionName };

export interface ProjectionSnapshot {
  readonly projection: ProjectionName;
  readonly position: number;
  readonly head: number;
  readonly behind: number;
  /** When the checkpoint last moved. */
  readonly updatedAt: string;
  /** The age of the first event that waits. If none waits: the lag with which the last event was taken. */
  readonly lagMs: number;
  readonly parked: number;
}

export interface ParkedEventSnapshot {
  readonly projection: ProjectionName;
  readonly position: number;
  readonly walletId: string;
  readonly attempts: number;
  readonly lastError: string;
  readonly firstFailedAt: string;
  readonly nextAttemptAt: string;
}

/** The commands of this API process since the previous sample. */
export interface CommandRates {
  readonly perS: number;
  /** Null if no command was answered. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Answered with 503. */
  readonly refusedPerS: number;
}

/** One point of the plots. */
export interface Sample {
  readonly atMs: number;
  readonly lagMs: Readonly<Record<ProjectionName, number>>;
  readonly behind: Readonly<Record<ProjectionName, number>>;
  readonly outbox: number;
  /** Events that all processes appended; null for the first sample. */
  readonly eventsPerS: number | null;
  readonly commands: CommandRates | null;
}

export interface StoresSnapshot {
  /** "ok" for each part, or what is wrong with it. */
  readonly parts: Readonly<Record<string, string>>;
  /** Null if PostgreSQL does not answer. */
  readonly stores: {
    readonly projections: readonly ProjectionSnapshot[];
    readonly outbox: { readonly unprocessed: number; readonly lagMs: number | null };
    /** What the archive of the log holds. Null if it holds nothing. */
    readonly archive: { readonly segments: number; readonly bytes: number; readonly restored: number } | null;
    /** Empty segments after the end of the log. Null before it is cut into segments. */
    readonly segmentsAhead: number | null;
    /** The first page of them. Each projection has the count of all its own. */
    readonly failures: readonly ParkedEventSnapshot[];
    /** Leads GET /admin/failures on after the first page. Null if there are no more. */
    readonly nextFailures: string | null;
  } | null;
}

export interface ScheduleSnapshot {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly note: string | null;
  /** The last failure of the current run, which is tried again automatically. */
  readonly lastFailure: string | null;
}

export interface RetryingStep {
  readonly step: string;
  readonly attempts: number;
  readonly failure: string;
  /** Null while an attempt runs. */
  readonly nextAttemptAt: string | null;
}

export interface RecoverySnapshot {
  readonly workflowId: string;
  readonly runId: string;
  readonly url: string;
  readonly type: string;
  /** The workflow status as Temporal names it: RUNNING, COMPLETED, FAILED … */
  readonly state: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
  readonly progress: RecoveryProgress | null;
  /** The step that fails and is tried again. */
  readonly retrying: RetryingStep | null;
  readonly result: unknown;
  readonly failure: string | null;
}

export interface TemporalSnapshot {
  /** Worker processes that polled Temporal for work in the last minutes. */
  readonly workers: number;
  readonly schedules: Readonly<Record<ProjectionName, ScheduleSnapshot | null>>;
  /** The first page of them. */
  readonly recoveries: readonly RecoverySnapshot[];
  /** Leads GET /admin/recovery on after the first page. Null if there are no more. */
  readonly nextRecoveries: string | null;
}

/** A condition of the health model that holds, as GET /admin/health shows it. */
export type ConditionSnapshot = Omit<Finding, 'since'> & { readonly since: string };

export interface ConsoleSnapshot extends StoresSnapshot {
  readonly atMs: number;
  /** What is wrong, the most urgent first. Undefined until the model was asked. */
  readonly conditions?: readonly ConditionSnapshot[];
  /** Undefined until Temporal was asked; null if it does not answer. */
  readonly temporal?: TemporalSnapshot | null;
  readonly sample: Sample | null;
}

/** Settings of which the page makes commands and links. They stay the same while the process runs. */
export interface ConsoleSettings {
  readonly TEMPORAL_NAMESPACE: string;
  readonly TEMPORAL_TASK_QUEUE: string;
  readonly TEMPORAL_UI_URL: string;
  readonly SCHEDULE_ID_PREFIX: string;
}

/** The first event of the stream. */
export interface ConsoleHello {
  readonly settings: ConsoleSettings;
  readonly samples: readonly Sample[];
}

// What the console's page is told, live. Types only: the page is built from them as well.
import type { RecoveryProgress } from '../../temporal/recoveries.ts';

export type ConsoleProjectionName = 'read-model' | 'ledger';

export interface ProjectionSnapshot {
  readonly projection: ConsoleProjectionName;
  readonly position: number;
  readonly head: number;
  readonly behind: number;
  /** When the checkpoint last moved. */
  readonly updatedAt: string;
  /** How late the projection is now: the age of the first event that waits, or how late the last one was taken. */
  readonly lagMs: number;
  readonly parked: number;
}

export interface ParkedEventSnapshot {
  readonly projection: ConsoleProjectionName;
  readonly position: number;
  readonly walletId: string;
  readonly attempts: number;
  readonly lastError: string;
  readonly firstFailedAt: string;
  readonly nextAttemptAt: string;
}

/** Of this API process, since the sample before. */
export interface CommandRates {
  readonly perS: number;
  /** Null where none was answered. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Answered with 503. */
  readonly refusedPerS: number;
}

/** One point of the plots. */
export interface Sample {
  readonly atMs: number;
  readonly lagMs: Readonly<Record<ConsoleProjectionName, number>>;
  readonly behind: Readonly<Record<ConsoleProjectionName, number>>;
  readonly outbox: number;
  /** Events that all processes appended; null for the first sample. */
  readonly eventsPerS: number | null;
  readonly commands: CommandRates | null;
}

export interface StoresSnapshot {
  /** What is wrong with each part, or "ok". */
  readonly parts: Readonly<Record<string, string>>;
  /** Null where PostgreSQL does not answer. */
  readonly stores: {
    readonly projections: readonly ProjectionSnapshot[];
    readonly outbox: { readonly unprocessed: number; readonly lagMs: number | null };
    readonly failures: readonly ParkedEventSnapshot[];
  } | null;
}

export interface ScheduleSnapshot {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly note: string | null;
  /** What the run in hand failed with last; it is tried again by itself. */
  readonly lastFailure: string | null;
}

export interface RecoverySnapshot {
  readonly workflowId: string;
  readonly runId: string;
  readonly url: string;
  readonly type: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED … */
  readonly state: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
  readonly progress: RecoveryProgress | null;
  readonly result: unknown;
  readonly failure: string | null;
}

export interface TemporalSnapshot {
  /** Worker processes that asked for work within the last minutes. */
  readonly workers: number;
  readonly schedules: Readonly<Record<ConsoleProjectionName, ScheduleSnapshot | null>>;
  readonly recoveries: readonly RecoverySnapshot[];
}

export interface ConsoleSnapshot extends StoresSnapshot {
  readonly atMs: number;
  /** Undefined until Temporal was asked; null where it does not answer. */
  readonly temporal?: TemporalSnapshot | null;
  readonly sample: Sample | null;
}

/** What stays the same while the process runs: for commands and links. */
export interface ConsoleSettings {
  readonly TEMPORAL_NAMESPACE: string;
  readonly TEMPORAL_TASK_QUEUE: string;
  readonly TEMPORAL_UI_URL: string;
  readonly SCHEDULE_ID_PREFIX: string;
}

/** The stream's first event. */
export interface ConsoleHello {
  readonly settings: ConsoleSettings;
  readonly samples: readonly Sample[];
}

// The facts that the conditions judge. They are gathered once for all conditions and all callers. A part that
// does not answer in time has a reason instead of a value, so a condition never guesses.
import type { LevelFacts } from '../eventStore/readLevels.ts';
import type { LedgerForm } from '../projections/ledger/forms/ledgerForm.ts';
import type { DismissedOccurrence } from './dismissals.ts';
import type { ArchiveFacts } from './facts/archiveFacts.ts';
import type { SegmentFacts } from './facts/segmentFacts.ts';
import type { ServerSetting } from './serverSettings.ts';
import type { TemporalHealth } from '../temporal/temporalHealth.ts';

/** The answer of one part, or the reason why there is none. */
export type Reading<T> =
  | { readonly answered: true; readonly answeredInMs: number; readonly value: T }
  | { readonly answered: false; readonly answeredInMs: number; readonly reason: string };

/** What follows a position at which the log has no event. */
export interface LogGap {
  /** The missing position. */
  readonly position: bigint;
  /** The next event that is there; null if the end of the log is missing. */
  readonly next: { readonly position: bigint; readonly walletId: string; readonly version: number } | null;
}

interface ProjectionFacts {
  readonly projection: string;
  /** False if nothing waits for it. */
  readonly required: boolean;
  readonly position: bigint;
  /** Events that the projection has not passed. */
  readonly behind: bigint;
  /** Age of the first event that it has not passed, by PostgreSQL's clock; 0 if none waits. */
  readonly lagS: number;
  readonly parked: number;
  /** Set if the log lacks the event after the checkpoint. */
  readonly gap: LogGap | null;
}

export interface RefusedPrune {
  readonly subject: string;
  readonly refusal: string;
  readonly since: Date;
}

/** Endpoints of one kind, with the one that has been so for the longest time. */
export interface EndpointsFound {
  readonly count: number;
  /** Null if there is none. */
  readonly first: { readonly id: string; readonly tenant: string } | null;
  readonly since: Date | null;
}

export interface WebhookFacts {
  readonly endpoints: number;
  /** False if the asked process has no WEBHOOK_SECRETS_KEY. */
  readonly hasKey: boolean;
  /** Disabled, and not by their owners. */
  readonly givenUp: EndpointsFound;
  /** Retried for a day and more. */
  readonly failing: EndpointsFound;
  /** Counts wallets, each with an event that failed for the last time and holds up later ones. */
  readonly heldUp: EndpointsFound;
  /** Their newest secret is under a key that the asked process does not have. */
  readonly unreadable: EndpointsFound & { readonly keyIds: readonly string[] };
}

export interface PostgresFacts {
  readonly version: string;
  /** Tells this database and its read model from those of other installations. Null if nobody may ask. */
  readonly installationId: string | null;
  /** Why the service can't write, in PostgreSQL's words; null if it can. */
  readonly refusal: string | null;
  readonly isStandby: boolean;
  /** True if the role of the service could change or delete events. */
  readonly mayChangeEvents: boolean;
  /** What is missing in the wall between tenants; null if it stands, or if there are no tenants. */
  readonly wallGap: string | null;
  /** Why no new session may be used for commands, one sentence each. */
  readonly unfit: readonly string[];
  /** Server settings by name, such as `fsync`, as `current_setting` shows them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Those that serverSettings.ts wants, by name. One is absent if the server does not know it. */
  readonly serverSettings: Readonly<Record<string, ServerSetting>>;
  readonly headPosition: bigint;
  /** Prunes that were refused because a clock may have jumped. */
  readonly refusedPrunes: readonly RefusedPrune[];
  /**
   * Seconds since a generation of idempotency records should have ended or been dropped; 0 if none should.
   */
  readonly generationOverdueS: number;
  readonly projections: readonly ProjectionFacts[];
  /** Required projections without a checkpoint. Nothing counts as processed without it. */
  readonly checkpointsMissing: readonly string[];
  readonly levels: LevelFacts;
  readonly ledgerForm: LedgerForm;
  readonly segments: SegmentFacts;
  readonly archive: ArchiveFacts;
  readonly webhooks: WebhookFacts;
  /** Seconds since the end of the open hold that is longest overdue; 0 if none is. */
  readonly holdOverdueS: number;
  /** What an operator dismissed, the newest first. */
  readonly dismissed: readonly DismissedOccurrence[];
}

export interface RedisFacts {
  readonly version: string;
  /** Why the wallet lock can't be taken, in Redis's words; null if it can. */
  readonly refusal: string | null;
}

interface IndexFacts {
  readonly index: string;
  readonly isClosed: boolean;
  /** Why Elasticsearch refuses writes to it, such as `index read-only / allow delete (api)`. */
  readonly blocks: readonly string[];
}

export interface ElasticsearchFacts {
  readonly version: string;
  readonly status: string;
  readonly indexes: readonly IndexFacts[];
  /** Blocks of the whole cluster. */
  readonly blocks: readonly string[];
}

export interface SeriesOfFailures {
  readonly count: number;
  /** The last one, in the words of the part that failed. */
  readonly reason: string;
}

/** What the asked process itself met in the last half minute. Null if nothing failed. */
export interface ProcessFacts {
  /** Batches that went on without the wallet lock. */
  readonly locksBypassed: SeriesOfFailures | null;
  /** Quotas of callers that this process counts alone, because Redis does not count them. */
  readonly ratesLocal: SeriesOfFailures | null;
  /** Attempts to commit that failed since the last commit. Conflicts with other processes don't count. */
  readonly commitsFailed: SeriesOfFailures | null;
  /** Commands that it refused with 503. The reason is the last code. */
  readonly commandsRefused: SeriesOfFailures | null;
}

export interface Facts {
  /** Milliseconds since the epoch, by the clock of this process. Compare it with nothing from a store. */
  readonly atMs: number;
  readonly process: ProcessFacts;
  readonly postgres: Reading<PostgresFacts>;
  readonly redis: Reading<RedisFacts>;
  readonly elasticsearch: Reading<ElasticsearchFacts>;
  readonly temporal: Reading<TemporalHealth>;
}

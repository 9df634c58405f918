// Every recovery that an operator can start: plain data for the API, the command line and the workflows alike. The
// names of the kinds are the workflow types; a fixed workflow id per target makes Temporal refuse a second one beside
// the first. Imports nothing, so that everybody may import it.

/** Each kind's argument: one plain JSON object. A missing argument or field means the default. */
export interface RecoveryArguments {
  readonly retryStaleEvents: {
    /** Unprocessed events above this age are projected again. */
    readonly olderThanS?: number;
    /** True looks at the whole log instead of what came since the last check. */
    readonly full?: boolean;
  };
  readonly rebuildWalletReadModel: { readonly walletId: string };
  readonly rebuildAllReadModels: {
    /** Parts that are filled and compared side by side; 1 to 16. */
    readonly slices?: number;
    /** How long the old index is still written to behind the switch. */
    readonly graceS?: number;
    /** Wallets that one activity takes; a pause takes effect between two activities. */
    readonly walletsPerPage?: number;
  };
  readonly rebuildLedger: Readonly<Record<string, never>>;
  readonly verifyProjections: {
    /** True mends each difference and then looks again. */
    readonly repair?: boolean;
    /** Wallets, then positions, that one activity takes. */
    readonly walletsPerPage?: number;
  };
  readonly pruneOutbox: { readonly olderThanHours?: number };
}

export type RecoveryKind = keyof RecoveryArguments;

/** Bounds and defaults of whole numbers, for HTTP and the workflows alike. */
export const wholeNumbers = {
  olderThanS: { min: 0, max: 31_536_000, fallback: 60 },
  /** More than two keep two cores no busier. */
  slices: { min: 1, max: 16, fallback: 2 },
  graceS: { min: 0, max: 86_400, fallback: 60 },
  /** An activity also ends by time, so that a pause takes effect within seconds. */
  walletsPerPage: { min: 1, max: 100_000, fallback: 100_000 },
  /** Without it the retention of the settings counts. */
  olderThanHours: { min: 0, max: 8_760 },
} as const;

/** What a field holds: a whole number within bounds, true or false, or an id. */
export type FieldRule = { readonly min: number; readonly max: number } | 'flag' | 'id';

interface RecoveryKindFacts<Argument> {
  /** Without SCHEDULE_ID_PREFIX, which whoever starts it puts before it. */
  readonly workflowId: (argument: Argument) => string;
  /** What the Web UI's list shows. */
  readonly summary: string;
  /** Every field that there is. */
  readonly fields: { readonly [Field in keyof Argument]-?: FieldRule };
}

export const recoveryKinds: {
  readonly [Kind in RecoveryKind]: RecoveryKindFacts<RecoveryArguments[Kind]>;
} = {
  retryStaleEvents: {
    workflowId: () => 'retry-stale-events',
    summary: 'Project again what was left behind',
    fields: { olderThanS: wholeNumbers.olderThanS, full: 'flag' },
  },
  rebuildWalletReadModel: {
    workflowId: ({ walletId }) => `rebuild-wallet-${walletId}`,
    summary: "One wallet's row and document anew from its events",
    fields: { walletId: 'id' },
  },
  rebuildAllReadModels: {
    workflowId: () => 'rebuild-read-model',
    summary: 'The whole read model anew from the event store',
    fields: {
      slices: wholeNumbers.slices,
      graceS: wholeNumbers.graceS,
      walletsPerPage: wholeNumbers.walletsPerPage,
    },
  },
  rebuildLedger: {
    workflowId: () => 'rebuild-ledger',
    summary: 'The whole ledger anew from the event store',
    fields: {},
  },
  verifyProjections: {
    workflowId: () => 'verify-projections',
    summary: 'Compare wallets, read model, ledger and outbox with the event store',
    fields: { repair: 'flag', walletsPerPage: wholeNumbers.walletsPerPage },
  },
  pruneOutbox: {
    workflowId: () => 'prune-outbox',
    summary: 'Remove outbox rows and idempotency records past their retention',
    fields: { olderThanHours: wholeNumbers.olderThanHours },
  },
};

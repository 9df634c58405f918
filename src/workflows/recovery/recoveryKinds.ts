// Describes every recovery that an operator can start: its workflow id, its summary and the fields of its
// argument. The API's schema, the options of the command line and the workflow's own check are derived from
// it. It imports nothing. A new recovery needs an entry here, and a workflow of the same name in ../index.ts.
// Operators reach it over HTTP at once. cli/recoverySubcommands.ts and console/actions.ts hold a command and
// a button for it.

/** How the command line sets a field. */
interface CommandLineOption {
  readonly flags: string;
  readonly help: string;
}

/**
 * One field of an argument. An id is required. Any other field may be missing or null, which means its
 * default.
 */
export type FieldRule =
  | { readonly type: 'id'; readonly question: string }
  /** The default of a flag is false. */
  | { readonly type: 'flag'; readonly option?: CommandLineOption }
  | {
      readonly type: 'count';
      readonly min: number;
      readonly max: number;
      /** Null lets the activity decide. */
      readonly fallback: number | null;
      readonly option?: CommandLineOption;
    };

interface RecoveryDescription {
  /**
   * Without SCHEDULE_ID_PREFIX. One fixed id per target makes Temporal refuse a second run beside the first.
   */
  readonly workflowId: (argument: { readonly walletId: string }) => string;
  /** The list of the Web UI shows it. */
  readonly summary: string;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

/** Wallets, or positions of the log, that one activity takes. A pause takes effect between two activities. */
const walletsPerPage = { type: 'count', min: 1, max: 100_000, fallback: 100_000 } as const;

/** Reads the log from its first event, and not from the opening state of what is archived. */
const fromStart = {
  type: 'flag',
  option: {
    flags: '--from-start',
    help: 'read the whole log; restore what is archived first',
  },
} as const;

/** A segment of the log, as `wallet archive status` numbers them. */
const segment = { type: 'count', min: 1, max: 2_147_483_647, fallback: null } as const;

/** The keys are the workflow types. */
const descriptions = {
  retryStaleEvents: {
    workflowId: () => 'retry-stale-events',
    summary: 'Project overdue events again',
    fields: {
      /** Unprocessed events above this age are projected again. */
      olderThanS: {
        type: 'count',
        min: 0,
        max: 31_536_000,
        fallback: 60,
        option: { flags: '--older-than <seconds>', help: 'the age at which an event is overdue' },
      },
      full: {
        type: 'flag',
        option: { flags: '--full', help: 'check the whole log instead of the part after the last check' },
      },
    },
  },
  rebuildWalletReadModel: {
    // A slash in it could not stand in the path of a request, and no id has a tilde.
    workflowId: ({ walletId }) => `rebuild-wallet-${walletId.replace('/', '~')}`,
    summary: "Rebuild one wallet's row and document from its events",
    fields: { walletId: { type: 'id', question: 'which wallet?' } },
  },
  rebuildAllReadModels: {
    workflowId: () => 'rebuild-read-model',
    summary: 'Rebuild the whole read model from the event store',
    fields: {
      /** Above two, two cores are no busier. */
      slices: {
        type: 'count',
        min: 1,
        max: 16,
        fallback: 2,
        option: {
          flags: '--slices <count>',
          help: 'with --all: number of parts that are filled side by side',
        },
      },
      /** How long the old index is still written to after the switch. */
      graceS: { type: 'count', min: 0, max: 86_400, fallback: 60 },
      walletsPerPage,
      fromStart,
    },
  },
  rebuildLedger: {
    workflowId: () => 'rebuild-ledger',
    summary: 'Rebuild the whole ledger from the event store',
    fields: { fromStart },
  },
  verifyProjections: {
    workflowId: () => 'verify-projections',
    summary: 'Compare wallets, read model, ledger and outbox with the event store',
    fields: {
      repair: {
        type: 'flag',
        option: { flags: '--repair', help: 'repair each difference, then compare again' },
      },
      /** A verification compares only what every projection has passed. */
      waitS: {
        type: 'count',
        min: 0,
        max: 3_600,
        fallback: 30,
        option: { flags: '--wait <seconds>', help: 'how long to wait for the projections' },
      },
      walletsPerPage,
    },
  },
  pruneOutbox: {
    workflowId: () => 'prune-outbox',
    summary: 'Remove outbox rows and idempotency records past their retention',
    fields: {
      /** Its default is the retention of the settings. */
      olderThanHours: { type: 'count', min: 0, max: 8_760, fallback: null },
      /** An operator says that the clocks are right, after a prune was refused. */
      confirmed: { type: 'flag' },
    },
  },
  archiveLog: {
    workflowId: () => 'archive-log',
    summary: 'Archive old segments of the log',
    fields: {},
  },
  restoreSegment: {
    workflowId: () => 'restore-segment',
    summary: 'Bring an archived segment of the log back',
    fields: { segment },
  },
  releaseSegment: {
    workflowId: () => 'release-segment',
    summary: 'Detach and drop a segment of the log that was restored',
    fields: { segment },
  },
  verifyArchive: {
    workflowId: () => 'verify-archive',
    summary: 'Compare the files of the archive with what was sealed',
    /** Without a segment, all of them. */
    fields: { segment },
  },
} as const satisfies Readonly<Record<string, RecoveryDescription>>;

type Descriptions = typeof descriptions;
export type RecoveryKind = keyof Descriptions;

type ValueOf<Rule> = Rule extends { type: 'id' } ? string : Rule extends { type: 'flag' } ? boolean : number;
type IdsOf<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends { type: 'id' } ? Name : never;
}[keyof Fields];

/** An argument as it is given: one JSON object. */
type ArgumentOf<Fields> = Readonly<Record<IdsOf<Fields>, string>> & {
  readonly [Name in Exclude<keyof Fields, IdsOf<Fields>>]?: ValueOf<Fields[Name]>;
};
export type RecoveryArguments = {
  readonly [Kind in RecoveryKind]: ArgumentOf<Descriptions[Kind]['fields']>;
};

/** An argument with its defaults filled in. */
export type CompleteArgument<Kind extends RecoveryKind> = {
  readonly [Name in keyof Descriptions[Kind]['fields']]:
    | ValueOf<Descriptions[Kind]['fields'][Name]>
    | (Descriptions[Kind]['fields'][Name] extends { fallback: null } ? null : never);
};

export const recoveryKinds: {
  readonly [Kind in RecoveryKind]: {
    readonly workflowId: (argument: RecoveryArguments[Kind]) => string;
    readonly summary: string;
    readonly fields: Readonly<Record<string, FieldRule>>;
  };
} = descriptions;

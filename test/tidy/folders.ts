// The only list of what each folder owns and may import. test/unit/folders.test.ts checks every import
// against it. `npm run folders:write` prints ARCHITECTURE's table of folders from it.

export interface Folder {
  /** A folder, or one file that belongs to none. */
  readonly path: string;
  readonly owns: string;
  /** Folders or single files of ours, besides its own. */
  readonly mayImport: readonly string[] | 'everything';
  /** Folders or single files of which only types may be imported. */
  readonly mayImportTypes?: readonly string[];
}

export const folders: readonly Folder[] = [
  { path: 'src/domain', owns: 'Events, state, `evolve`, `decide`, money. Pure.', mayImport: [] },
  {
    path: 'src/access',
    owns: 'Who calls, and what a caller may do: callers, scopes, API keys.',
    mayImport: ['src/config', 'src/domain', 'src/eventStore', 'src/locks', 'src/networks.ts'],
  },
  {
    path: 'src/eventStore',
    owns: 'The write side of PostgreSQL: append, load, read, migrations.',
    mayImport: ['src/config', 'src/deadline.ts', 'src/domain'],
  },
  {
    path: 'src/locks',
    owns: 'The lock in Redis, and the connection to Redis.',
    mayImport: [],
  },
  {
    path: 'src/commands',
    owns: 'Group commit: queue, batch, lock, load, decide, append. The handover of commands between processes.',
    mayImport: [
      ...['src/config', 'src/deadline.ts', 'src/domain', 'src/eventStore', 'src/failpoints.ts', 'src/locks'],
    ],
  },
  {
    path: 'src/projections',
    owns: 'Pure mappings, sinks, checkpoints, parked events, the drain loop, rebuilds, verification.',
    mayImport: [
      'src/archive/archiveStatus.ts',
      ...['src/config', 'src/domain', 'src/eventStore', 'src/failpoints.ts', 'src/telemetry'],
    ],
  },
  {
    path: 'src/archive',
    owns: 'Old segments of the log in files: their steps, the files, how they come back, and the opening state after them.',
    mayImport: ['src/domain', 'src/eventStore', 'src/failpoints.ts', 'src/projections'],
    mayImportTypes: ['src/config'],
  },
  {
    path: 'src/feed',
    owns: 'The event feed: CloudEvents, cursors, pages, and the one loop that follows the end of the log.',
    mayImport: ['src/domain', 'src/eventStore'],
  },
  {
    path: 'src/webhooks',
    owns: 'Webhooks: endpoints, signatures and their secrets, where they may be sent, the drain of the fast lane, and what is tried again.',
    mayImport: [
      'src/domain',
      'src/eventStore',
      'src/failpoints.ts',
      'src/feed',
      'src/networks.ts',
      'src/projections/checkpoints.ts',
      'src/projections/drain',
      'src/projections/projection.ts',
    ],
    mayImportTypes: ['src/config', 'src/telemetry'],
  },
  {
    path: 'src/audit',
    owns: 'The audit log: its rows, how refusals are counted, how it is read.',
    mayImport: [],
  },
  {
    path: 'src/rates',
    owns: 'How often a caller asks: leases of a quota, counted in Redis.',
    mayImport: [],
  },
  {
    path: 'src/activities',
    owns: 'Thin adapters between Temporal and projections or commands: `createActivities(deps)`.',
    mayImport: [
      'src/archive',
      'src/commands/workflowCommands.ts',
      'src/eventStore',
      'src/failpoints.ts',
      'src/projections',
      'src/webhooks',
    ],
  },
  {
    path: 'src/workflows',
    owns: 'Deterministic code that Temporal replays. Runs `@temporalio/workflow` and no other package.',
    mayImport: ['src/projections/registry.ts'],
    mayImportTypes: ['src/activities', 'src/archive'],
  },
  {
    path: 'src/temporal',
    owns: 'Our client of Temporal: the connection, recoveries, schedules.',
    mayImport: [
      'src/archive/archiveTimes.ts',
      'src/config',
      'src/foreignText.ts',
      'src/projections/registry.ts',
      'src/workflows/recovery/innermostMessage.ts',
      'src/workflows/recovery/recoveryKinds.ts',
    ],
    mayImportTypes: ['src/workflows/recovery'],
  },
  {
    path: 'src/health',
    owns: 'The one health model: facts about every part, the conditions that judge them, since when.',
    mayImport: [
      'src/archive',
      'src/config',
      'src/deadline.ts',
      'src/eventStore',
      'src/projections',
      'src/telemetry',
      'src/temporal',
      'src/workflows/recovery/archiveReasons.ts',
    ],
  },
  {
    path: 'src/api',
    owns: 'Routes, schemas, problem details, the OpenAPI document, the feed of the console.',
    mayImport: [
      'src/access',
      'src/archive',
      'src/audit',
      'src/commands',
      'src/domain',
      'src/eventStore',
      'src/failpoints.ts',
      'src/feed',
      'src/foreignText.ts',
      'src/health',
      'src/networks.ts',
      'src/projections',
      'src/rates',
      'src/telemetry',
      'src/temporal',
      'src/webhooks',
      'src/workflows/recovery/archiveReasons.ts',
      'src/workflows/recovery/recoveryKinds.ts',
    ],
    mayImportTypes: ['src/config/roles.ts'],
  },
  {
    path: 'src/telemetry',
    owns: 'The log, the metrics at `/metrics`, readiness, traces.',
    mayImport: ['src/config', 'src/deadline.ts', 'src/foreignText.ts'],
    mayImportTypes: ['src/archive'],
  },
  {
    path: 'src/http',
    owns: 'The HTTP server around an application: connections, served hosts, an orderly stop.',
    mayImport: ['src/api/http', 'src/config', 'src/servedHosts.ts'],
  },
  {
    path: 'src/client',
    owns: 'The typed client. `npm run client:types` generates its types, `npm run client:package` its package.',
    mayImport: [],
  },
  {
    path: 'src/config',
    owns: 'Every setting, with its default and meaning.',
    mayImport: ['src/networks.ts'],
  },
  { path: 'src/deadline.ts', owns: 'Bounds the wait for one answer.', mayImport: [] },
  {
    path: 'src/failpoints.ts',
    owns: 'Named steps at which a test may end the process. Does nothing without `TEST_CRASH_POINT_FILE`.',
    mayImport: [],
  },
  {
    path: 'src/foreignText.ts',
    owns: 'Shows foreign text without characters that hide, or that move what is beside them.',
    mayImport: [],
  },
  {
    path: 'src/networks.ts',
    owns: 'Reads networks in CIDR form, and tells whether an address is in one of them. Pure.',
    mayImport: [],
  },
  {
    path: 'src/servedHosts.ts',
    owns: 'Decides by the Host header whether a process answers at all.',
    mayImport: [],
  },
  {
    path: 'src/stopSignal.ts',
    owns: 'Hears SIGTERM and SIGINT from the first line of a process on.',
    mayImport: [],
  },
  {
    path: 'src/loopbackDirect.ts',
    owns: "Keeps this machine's own addresses away from a proxy of the environment.",
    mayImport: [],
  },
  {
    path: 'src/startFailure.ts',
    owns: 'Says in words why a process cannot start.',
    mayImport: [],
  },
  {
    path: 'server',
    owns: 'Composition root of the API process.',
    mayImport: [
      'src/access',
      'src/api',
      'src/archive/archiveTimes.ts',
      'src/audit',
      'src/commands',
      'src/config',
      'src/domain',
      'src/eventStore',
      'src/failpoints.ts',
      'src/feed',
      'src/health',
      'src/http',
      'src/loopbackDirect.ts',
      'src/locks',
      'src/projections',
      'src/rates',
      'src/startFailure.ts',
      'src/stopSignal.ts',
      'src/telemetry',
      'src/temporal',
      'src/webhooks',
    ],
  },
  {
    path: 'worker',
    owns: 'Composition root of the worker process.',
    mayImport: [
      'src/access',
      'src/activities',
      'src/api/http/authentication.ts',
      'src/api/http/clientAddress.ts',
      'src/api/process',
      'src/api/wallets/commandIdCover.ts',
      'src/archive',
      'src/commands',
      'src/config',
      'src/domain',
      'src/eventStore',
      'src/failpoints.ts',
      'src/feed',
      'src/health',
      'src/http',
      'src/locks',
      'src/loopbackDirect.ts',
      'src/projections',
      'src/startFailure.ts',
      'src/stopSignal.ts',
      'src/telemetry',
      'src/temporal',
      'src/webhooks',
    ],
  },
  {
    path: 'cli',
    owns: 'The `wallet` command, which uses the client. Only `doctor` reads the configuration.',
    mayImport: [
      'src/foreignText.ts',
      'src/client',
      'src/config',
      'src/loopbackDirect.ts',
      'src/projections/registry.ts',
      'src/startFailure.ts',
      'src/temporal',
      'src/workflows/recovery/recoveryKinds.ts',
      'src/workflows/recovery/thousands.ts',
    ],
  },
  {
    path: 'console',
    owns: 'The page at `/console`: TypeScript and CSS for the browser, bundled at the first request.',
    mayImport: [
      'src/api/console/samplesAfter.ts',
      'src/feed/feedTypes.ts',
      'src/foreignText.ts',
      'src/projections/registry.ts',
      'src/temporal/commandLines.ts',
      'src/temporal/verificationOutcome.ts',
      'src/workflows/recovery/recoveryKinds.ts',
      'src/workflows/recovery/thousands.ts',
    ],
    mayImportTypes: ['src/api', 'src/webhooks/send.ts'],
  },
  {
    path: 'stack',
    owns: 'The embedded local stack of `npm start` and `npm test`.',
    mayImport: ['src/config', 'src/loopbackDirect.ts', 'src/startFailure.ts'],
  },
  {
    path: 'harness',
    owns: 'Environment, processes, proxy, settling and invariants for `bench`, faults and end-to-end tests.',
    mayImport: ['src', 'stack'],
  },
  {
    path: 'bench',
    owns: '`npm run bench`: load, and a comparison of acknowledged commands with stored events.',
    mayImport: 'everything',
  },
  { path: 'test', owns: 'Every test, and the tools that only tests use.', mayImport: 'everything' },
  {
    path: 'docs',
    owns: 'Pages for users, operators and developers. `test/e2e/docs.test.ts` runs their commands.',
    mayImport: [],
  },
  {
    path: 'observability',
    owns: 'Dashboard, alert rules and settings of Prometheus and Grafana.',
    mayImport: [],
  },
];

/** The folder that holds the file; a file or folder that is named more closely wins. */
export function folderOf(file: string): Folder | undefined {
  return folders
    .filter(({ path }) => isIn(file, path))
    .toSorted((left, right) => right.path.length - left.path.length)[0];
}

export function mayImport(importer: Folder, imported: string, typeOnly: boolean): boolean {
  if (importer.mayImport === 'everything' || isIn(imported, importer.path)) return true;
  const allowed = [...importer.mayImport, ...(typeOnly ? (importer.mayImportTypes ?? []) : [])];
  return allowed.some((path) => isIn(imported, path));
}

export function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

/** The table of folders, as ARCHITECTURE.md shows it. */
export function folderTable(): string {
  const rows = folders.map((folder) => {
    const name = folder.path.endsWith('.ts') ? folder.path : `${folder.path}/`;
    return `| \`${name}\` | ${folder.owns} | ${importsInWords(folder)} |`;
  });
  return [tableHead, '|---|---|---|', ...rows].join('\n');
}

const tableHead = '| folder | what it owns | may import |';

function importsInWords({ mayImport: allowed, mayImportTypes = [] }: Folder): string {
  if (allowed === 'everything') return 'everything';
  const named = (path: string) => `\`${path.replace(/^src\//, '')}\``;
  const words = [...allowed.map(named), ...mayImportTypes.map((path) => `types of ${named(path)}`)];
  return words.length === 0 ? '–' : words.join(', ');
}

/** The page with its table of folders replaced by the one printed from here. */
export function withFolderTable(page: string): string {
  const lines = page.split('\n');
  const from = lines.indexOf(tableHead);
  if (from < 0) throw new Error(`no line of the page is "${tableHead}"`);
  const until = lines.findIndex((line, index) => index > from && !line.startsWith('|'));
  return [...lines.slice(0, from), folderTable(), ...lines.slice(until < 0 ? lines.length : until)].join(
    '\n',
  );
}

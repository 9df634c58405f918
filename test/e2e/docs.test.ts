// Runs the commands of README.md and docs/ against real processes, in the order of the pages, as a reader
// would. Each must print what its page shows. Every link and anchor must lead somewhere.
import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cacheDirOf } from '../../stack/paths.ts';
import { silent } from '../../stack/progress.ts';
import { claimState, type StateFile } from '../../stack/state.ts';
import { temporalProgram } from '../../stack/temporal.ts';
import { testConfig } from '../support/api.ts';
import { appendRows, unknownEvent } from '../support/appendEvents.ts';
import { createProtectedDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { anchorsIn, commandsIn, linksIn, shapeOf } from '../support/markdown.ts';
import { startProcess, surroundings, type SystemProcess } from '../../harness/processes.ts';
import { testPool } from '../support/projections.ts';
import { type Receiver, startReceiver } from '../support/webhookReceiver.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Operations comes last, because its last section parks an event that no projection can take. */
const written = globSync('docs/**/*.md', { cwd: root }).sort();
const last = 'docs/operations.md';
const documents = [
  'README.md',
  'docs/getting-started.md',
  ...written.filter((file) => file !== last),
  last,
].filter((file, index, all) => all.indexOf(file) === index);
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');
const runnable = documents.flatMap((file) =>
  commandsIn(textOf(file)).flatMap(({ notRun, ...commands }) =>
    notRun === undefined ? [{ file, ...commands }] : [],
  ),
);
/** Longest time of one block. */
const waitMaxMs = 50_000;
/** Characters of a block's output that are compared, so that a failure stays readable. */
const shownMax = 8_000;

let database: Awaited<ReturnType<typeof createProtectedDatabase>>;
let server: SystemProcess;
let worker: SystemProcess;
/** Stands in for a program that takes webhooks. */
let receiver: Receiver;
let varDir: string;
let state: StateFile;
let temporal: string;

beforeAll(async () => {
  database = await createProtectedDatabase();
  // Without prefixes, because the docs show the ids of a default installation. Every other test has prefixes.
  // The processes have the role of the service, so that `doctor` finds nothing.
  const config = testConfig(database.serviceUrl, {
    ...{ TEMPORAL_TASK_QUEUE: 'wallet', SCHEDULE_ID_PREFIX: '' },
    API_KEY_PEPPERS: `docs:${Buffer.alloc(32, 'docs').toString('base64')}`,
    WEBHOOK_SECRETS_KEY: Buffer.alloc(32, 'docs').toString('base64'),
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  });
  receiver = await startReceiver((response) => response.writeHead(204).end(), { isPlain: true });
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
  temporal = await temporalProgram({
    cacheDir: cacheDirOf(process.env),
    environment: process.env,
    progress: silent,
    signal: new AbortController().signal,
  });
  varDir = mkdtempSync(path.join(tmpdir(), 'docs-'));
  state = await claimState(varDir, {
    control: path.join(varDir, 'control.sock'),
    processes: {},
    urls: {
      DATABASE_URL: database.url,
      REDIS_URL: config.REDIS_URL,
      ELASTICSEARCH_URL: config.ELASTICSEARCH_URL,
      TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
      TEMPORAL_UI_URL: config.TEMPORAL_UI_URL,
      API_URL: server.url,
    },
  });
});
afterAll(async () => {
  state.release();
  rmSync(varDir, { recursive: true });
  await Promise.all([server.stop(), worker.stop()]);
  await receiver.close();
  await database.drop();
});

/**
 * Stands in for npm: runs the script's program directly, which saves the second that each start of npm takes.
 */
const preamble = `
set -euo pipefail
npm() {
  [ "$1 $2 $4" = 'run -s --' ] || { echo "npm $*: only npm run -s … -- is run here" >&2; return 1; }
  case "$3:\${5-}" in
    stack:temporal) "$TEMPORAL_PROGRAM" "\${@:6}" ;;
    wallet:*) node cli/wallet.ts "\${@:5}" ;;
    stack:*) node stack/cli.ts "\${@:5}" ;;
    *) echo "no script $3 here" >&2; return 1 ;;
  esac
}
`;

/** Puts this test's addresses in place of the default ones that the docs show. */
function withAddresses(script: string): string {
  return script
    .replaceAll(/(?:http:\/\/)?(?:localhost|127\.0\.0\.1):3000/g, server.url)
    .replaceAll(/(?:http:\/\/)?(?:localhost|127\.0\.0\.1):3001/g, worker.url)
    .replaceAll('http://127.0.0.1:4000', `http://127.0.0.1:${receiver.port}`)
    .replaceAll('http://localhost:19200', inject('elasticsearchUrl'));
}

function run(script: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const env = {
    PATH: `${path.join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    HOME: process.env.HOME,
    WALLET_CACHE_DIR: process.env.WALLET_CACHE_DIR,
    // Fifty short processes would each compile the same modules, for two thirds of their processor time.
    NODE_COMPILE_CACHE: surroundings.NODE_COMPILE_CACHE ?? path.join(varDir, 'compiled'),
    WALLET_VAR_DIR: varDir,
    WALLET_URL: server.url,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_PROGRAM: temporal,
  };
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-c', preamble + withAddresses(script)],
      { cwd: root, env, timeout: waitMaxMs },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
      },
    );
  });
}

/** True if every line only reads from the API or the worker. */
const onlyReads = (script: string) =>
  script.split('\n').every((line) => /^(?:curl (?!.* -[Xd] ).*|npm run -s wallet -- doctor.*)?$/.test(line));

/** Parks an event if none is parked, for the blocks about parked events. */
async function ensureParkedEvent(): Promise<void> {
  const pool = testPool(database.url);
  const { rows } = await pool.query<{ exists: boolean }>('select exists (select from projection_failures)');
  if (rows[0]?.exists === false) await appendRows(pool, [unknownEvent('painted', 1)]);
  await eventually(async () => (await pool.query('select from projection_failures')).rowCount === 2);
  await pool.end();
}

describe('the documentation', () => {
  it('holds commands that are run', () => {
    expect(runnable.length).toBeGreaterThan(40);
  });

  it.each(runnable.map((one) => [`${one.file}:${one.line}`, one] as const))(
    'works and prints what stands there: %s',
    async (_, { script, output }) => {
      if (script.includes('/admin/failures')) await ensureParkedEvent();
      const asWritten = async () => {
        const { code, out, err } = await run(script);
        expect(code, `${script}\n${out}\n${err}`).toBe(0);
        if (output !== undefined) expect(out.slice(0, shownMax)).toMatch(shapeOf(output));
        return true;
      };
      // On a busy machine a part may miss the second that a probe or a scrape gives it. A block that only
      // reads is run again.
      await (onlyReads(script) ? eventually(asWritten) : asWritten());
    },
  );

  it.each(documents)('leads somewhere with every link: %s', (file) => {
    const broken = linksIn(textOf(file)).filter((link) => {
      const [target = '', anchor] = link.split('#');
      const linked = target === '' ? file : path.join(path.dirname(file), target);
      if (!existsSync(path.join(root, linked))) return true;
      return anchor !== undefined && !anchorsIn(textOf(linked)).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('has a section for every alert', () => {
    const rules = textOf('observability/prometheus/alerts.yml');
    const anchors = [...rules.matchAll(/runbook_url: docs\/operations\.md#(\S+)/g)].map(
      ([, anchor]) => anchor,
    );
    expect(anchors.length).toBeGreaterThan(10);
    expect(anchors.filter((anchor) => !anchorsIn(textOf('docs/operations.md')).has(anchor ?? ''))).toEqual(
      [],
    );
  });
});

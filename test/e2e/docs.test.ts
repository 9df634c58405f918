// README.md and docs/, held against the system: their commands are run, in order, as somebody would who reads them, and
// have to print what stands there; links and anchors have to lead somewhere.
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
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { anchorsIn, commandsIn, linksIn, shapeOf } from '../support/markdown.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { testPool } from '../support/projections.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** In this order; the last one ends with an event that no projection can take. */
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
/** Of one block. */
const waitMaxMs = 50_000;
/** Characters of its output that are looked at, so that a failure can be read. */
const shownMax = 8_000;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;
let worker: SystemProcess;
let varDir: string;
let state: StateFile;
let temporal: string;

beforeAll(async () => {
  database = await createTestDatabase();
  // No prefixes: ids are the ones that stand in the docs. No other test goes without.
  const config = testConfig(database.url, { TEMPORAL_TASK_QUEUE: 'wallet', SCHEDULE_ID_PREFIX: '' });
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
  temporal = await temporalProgram({
    port: 0,
    uiPort: 0,
    dataDir: root,
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
  await database.drop();
});

/** What npm would run for its scripts, and what `stack temporal` would, without the second that their starts take each time. */
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

/** The documented addresses are the defaults; here they are others. */
function withAddresses(script: string): string {
  return script
    .replaceAll(/(?:http:\/\/)?(?:localhost|127\.0\.0\.1):3000/g, server.url)
    .replaceAll(/(?:http:\/\/)?(?:localhost|127\.0\.0\.1):3001/g, worker.url)
    .replaceAll('http://localhost:19200', inject('elasticsearchUrl'));
}

function run(script: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const env = {
    PATH: `${path.join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    HOME: process.env.HOME,
    WALLET_CACHE_DIR: process.env.WALLET_CACHE_DIR,
    // Of fifty short processes each would compile the same modules: two thirds of their processor time.
    NODE_COMPILE_CACHE: path.join(varDir, 'compiled'),
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

/** Every line of it only asks the API or the worker for something. */
const onlyLooks = (script: string) =>
  script.split('\n').every((line) => /^(?:curl (?!.* -[Xd] ).*)?$/.test(line));

/** The blocks about parked events need one. */
async function ensureParkedEvent(): Promise<void> {
  const pool = testPool(database.url);
  const { rows } = await pool.query<{ exists: boolean }>('select exists (select from projection_failures)');
  if (rows[0]?.exists === false) await appendRows(pool, [unknownEvent('painted', 1)]);
  await eventually(async () => (await pool.query('select from projection_failures')).rowCount === 2);
  await pool.end();
}

describe('what is documented', () => {
  it('holds commands that are run', () => {
    expect(runnable.length).toBeGreaterThan(20);
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
      // A probe and a scrape give each part a second, which a busy machine may take: a block that only looks looks again.
      await (onlyLooks(script) ? eventually(asWritten) : asWritten());
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

// Worker processes are killed at each step of the archive, of a restore, of the maker of segments and of the
// generations of records. Each time another worker begins the next run. What is left in the end is what one
// worker that nobody disturbed leaves on a copy of the database.
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { copyDatabase, type OwnDatabase, urlOfDatabase } from '../../harness/databases.ts';
import { type LaunchedProcess, launchProcess } from '../../harness/processes.ts';
import { upkeepFailpoints } from '../../harness/upkeepFailpoints.ts';
import type { Config } from '../../src/config/config.ts';
import { makeGeneration, switchGeneration } from '../../src/eventStore/generations.ts';
import type { FailpointName } from '../../src/failpoints.ts';
import { testConfig } from '../support/api.ts';
import { fillByCommands, letAge, narrow } from '../support/archiveFixture.ts';
import { createProtectedDatabase } from '../support/database.ts';
import { testPool } from '../support/projections.ts';
import { cutLog } from '../support/segments.ts';

interface Run {
  readonly workflow: keyof typeof upkeepFailpoints;
  readonly args: readonly object[];
}

const runs: readonly Run[] = [
  { workflow: 'archiveLog', args: [] },
  { workflow: 'restoreSegment', args: [{ segment: 1 }] },
  { workflow: 'keepSegments', args: [] },
  { workflow: 'pruneOutbox', args: [{ confirmed: true }] },
];

/** An installation of its own: a database, a folder for the archive, a task queue. */
interface Installation {
  readonly database: OwnDatabase;
  readonly folder: string;
  readonly config: Config;
}

let disturbed: Installation;
let undisturbed: Installation;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
  const database = await createProtectedDatabase();
  await fill(database);
  const copy = await copyDatabase(inject('databaseUrl'), `${database.name}_copy`, database.name);
  disturbed = await install(database, database.serviceUrl);
  undisturbed = await install(copy, urlOfDatabase(database.serviceUrl, copy.name));
});
afterAll(async () => {
  for await (const { scheduleId } of client.schedule.list())
    if ([disturbed, undisturbed].some(({ config }) => scheduleId.startsWith(config.SCHEDULE_ID_PREFIX)))
      await client.schedule.getHandle(scheduleId).delete();
  await connection.close();
  for (const { database, folder } of [undisturbed, disturbed]) {
    await database.drop();
    await rm(folder, { recursive: true });
  }
});

/** Old events of every type in narrow segments, and one generation of records to switch and one to drop. */
async function fill({ url, serviceUrl }: OwnDatabase & { readonly serviceUrl: string }): Promise<void> {
  const [owner, pool] = [testPool(url), testPool(serviceUrl)];
  await cutLog(owner, narrow);
  await fillByCommands({ databaseUrl: serviceUrl });
  await letAge({ owner, pool });
  await makeGeneration(pool, 1);
  await switchGeneration(pool, 1);
  await owner.query(
    `update command_generations
        set began_at = now() - interval '400 hours', ended_at = ended_at - interval '300 hours'`,
  );
  await owner.query("update prune_horizons set pruned_before = now() - interval '500 hours'");
  // The maker has to make these again.
  await owner.query(`delete from log_segments where segment = (select max(segment) from log_segments)`);
  await pool.end();
  await owner.end();
}

async function install(database: OwnDatabase, url: string): Promise<Installation> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wallet-killed-'));
  const config = testConfig(url, {
    ...{ ARCHIVE_URL: pathToFileURL(folder).href, ARCHIVE_AFTER_DAYS: '30', ARCHIVE_GRACE_DAYS: '0' },
    ...{ LOG_SEGMENT_EVENTS_MIN: String(narrow), PROJECTORS_AUTO_START: 'false' },
    TEST_CRASH_POINT_FILE: path.join(folder, '..', `${path.basename(folder)}.point`),
  });
  return { database, folder, config };
}

async function startWorker({ config }: Installation): Promise<LaunchedProcess> {
  const worker = launchProcess('worker', config);
  await worker.ready;
  return worker;
}

/** Starts the next run, in place of one whose worker is dead. */
function start({ config }: Installation, { workflow, args }: Run) {
  return client.workflow.start(workflow, {
    ...{ taskQueue: config.TEMPORAL_TASK_QUEUE, args: [...args] },
    workflowId: `${config.SCHEDULE_ID_PREFIX}${workflow}`,
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
}

/** Starts the run, and a worker that ends itself at the failpoint. It completes `unfinished` before. */
async function killAt(
  installation: Installation,
  run: Run,
  point: FailpointName,
  unfinished: Run | undefined,
): Promise<void> {
  const file = installation.config.TEST_CRASH_POINT_FILE;
  const worker = await startWorker(installation);
  try {
    if (unfinished !== undefined) await (await start(installation, unfinished)).result();
    writeFileSync(file, JSON.stringify({ point, passage: 1, signal: 'SIGKILL', arming: 1 }));
    const started = await start(installation, run);
    const ended = started.result().then((value) => `the end of the run: ${JSON.stringify(value)}`);
    expect(await Promise.race([worker.ended, ended]), point).toBe('SIGKILL');
    // The next run terminates this one.
    ended.catch(() => undefined);
    expect(existsSync(`${file}.reached`), point).toBe(true);
  } finally {
    worker.child.kill('SIGKILL');
  }
}

/** All runs to their ends, by one worker. Gives their results. */
async function runAll(installation: Installation, wanted: readonly Run[]): Promise<readonly unknown[]> {
  const worker = await startWorker(installation);
  try {
    const results: unknown[] = [];
    for (const run of wanted) results.push(await (await start(installation, run)).result());
    return results;
  } finally {
    await worker.stop();
  }
}

/** All that the database and the archive hold, but for the times of the steps. */
async function readState({ database, folder }: Installation) {
  const owner = testPool(database.url);
  const texts = async (query: string) =>
    (await owner.query<{ row: string }>(`select ${query}`)).rows.map(({ row }) => row);
  try {
    return {
      segments: await texts(
        `concat_ws(' ', segment, from_position, to_position, state, step, events, checksum, sha256,
                   manifest_sha256, problem, restored_at is not null) as row
           from log_segments left join log_archive_segments using (segment) order by segment`,
      ),
      head: await texts(
        `concat_ws(' ', position, generation, archived_through) as row from log_head, log_archive`,
      ),
      events: await texts('events::text as row from events order by position'),
      postings: await texts('ledger_postings::text as row from ledger_postings order by position, posting'),
      ledger: await texts("concat_ws(' ', form, begins_after) as row from ledger_form"),
      wallets: await texts('opening_wallets::text as row from opening_wallets order by 1'),
      accounts: await texts('opening_accounts::text as row from opening_accounts order by 1'),
      generations: await texts(
        `concat_ws(' ', generation, began_at is null, ended_at is null, dropped_at is null) as row
           from command_generations order by generation`,
      ),
      tables: await texts(
        "relname::text as row from pg_class where relkind in ('r', 'p', 'i', 'I') and relname !~ '^pg_' order by 1",
      ),
      files: await filesOf(folder),
    };
  } finally {
    await owner.end();
  }
}

async function filesOf(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const files: [string, string][] = [];
  for (const name of names.filter((one) => path.extname(one) !== ''))
    files.push([name, (await readFile(path.join(folder, name))).toString('base64')]);
  return files;
}

it('workers that are killed at each step leave what an undisturbed one leaves', async () => {
  const [archived, restored, kept] = await runAll(undisturbed, runs);
  expect(archived).toMatchObject({ waitsFor: null });
  expect(restored).toMatchObject({ segment: 1, events: narrow });
  expect(kept).toMatchObject({ made: expect.any(Number) as number });
  let unfinished: Run | undefined;
  for (const run of runs)
    for (const point of upkeepFailpoints[run.workflow]) {
      await killAt(disturbed, run, point, unfinished === run ? undefined : unfinished);
      unfinished = run;
    }
  await runAll(disturbed, runs.slice(-1));
  expect(await readState(disturbed)).toEqual(await readState(undisturbed));
}, 600_000);

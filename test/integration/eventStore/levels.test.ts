// A level opens only when every process that runs can read it. A session with the name of an older process
// stands in for the release before levels.
import { randomUUID } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { noKeys } from '../../../src/domain/state.ts';
import { createPool, inDatabaseTransaction } from '../../../src/eventStore/database.ts';
import { readCommandIdSecret } from '../../../src/eventStore/commandIdCover.ts';
import { levelMax, levels } from '../../../src/eventStore/levels.ts';
import { loadBatch } from '../../../src/eventStore/loadBatch.ts';
import { assertSchemaVersion, migrate } from '../../../src/eventStore/migrate.ts';
import {
  forgetLostProcesses,
  forgetProcess,
  openNextLevel,
  readLevel,
  reportProcess,
} from '../../../src/eventStore/openLevels.ts';
import { assertLevelKnown, startReports } from '../../../src/eventStore/processReports.ts';
import { readLevelFacts } from '../../../src/eventStore/readLevels.ts';
import { createApiReadiness } from '../../../server/apiReadiness.ts';
import { createWorkerReadiness } from '../../../worker/workerReadiness.ts';
import { withClient } from '../../../harness/databases.ts';
import { testConfig } from '../../support/api.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';

const database = await createTestDatabase();
const pool: Pool = createPool(
  { ...testConfig(database.url), DATABASE_STATEMENT_TIMEOUT_MS: 60_000 },
  'wallet-levels-test',
  () => undefined,
);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const own = { id: randomUUID(), kind: 'worker', level: levelMax } as const;

const quiet = { onFailure: () => undefined, onOutgrown: () => undefined };

/** A database as an upgrade of an installation with events leaves it. */
beforeEach(async () => {
  await changeLog(pool, 'update log_head set level = 1');
  await pool.query("update schema_migrations set oldest_code = 1, applied_at = now() - interval '1 hour'");
  await pool.query('delete from service_processes');
});

const minutesPass = (minutes: number) =>
  pool.query('update service_processes set seen_at = seen_at - make_interval(mins => $1::integer)', [
    minutes,
  ]);

async function oldestCode(): Promise<number> {
  const { rows } = await pool.query<{ oldest: number }>(
    'select max(oldest_code) as oldest from schema_migrations',
  );
  return rows[0]?.oldest ?? 0;
}

it('a new installation starts with all levels open, and one with rows keeps its level', async () => {
  const fresh = await createTestDatabase();
  await withClient(fresh.url, async (client) => {
    expect(await readLevel(client)).toBe(levelMax);
    const { rows } = await client.query('select max(oldest_code) as oldest from schema_migrations');
    expect(rows).toEqual([{ oldest: 12 }]);
    await assertSchemaVersion(client);
  });
  await fresh.drop();
  await withClient(database.url, (client) => migrate(client));
  expect(await readLevel(pool)).toBe(1);
});

it('levels open one after the other while every process reads them, and older releases then refuse', async () => {
  expect(await openNextLevel(pool)).toBeUndefined();
  await reportProcess(pool, own);
  await pool.query('update command_id_cover set shown_since = null');
  for (let level = 2; level <= levelMax; level += 1) {
    expect(await openNextLevel(pool)).toBe(level);
    const { shownSince } = await readCommandIdSecret(pool);
    expect(shownSince !== null).toBe(level >= levels.coveredCommandIds);
  }
  expect(await openNextLevel(pool)).toBeUndefined();
  expect(await oldestCode()).toBe(12);
  const client = await pool.connect();
  expect(await loadBatch(client, { ...noKeys, wallets: [] }, [])).toMatchObject({
    level: levelMax,
    fence: expect.any(BigInt) as bigint,
  });
  client.release();
});

it('a migration keeps a level closed for ten minutes, although no process of before is there', async () => {
  const migrated = (minutes: number) =>
    pool.query(
      'update schema_migrations set applied_at = now() - make_interval(mins => $1::integer) where version = 12',
      [minutes],
    );
  await reportProcess(pool, own);
  await migrated(9);
  expect(await openNextLevel(pool)).toBeUndefined();
  await migrated(11);
  expect(await openNextLevel(pool)).toBe(2);
});

it('a process of a lower level keeps a level closed until it ends', async () => {
  const other = { id: randomUUID(), kind: 'api', level: 1 } as const;
  await reportProcess(pool, own);
  await reportProcess(pool, other);
  expect(await openNextLevel(pool)).toBeUndefined();
  const { keptClosedBy, ...facts } = await readLevelFacts(pool);
  expect(keptClosedBy).toEqual([
    expect.stringMatching(`^the API process ${other.id} of level 1, seen \\d+ s ago$`),
  ]);
  expect(facts.open).toBe(1);
  expect(facts.migratedAgoS).toBeGreaterThanOrEqual(3_600);
  await forgetProcess(pool, other.id);
  expect(await readLevelFacts(pool)).toMatchObject({ keptClosedBy: [] });
  expect(await openNextLevel(pool)).toBe(2);
});

it('a process that was killed keeps a level closed for ten minutes', async () => {
  await reportProcess(pool, { id: randomUUID(), kind: 'api', level: 1 });
  await minutesPass(9);
  await reportProcess(pool, own);
  await forgetLostProcesses(pool);
  expect(await openNextLevel(pool)).toBeUndefined();
  await minutesPass(2);
  expect(await openNextLevel(pool)).toBe(2);
  await minutesPass(20);
  await forgetLostProcesses(pool);
  expect((await pool.query('select from service_processes')).rowCount).toBe(0);
});

describe.each(['wallet-commands', 'wallet-worker'])(
  'a session named %s, as the release before has',
  (name) => {
    it('keeps a level closed for ten minutes after it was last seen', async () => {
      const session = new Client({ connectionString: database.url, application_name: name });
      await session.connect();
      await reportProcess(pool, own);
      await minutesPass(11);
      await reportProcess(pool, own);
      expect(await openNextLevel(pool)).toBeUndefined();
      const { keptClosedBy } = await readLevelFacts(pool);
      expect(keptClosedBy).toEqual([
        expect.stringMatching(`^the session "${name}" with process id \\d+ from [\\d.:]+$`),
      ]);
      await session.end();
      await eventually(async () => {
        const { rowCount } = await pool.query('select from pg_stat_activity where application_name = $1', [
          name,
        ]);
        return rowCount === 0;
      });
      await reportProcess(pool, own);
      expect(await openNextLevel(pool)).toBeUndefined();
      await minutesPass(11);
      await reportProcess(pool, own);
      expect(await openNextLevel(pool)).toBe(2);
      expect(await oldestCode()).toBe(12);
    });
  },
);

it('a process that meets a level above its own refuses to start in words, and leaves no report', async () => {
  await changeLog(pool, `update log_head set level = ${levelMax + 1}`);
  const started = startReports(pool, { id: own.id, kind: 'api' }, quiet);
  await expect(started).rejects.toThrow(
    `rows of level ${levelMax + 1}, and this code reads up to ${levelMax}`,
  );
  expect((await pool.query('select from service_processes')).rowCount).toBe(0);
});

it('a process that starts while a level opens learns it', async () => {
  let started: Promise<unknown> | undefined;
  await inDatabaseTransaction(pool, async (client) => {
    await client.query(`update log_head set level = ${levelMax + 1}`);
    started = startReports(pool, { id: own.id, kind: 'api' }, quiet).catch((error: unknown) => error);
    await eventually(async () => {
      // Asked by `pool`, because the database transaction of `client` keeps its first snapshot of sessions.
      const { rowCount } = await pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rowCount === 1;
    });
  });
  expect(await started).toMatchObject({ name: 'SchemaVersionError' });
});

it('a process reports until it ends', async () => {
  const reports = await startReports(pool, { id: own.id, kind: 'api' }, quiet);
  const { rows } = await pool.query('select kind, level from service_processes');
  expect(rows).toEqual([{ kind: 'api', level: levelMax }]);
  await reports.close();
  expect((await pool.query('select from service_processes')).rowCount).toBe(0);
});

it('a running process says once that a level above its own was opened, and is not ready', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const outgrown: string[] = [];
  const onOutgrown = ({ message }: Error) => outgrown.push(message);
  const reports = await startReports(pool, { id: own.id, kind: 'api' }, { ...quiet, onOutgrown });
  const reported = async (times: number) => {
    for (let seen = 0; seen < times; seen += 1) {
      const { rows } = await pool.query<{ at: Date }>('select seen_at as at from service_processes');
      await vi.advanceTimersByTimeAsync(5_000);
      await vi.waitFor(async () => {
        const after = await pool.query<{ at: Date }>('select seen_at as at from service_processes');
        expect(after.rows).not.toEqual(rows);
      }, 20_000);
    }
  };
  try {
    await reported(1);
    await assertLevelKnown(pool);
    await changeLog(pool, `update log_head set level = ${levelMax + 1}`);
    await reported(3);
  } finally {
    vi.useRealTimers();
    await reports.close();
  }
  const words = `the database holds rows of level ${levelMax + 1}, and this code reads up to ${levelMax}: run a newer release`;
  expect(outgrown).toEqual([words]);
  const answering = { ping: () => Promise.resolve(), cluster: { health: () => Promise.resolve() } };
  const parts = { pool, redis: answering, elasticsearch: answering, isDraining: () => false } as never;
  const api = createApiReadiness(Object.assign({ isStopping: () => false }, parts));
  const worker = createWorkerReadiness(
    Object.assign(
      { worker: { getState: () => 'RUNNING' as const }, askTemporal: () => Promise.resolve() },
      parts,
    ),
  );
  for (const readiness of [api, worker])
    expect(await readiness()).toMatchObject({ ready: false, parts: { process: 'ok', postgres: words } });
});

it('a process ends its reports in time although PostgreSQL hangs', async () => {
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  const reports = await startReports(pool, { id: own.id, kind: 'api' }, { ...quiet, onFailure });
  await inDatabaseTransaction(pool, async (client) => {
    await client.query('lock table service_processes in access exclusive mode');
    await reports.close();
    const { rowCount } = await pool.query(
      `select from pg_stat_activity
        where wait_event_type = 'Lock'
          and datname = current_database()
          and query like '%delete from service_processes%'`,
    );
    expect(rowCount, 'the removal still waits').toBe(1);
  });
  expect(failures).toMatchObject([{ message: 'the report was not removed in time' }]);
});

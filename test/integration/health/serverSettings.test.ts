// Real servers with worse settings: the health model names each of them, and is content when the advised line
// was typed. A stand-in for `psql` shows what the shell makes of that line.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import { settingConditions } from '../../../src/health/conditions/settingConditions.ts';
import { readPostgresFacts } from '../../../src/health/facts/postgresFacts.ts';
import { judge } from '../../../src/health/judge.ts';
import { ensureCheckpoints } from '../../../src/projections/checkpoints.ts';
import { measuredSettings } from '../../../stack/postgres.ts';
import { testConfig } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { wellFacts } from '../../support/healthFacts.ts';
import { type OwnPostgres, startOwnPostgres } from '../../support/ownPostgres.ts';

/** A name that SQL and the shell must quote. */
const database = 'wallet "of" `1`';

let server: OwnPostgres;
let folder: string;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wallet-psql-'));
  const psql = path.join(folder, 'psql');
  await writeFile(psql, '#!/bin/sh\nfor argument in "$@"; do printf \'%s\\0\' "$argument"; done\n');
  await chmod(psql, 0o700);
  const name = `settings-${randomBytes(4).toString('hex')}`;
  server = await startOwnPostgres(name, undefined, Object.keys(measuredSettings));
  await withClient(server.url, (client) =>
    client.query(`create database "${database.replaceAll('"', '""')}"`),
  );
  const address = new URL(server.url);
  address.pathname = `/${encodeURIComponent(database)}`;
  url = address.href;
  await withClient(url, migrate);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The findings of a process that has just started. */
async function read(databaseUrl: string) {
  const pool = createPool(testConfig(databaseUrl), 'wallet-settings-test', () => undefined);
  try {
    await ensureCheckpoints(pool);
    const value = await readPostgresFacts(pool, '');
    const postgres = { answered: true, answeredInMs: 1, value } as const;
    return { value, found: judge({ ...wellFacts, postgres }, settingConditions) };
  } finally {
    await pool.end();
  }
}

async function findings() {
  return (await read(url)).found;
}

/** Types the line into a shell, and carries out what `psql` would have got. */
async function type(line: string | null): Promise<void> {
  if (line === null) throw new Error('the finding has no line to type');
  const environment = { PATH: `${folder}:${process.env.PATH ?? ''}`, SUPERUSER_URL: url };
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line], { env: environment });
  const [address = '', ...given] = stdout.split('\0').slice(0, -1);
  expect(given.filter((_, at) => at % 2 === 0)).toEqual(given.filter((argument) => argument === '-c'));
  await withClient(address, async (client) => {
    for (const statement of given.filter((_, at) => at % 2 === 1)) await client.query(statement);
  });
}

it('a server with the defaults of PostgreSQL is told of both settings, until the advised lines are typed', async () => {
  const found = await findings();
  expect(found.map(({ subject, problem }) => [subject, problem.split(':')[0]])).toEqual([
    ['max_wal_size', 'max_wal_size is 1GB'],
    ['checkpoint_timeout', 'checkpoint_timeout is 5min'],
  ]);
  for (const { command } of found) await type(command);
  // The server reads its configuration a moment after it was asked to.
  await eventually(async () => (await findings()).length === 0);
});

it('a setting of the database or the role is told, and the advised line changes it where it was set', async () => {
  const target = `database "${database.replaceAll('"', '""')}"`;
  for (const place of [target, 'role stack_owner', `role stack_owner in ${target}`]) {
    await withClient(url, (client) => client.query(`alter ${place} set wal_compression = 'pglz'`));
    const [found, ...others] = await findings();
    expect(others).toEqual([]);
    expect(found?.problem).toMatch(/^wal_compression is pglz: /);
    await type(found?.command ?? null);
    expect(await findings()).toEqual([]);
    await withClient(url, (client) => client.query(`alter ${place} reset wal_compression`));
  }
});

it('the server of the local stack is content, and its settings can be changed at its start alone', async () => {
  const own = await startOwnPostgres(`settings-${randomBytes(4).toString('hex')}`);
  try {
    await withClient(own.url, migrate);
    const { value, found } = await read(own.url);
    expect(found).toEqual([]);
    for (const name of Object.keys(measuredSettings)) {
      expect(value.serverSettings[name]?.fromCommandLine, name).toBe(true);
    }
  } finally {
    await own.close();
  }
});

// Uses the commands of the local stack as a person at a terminal does. Each test starts only parts that start
// fast, on their own ports and data folder.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { identify } from '../../../stack/identity.ts';
import { cacheDirOf, root, type Environment } from '../../../stack/paths.ts';
import { readState, type State } from '../../../stack/state.ts';

const WAIT = { timeout: 30_000, interval: 20 };

let varDir = '';
let children: ChildProcess[] = [];

beforeEach(() => {
  varDir = mkdtempSync(path.join(tmpdir(), 'wallet-stack-test-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(varDir, { recursive: true, force: true });
});

interface Command {
  readonly child: ChildProcess;
  /** Everything that the command has printed so far. */
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

function stack(args: readonly string[], environment: Environment = {}): Command {
  const child = spawn(process.execPath, ['stack/cli.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      WALLET_CACHE_DIR: cacheDirOf(process.env),
      WALLET_VAR_DIR: varDir,
      POSTGRES_PORT: '0',
      REDIS_PORT: '0',
      ...environment,
    },
  });
  children.push(child);
  let text = '';
  const take = (chunk: Buffer) => (text += chunk.toString());
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => text, exitCode };
}

/** Runs a command until it ends. Gives its exit code and output. */
async function ask(args: readonly string[], environment?: Environment) {
  const command = stack(args, environment);
  return { exitCode: await command.exitCode, output: command.output() };
}

/** Starts parts and waits until the command prints that they are ready. */
async function up(parts: readonly string[], environment?: Environment) {
  const command = stack(['up', ...parts], environment);
  await vi.waitFor(() => {
    expect(command.output()).toContain('Ready.');
  }, WAIT);
  const state = readState(varDir);
  if (state === undefined) throw new Error(`no state in ${varDir}: ${command.output()}`);
  return { ...command, state };
}

function alive(state: State): string[] {
  return Object.entries(state.processes)
    .filter(([, { pid }]) => identify(pid) !== undefined)
    .map(([name]) => name);
}

async function query(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('when a part dies, everything stops and the message names the part', async () => {
  const { state, output, exitCode } = await up(['redis', 'postgres']);
  expect(alive(state).sort()).toEqual(['postgres', 'redis']);

  process.kill(state.processes.redis?.pid ?? 0, 'SIGKILL');

  expect(await exitCode).toBe(1);
  expect(output()).toContain('redis ended unexpectedly (signal SIGKILL)');
  expect(alive(state)).toEqual([]);
});

test('when the supervisor itself is killed, its parts end too and the next start works', async () => {
  const first = await up(['redis']);

  first.child.kill('SIGKILL');

  await vi.waitFor(() => {
    expect(alive(first.state)).toEqual([]);
  }, WAIT);
  const second = await up(['redis']);
  expect(alive(second.state)).toEqual(['redis']);
});

test('data survives an orderly stop, and the database is UTF-8 PostgreSQL 18', async () => {
  const first = await up(['postgres']);
  const url = first.state.urls.DATABASE_URL;
  expect(await query(url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  expect(await query(url, "select current_setting('server_version_num')::int / 10000 as major")).toEqual([
    { major: 18 },
  ]);
  await query(url, "create table kept as select 'still here' as word");

  first.child.kill('SIGTERM');
  expect(await first.exitCode).toBe(0);
  expect(alive(first.state)).toEqual([]);

  const second = await up(['postgres']);
  expect(await query(second.state.urls.DATABASE_URL, 'select word from kept')).toEqual([
    { word: 'still here' },
  ]);
});

test('a taken port is one sentence with the variable that changes it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const { exitCode, output } = await ask(['up', 'redis'], { REDIS_PORT: String(port) });
    expect(output).toBe(
      `Port ${port} of Redis is taken by another program; stop that program or set REDIS_PORT to another port.\n`,
    );
    expect(exitCode).toBe(1);
  } finally {
    server.close();
  }
});

test('what the machine lacks is one sentence a part, and nothing is left running', async () => {
  const nothing = path.join(varDir, 'nothing');
  const { exitCode, output } = await ask(['up'], {
    ...{ PATH: nothing, WALLET_CACHE_DIR: nothing },
    ...{ ELASTICSEARCH_PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' },
  });
  expect(exitCode).toBe(1);
  expect(output.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^Redis: no Python on PATH .* install redis-server, or let `docker compose up`/),
    expect.stringMatching(/^Temporal: no Python on PATH .* install the Temporal CLI/),
    expect.stringMatching(/^Elasticsearch: no java on PATH; install a JDK 17/),
    expect.stringMatching(/^Elasticsearch: no mvn on PATH .* install Maven/),
  ]);
  expect(readState(varDir)).toBeUndefined();
});

test('a part with an address in the environment is used and not started', async () => {
  const { state } = await up(['redis'], { REDIS_URL: inject('redisUrl') });
  expect(state.processes).toEqual({});
  expect(state.urls.REDIS_URL).toBe(inject('redisUrl'));
});

test('an address in the environment at which nothing answers is refused by its name', async () => {
  const { exitCode, output } = await ask(['up', 'redis'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect(output).toContain('REDIS_URL is set, so redis is not started, but nothing answers at 127.0.0.1:1');
  expect(exitCode).toBe(1);
});

test('urls prints KEY=VALUE lines of the running stack, and a second start is refused', async () => {
  const { state } = await up(['redis']);

  const { exitCode, output } = await ask(['urls']);
  expect(exitCode).toBe(0);
  expect(output).toBe(
    Object.entries(state.urls)
      .map(([name, url]) => `${name}=${url}\n`)
      .join(''),
  );
  expect(Object.keys(state.urls).sort()).toEqual([
    ...['API_URL', 'DATABASE_URL', 'ELASTICSEARCH_URL'],
    ...['REDIS_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_UI_URL'],
  ]);

  const refused = await ask(['up', 'redis']);
  expect(refused.exitCode).toBe(1);
  expect(refused.output).toMatch(/^It is already running on .*\n$/);
  expect(alive(state)).toEqual(['redis']);
});

test('urls says that nothing runs when nothing runs', async () => {
  const { exitCode, output } = await ask(['urls']);
  expect(output).toBe(`Nothing runs on ${varDir}; start it with \`npm start\`.\n`);
  expect(exitCode).toBe(1);
});

test('a part that is stopped on purpose is no death and can be started again', async () => {
  const { state, child } = await up(['redis', 'postgres']);

  expect(await ask(['stop', 'redis'])).toEqual({ exitCode: 0, output: 'redis is stopped\n' });
  expect(alive(state)).toEqual(['postgres']);
  expect((await ask(['status'])).output).toContain('redis stopped');

  expect(await ask(['start', 'redis'])).toEqual({ exitCode: 0, output: 'redis is running\n' });
  expect(child.exitCode).toBeNull();
});

test('without psql a query still prints an aligned table', async () => {
  await up(['postgres']);
  const sql = "select 12345678901234567890 as big, 'a' as short, null as nothing";
  const { exitCode, output } = await ask(['psql', '-c', sql], { PATH: varDir });
  expect(output).toBe(
    [
      ' big                  | short | nothing',
      '----------------------+-------+---------',
      ' 12345678901234567890 | a     |',
      '(1 row)',
      '',
    ].join('\n'),
  );
  expect(exitCode).toBe(0);
});
